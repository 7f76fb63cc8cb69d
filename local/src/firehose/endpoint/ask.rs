//! One try of a request.

use super::request::Request;
use super::response::{self, Fault, MOST_BYTES, Response};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use ureq::{Agent, Timeout};

/// A client for endpoints; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Asker(Agent);

impl Asker {
    /// A client that waits for an answer for `timeout`. It follows no redirects.
    pub(super) fn new(timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(timeout))
            .build();
        Self(config.into())
    }

    /// Posts `request`.
    ///
    /// # Errors
    /// When it isn't acknowledged.
    pub(super) async fn ask(&self, request: &Arc<Request>) -> Result<(), Fault> {
        let (agent, sent) = (self.0.clone(), Arc::clone(request));
        let answer = tokio::task::spawn_blocking(move || post(&agent, &sent)).await;
        let answer = answer.map_err(|error| reset(&error.to_string()))?;
        response::read(&answer.map_err(|error| fault(&error))?, &request.id)
    }
}

fn post(agent: &Agent, request: &Request) -> Result<Response, ureq::Error> {
    let mut post = agent.post(&request.url);
    for (name, value) in &request.headers {
        post = post.header(*name, value);
    }
    let mut answer = post.send(request.body.as_slice())?;
    let header = |name: &str| {
        let value = answer.headers().get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    Ok(Response {
        status: answer.status().as_u16(),
        content_type: header("content-type"),
        content_encoding: header("content-encoding"),
        body: answer
            .body_mut()
            .with_config()
            .limit(MOST_BYTES)
            .read_to_vec()?,
    })
}

/// By "Other common errors" of "Troubleshooting HTTP endpoints".
fn fault(error: &ureq::Error) -> Fault {
    let told = error.to_string();
    match error {
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect)
        | ureq::Error::HostNotFound
        | ureq::Error::ConnectionFailed => Fault::new("HttpEndpoint.ConnectionFailed", told),
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Fault::new("HttpEndpoint.ConnectionFailed", told)
        }
        ureq::Error::Timeout(_) => Fault::new("HttpEndpoint.RequestTimeout", told),
        ureq::Error::BodyExceedsLimit(_) => Fault::new("HttpEndpoint.ResponseTooLarge", told),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
            Fault::new("HttpEndpoint.SSLHandshakeFailure", told)
        }
        _ => reset(&told),
    }
}

fn reset(told: &str) -> Fault {
    Fault::new("HttpEndpoint.ConnectionReset", told.to_owned())
}
