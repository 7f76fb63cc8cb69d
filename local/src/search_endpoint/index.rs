//! The search server behind the endpoint.

use std::time::Duration;

use crate::demo::search::INDEX;
use crate::http::{Http, HttpError, Reply};

const TIMEOUT: Duration = Duration::from_mins(1);
/// More is no message of an answer.
const TOLD: usize = 2000;

/// The status and the words by which a request is refused.
type Refusal = (u16, String);

/// Where documents go.
#[derive(Debug, Clone)]
pub(super) struct Index {
    http: Http,
    url: String,
}

impl Index {
    /// The index that documents are sent to, on the server at `search`.
    pub(super) fn new(search: &str) -> Self {
        Self {
            http: Http::new(TIMEOUT),
            url: format!("{search}/{INDEX}/_bulk"),
        }
    }

    /// Indexes all of these documents by one request.
    ///
    /// # Errors
    /// With a status and a reason, unless the server has taken every one.
    pub(super) async fn all(&self, documents: Vec<Vec<u8>>) -> Result<(), Refusal> {
        let this = self.clone();
        let asked = tokio::task::spawn_blocking(move || this.ask(&documents)).await;
        match asked {
            Ok(Ok(reply)) if reply.is_success() => taken(&reply),
            Ok(Ok(reply)) => Err((503, told(&reply))),
            Ok(Err(error)) => Err((503, error.to_string())),
            Err(error) => Err((500, error.to_string())),
        }
    }

    fn ask(&self, documents: &[Vec<u8>]) -> Result<Reply, HttpError> {
        let mut body = Vec::new();
        for document in documents {
            body.extend_from_slice(b"{\"index\":{}}\n");
            body.extend_from_slice(document.trim_ascii());
            body.push(b'\n');
        }
        self.http.post(&self.url, "application/x-ndjson", &body)
    }
}

fn taken(reply: &Reply) -> Result<(), Refusal> {
    let answer: serde_json::Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    if answer["errors"] == false {
        return Ok(());
    }
    Err((503, told(reply)))
}

fn told(reply: &Reply) -> String {
    let text: String = reply.text().chars().take(TOLD).collect();
    format!("{}: {text}", reply.status)
}
