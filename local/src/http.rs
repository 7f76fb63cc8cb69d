//! Plain HTTP requests: whole bodies in, whole bodies out, every status an answer.

use std::time::Duration;

/// The largest answer that is read, in bytes.
const MAX_ANSWER: u64 = 512 * 1024 * 1024;

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status code.
    pub status: u16,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Reply {
    /// Whether the status is 200 to 299.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// The body as text, with replacement characters where it is no UTF-8.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// No answer came.
#[derive(Debug, thiserror::Error)]
#[error("{method} {url} got no answer: {source}; is the server up and the address right?")]
pub struct HttpError {
    method: &'static str,
    url: String,
    source: Box<ureq::Error>,
}

/// A client that keeps its connections; cheap to clone. Its calls block the thread.
#[derive(Debug, Clone)]
pub struct Http {
    agent: ureq::Agent,
}

impl Http {
    /// A client whose requests are given up after `timeout`.
    #[must_use]
    pub fn new(timeout: Duration) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(timeout))
            .build();
        Self {
            agent: config.into(),
        }
    }

    /// GET.
    ///
    /// # Errors
    /// When no answer came.
    pub fn get(&self, url: &str) -> Result<Reply, HttpError> {
        read("GET", url, self.agent.get(url).call())
    }

    /// DELETE.
    ///
    /// # Errors
    /// When no answer came.
    pub fn delete(&self, url: &str) -> Result<Reply, HttpError> {
        read("DELETE", url, self.agent.delete(url).call())
    }

    /// POST of `body`.
    ///
    /// # Errors
    /// When no answer came.
    pub fn post(&self, url: &str, content_type: &str, body: &[u8]) -> Result<Reply, HttpError> {
        let request = self.agent.post(url).content_type(content_type);
        read("POST", url, request.send(body))
    }

    /// PUT of `body`.
    ///
    /// # Errors
    /// When no answer came.
    pub fn put(&self, url: &str, content_type: &str, body: &[u8]) -> Result<Reply, HttpError> {
        let request = self.agent.put(url).content_type(content_type);
        read("PUT", url, request.send(body))
    }
}

fn read(
    method: &'static str,
    url: &str,
    answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<Reply, HttpError> {
    let failed = |source| HttpError {
        method,
        url: url.to_owned(),
        source: Box::new(source),
    };
    let mut answer = answer.map_err(failed)?;
    let body = answer
        .body_mut()
        .with_config()
        .limit(MAX_ANSWER)
        .read_to_vec()
        .map_err(failed)?;
    Ok(Reply {
        status: answer.status().as_u16(),
        body,
    })
}
