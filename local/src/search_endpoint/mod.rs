//! An HTTP endpoint in front of a search server, as Firehose delivers to one: it holds each request against
//! the specification, and acknowledges it once the server has all of its documents.
//!
//! Not a product: the other side of [`crate::firehose::endpoint`] for tests, which can also have it
//! misbehave.

mod index;
mod protocol;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::{
    Request, Response, StatusCode,
    body::Bytes,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde_json::json;

use self::index::Index;
pub use self::protocol::Expected;
use crate::http_server::{Handler, HttpServer, NoAnswer};

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// It is answered with that status, and nothing is indexed.
    Status(u16),
    /// It is acknowledged with another request's id, and nothing is indexed.
    OtherRequestId,
    /// It is answered after that time, and nothing is indexed.
    Late(Duration),
    /// It is not answered, and nothing is indexed.
    NoAnswer,
    /// Everything is indexed, but no answer arrives.
    LostAnswer,
}

/// A running endpoint on a free port of 127.0.0.1; closed when dropped.
#[derive(Debug)]
pub struct SearchEndpoint {
    shared: Arc<Shared>,
    server: HttpServer,
}

#[derive(Debug)]
struct Shared {
    expected: Expected,
    index: Index,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: VecDeque<Wrong>,
    always: Option<Wrong>,
    seen: Vec<String>,
    violations: Vec<String>,
}

impl SearchEndpoint {
    /// Starts an endpoint in front of the server at `search` that wants requests to be as `expected`.
    ///
    /// # Errors
    /// When the machine doesn't let us listen.
    pub fn start(search: &str, expected: Expected) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared {
            expected,
            index: Index::new(search),
            state: Mutex::default(),
        });
        let server = HttpServer::start(shared.clone())?;
        Ok(Self { shared, server })
    }

    /// Its address, without a path.
    #[must_use]
    pub fn url(&self) -> &str {
        self.server.endpoint()
    }

    /// The next requests go wrong in these ways, one after the other.
    pub fn misbehave(&self, ways: impl IntoIterator<Item = Wrong>) {
        self.shared.state().next.extend(ways);
    }

    /// All further requests go wrong in that way.
    pub fn always(&self, way: Wrong) {
        self.shared.state().always = Some(way);
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        let mut state = self.shared.state();
        state.always = None;
        state.next.clear();
    }

    /// The ids of the requests so far, one for each time that it came.
    #[must_use]
    pub fn seen(&self) -> Vec<String> {
        self.shared.state().seen.clone()
    }

    /// How requests broke the specification.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.shared.state().violations.clone()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes wrong with the request that just came.
    fn wrong(&self) -> Option<Wrong> {
        let mut state = self.state();
        state.next.pop_front().or(state.always)
    }

    async fn answered(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, NoAnswer> {
        let accepted = match protocol::accept(request, &self.expected) {
            Ok(accepted) => accepted,
            Err(violation) => {
                self.state().violations.push(violation.clone());
                return Ok(answer(400, "", Some(&violation)));
            }
        };
        let id = accepted.id.as_str();
        let wrong = self.wrong();
        let refused = match wrong {
            None | Some(Wrong::LostAnswer) => self.index.all(accepted.records).await.err(),
            Some(_) => None,
        };
        self.state().seen.push(id.to_owned());
        match (wrong, refused) {
            (_, Some((status, why))) => Ok(answer(status, id, Some(&why))),
            (None, None) => Ok(answer(200, id, None)),
            (Some(Wrong::Status(status)), _) => Ok(answer(status, id, Some("as a test wants it"))),
            (Some(Wrong::OtherRequestId), _) => Ok(answer(200, "another", None)),
            (Some(Wrong::Late(time)), _) => {
                tokio::time::sleep(time).await;
                Ok(answer(200, id, None))
            }
            (Some(Wrong::NoAnswer | Wrong::LostAnswer), _) => Err(NoAnswer),
        }
    }
}

impl Handler for Shared {
    async fn handle(self: Arc<Self>, request: Request<Bytes>) -> Result<Response<Bytes>, NoAnswer> {
        self.answered(&request).await
    }
}

/// An answer in the form of the specification.
fn answer(status: u16, id: &str, error: Option<&str>) -> Response<Bytes> {
    let timestamp = jiff::Timestamp::now().as_millisecond();
    let mut body = json!({"requestId": id, "timestamp": timestamp});
    if let Some(error) = error {
        body["errorMessage"] = error.chars().take(8192).collect::<String>().into();
    }
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
