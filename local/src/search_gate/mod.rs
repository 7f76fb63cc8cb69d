//! A gate in front of a real OpenSearch, for what the server of these machines doesn't have: it wants a
//! password or a signature, plays Index State Management, and notes what went through.
//!
//! Everything else passes unchanged, so that what a test sees is the server's own state.

mod policies;
mod signature;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::{Engine, prelude::BASE64_STANDARD};
use hyper::{
    Method, Request, Response,
    body::Bytes,
    header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE},
};
use serde_json::{Value, json};

use self::policies::Policies;
pub use self::signature::Keys;
use crate::{
    fault_proxy::forward::Upstream,
    http_server::{Handler, HttpServer, NoAnswer},
};

/// Whom the gate lets through.
#[derive(Debug, Clone)]
pub enum Guard {
    /// Everybody.
    Nobody,
    /// A user with a password.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// Whoever signs with these keys.
    Signature(Keys),
}

/// A request that came to the gate.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `PUT /_index_template/tributary`, for example.
    pub operation: String,
    /// What was answered.
    pub status: u16,
}

/// A running gate on a free port of 127.0.0.1; closed when dropped.
#[derive(Debug)]
pub struct SearchGate {
    endpoint: String,
    shared: Arc<Shared>,
    _server: HttpServer,
}

#[derive(Debug)]
struct Shared {
    upstream: Upstream,
    guard: Guard,
    state: Mutex<State>,
}

/// What somebody else puts at the server, or takes away, once an operation was answered.
#[derive(Debug)]
struct Meanwhile {
    operation: String,
    /// How often that operation is answered before.
    answers: usize,
    path: String,
    /// Nothing where it is taken away.
    body: Option<Value>,
}

/// An operation that isn't let through.
#[derive(Debug)]
struct Refusal {
    operation: String,
    status: u16,
    reason: String,
}

#[derive(Debug, Default)]
struct State {
    policies: Option<Policies>,
    identity: Option<Value>,
    refused: Vec<Refusal>,
    meanwhile: Vec<Meanwhile>,
    seen: Vec<Seen>,
}

impl SearchGate {
    /// Starts a gate in front of `endpoint` (`http://127.0.0.1:PORT`), with Index State Management.
    ///
    /// # Errors
    /// When the address is none, or the machine doesn't let us listen.
    pub fn start(endpoint: &str, guard: Guard) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared {
            upstream: Upstream::new(endpoint)?,
            guard,
            state: Mutex::new(State {
                policies: Some(Policies::default()),
                ..State::default()
            }),
        });
        let server = HttpServer::start(shared.clone())?;
        Ok(Self {
            endpoint: format!("http://{}", server.address()),
            shared,
            _server: server,
        })
    }

    /// The address to use instead of the server's.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// From now on the server says of itself what `identity` says.
    pub fn claim(&self, identity: Value) {
        self.shared.state().identity = Some(identity);
    }

    /// From now on a request of that method and path (`PUT /_index_template/tributary`) is answered
    /// with that status, until [`SearchGate::heal`].
    pub fn refuse(&self, operation: &str, status: u16) {
        self.refuse_saying(operation, status, "no permissions for it");
    }

    /// The same, for a reason in the words of a server.
    pub fn refuse_saying(&self, operation: &str, status: u16, reason: &str) {
        self.shared.state().refused.push(Refusal {
            operation: operation.to_owned(),
            status,
            reason: reason.to_owned(),
        });
    }

    /// Somebody else puts `body` under `path`, once that operation was answered `answers` times.
    pub fn meanwhile(&self, operation: &str, answers: usize, path: &str, body: Value) {
        self.somebody_else(operation, answers, path, Some(body));
    }

    /// Somebody else takes away what stands under `path`, once that operation was answered `answers` times.
    pub fn meanwhile_gone(&self, operation: &str, answers: usize, path: &str) {
        self.somebody_else(operation, answers, path, None);
    }

    fn somebody_else(&self, operation: &str, answers: usize, path: &str, body: Option<Value>) {
        self.shared.state().meanwhile.push(Meanwhile {
            operation: operation.to_owned(),
            answers,
            path: path.to_owned(),
            body,
        });
    }

    /// Everything is answered again as it is.
    pub fn heal(&self) {
        self.shared.state().refused.clear();
    }

    /// A lifecycle policy, without its outermost name; nothing where there is none.
    #[must_use]
    pub fn policy(&self, name: &str) -> Option<Value> {
        self.shared.state().policies.as_ref()?.content(name)
    }

    /// Puts a lifecycle policy as somebody else would.
    pub fn put_policy(&self, name: &str, policy: &Value) {
        if let Some(policies) = &mut self.shared.state().policies {
            policies.replace(name, policy);
        }
    }

    /// Every request so far.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.state().seen.clone()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer of the gate's own; nothing where the server is to answer.
    fn own_answer(&self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        if let Some(refusal) = self.guard.refusal(request) {
            return Some(refusal);
        }
        let mut state = self.state();
        let operation = operation(request);
        if let Some(Refusal { status, reason, .. }) = state
            .refused
            .iter()
            .find(|refusal| refusal.operation == operation)
        {
            return Some(answer(
                *status,
                &json!({"error": {"reason": reason}, "status": status}),
            ));
        }
        if let (Some(identity), "/", &Method::GET) =
            (&state.identity, request.uri().path(), request.method())
        {
            return Some(answer(200, identity));
        }
        state.policies.as_mut()?.answer(request)
    }
}

fn operation(request: &Request<Bytes>) -> String {
    format!("{} {}", request.method(), request.uri().path())
}

impl Handler for Shared {
    async fn handle(self: Arc<Self>, request: Request<Bytes>) -> Result<Response<Bytes>, NoAnswer> {
        let operation = operation(&request);
        let own = self.own_answer(&request);
        let response = match own {
            Some(own) => own,
            None => self.upstream.send(request).await?,
        };
        let status = response.status().as_u16();
        let others = {
            let mut state = self.state();
            let others = state.due(&operation);
            state.seen.push(Seen { operation, status });
            others
        };
        for other in others {
            self.upstream.send(other.request()?).await?;
        }
        Ok(response)
    }
}

impl Meanwhile {
    fn request(&self) -> Result<Request<Bytes>, NoAnswer> {
        let body = self.body.as_ref().map(Value::to_string);
        let method = if body.is_some() {
            Method::PUT
        } else {
            Method::DELETE
        };
        let mut request = Request::new(Bytes::from(body.unwrap_or_default()));
        *request.method_mut() = method;
        *request.uri_mut() = self.path.parse().map_err(|_| NoAnswer)?;
        let json = hyper::header::HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        Ok(request)
    }
}

impl State {
    /// What somebody else does now that this operation was answered.
    fn due(&mut self, operation: &str) -> Vec<Meanwhile> {
        for put in self
            .meanwhile
            .iter_mut()
            .filter(|it| it.operation == operation)
        {
            put.answers -= 1;
        }
        self.meanwhile
            .extract_if(.., |put| put.answers == 0)
            .collect()
    }
}

impl Guard {
    fn refusal(&self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let authorization = request.headers().get(AUTHORIZATION);
        match self {
            Self::Nobody => None,
            Self::Password { user, password } => {
                let wanted = BASE64_STANDARD.encode(format!("{user}:{password}"));
                let known = authorization
                    .is_some_and(|value| value.as_bytes() == format!("Basic {wanted}").as_bytes());
                (!known).then(|| {
                    let mut response = Response::new(Bytes::from("Unauthorized"));
                    *response.status_mut() = hyper::StatusCode::UNAUTHORIZED;
                    let realm = hyper::header::HeaderValue::from_static(
                        "Basic realm=\"OpenSearch Security\"",
                    );
                    response.headers_mut().insert(WWW_AUTHENTICATE, realm);
                    response
                })
            }
            Self::Signature(keys) => {
                let reason = keys.check(request).err()?;
                Some(answer(403, &json!({"message": reason})))
            }
        }
    }
}

/// An answer in JSON.
pub(crate) fn answer(status: u16, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    let json = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
