//! Has the search server prepared, and reads it back.

use super::arrivals::Arrivals;
use crate::http::{Http, Reply};
use anyhow::{Context, ensure};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The index that Firehose sends to; the pipeline places each document elsewhere.
pub const INDEX: &str = "tributary";
/// Where the pipeline places them.
pub const INDICES: &str = "logs-aws.*";
/// Where it keeps what it can't place.
pub const FAILED: &str = "logs-tributary.failed-*";
const TIMEOUT: Duration = Duration::from_mins(1);
const PAGE: usize = 5000;
const STARTING_TRIES: usize = 40;
const STARTING_PAUSE: Duration = Duration::from_millis(250);

/// A search server's address and a client for it. Its calls block the thread.
#[derive(Debug, Clone)]
pub struct Server {
    http: Http,
    url: String,
}

#[derive(Deserialize)]
struct Page {
    #[serde(rename = "_scroll_id")]
    scroll_id: String,
    hits: Hits,
}

#[derive(Deserialize)]
struct Hits {
    hits: Vec<Hit>,
}

#[derive(Deserialize)]
struct Hit {
    #[serde(rename = "_source")]
    source: Box<RawValue>,
}

impl Server {
    /// The server at `url`.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            http: Http::new(TIMEOUT),
            url: url.to_owned(),
        }
    }

    /// Has `bootstrap` (its path) put the project's pipeline and templates there. Without a lifecycle: these
    /// machines' server has none, and nobody wants documents of a demo to go after some months.
    ///
    /// # Errors
    /// When it fails, with its words.
    pub fn prepare(&self, bootstrap: &Path) -> anyhow::Result<()> {
        let output = Command::new(bootstrap)
            .args(["search-setup", "--no-lifecycle", "--endpoint", &self.url])
            .output()
            .with_context(|| format!("could not run {}", bootstrap.display()))?;
        ensure!(
            output.status.success(),
            "`bootstrap search-setup` ended with {}: {}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    /// Every document of events that those accounts sent, by its own id: a server of the user's may
    /// hold others.
    ///
    /// # Errors
    /// When the server doesn't answer as it should.
    pub fn documents(&self, accounts: &[String]) -> anyhow::Result<Arrivals> {
        self.post(
            &format!("{INDICES},{FAILED}/_refresh?ignore_unavailable=true"),
            &json!({}),
        )?;
        let mut arrivals = Arrivals::default();
        let query = json!({
            "size": PAGE,
            "sort": ["_doc"],
            "query": {"terms": {"aws.cloudwatch.owner": accounts}},
            "_source": ["tributary.document_id", "event.dataset", "aws.cloudwatch.owner"],
        });
        let mut page: Page = self.page(
            &format!("{INDICES},{FAILED}/_search?scroll=1m&ignore_unavailable=true"),
            &query,
        )?;
        while !page.hits.hits.is_empty() {
            for hit in &page.hits.hits {
                arrivals.add(hit.source.get().as_bytes())?;
            }
            page = self.page(
                "_search/scroll",
                &json!({"scroll": "1m", "scroll_id": page.scroll_id}),
            )?;
        }
        Ok(arrivals)
    }

    /// The answer to a POST of `body` to `path`.
    ///
    /// # Errors
    /// When it is no success or no JSON.
    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.page(path, body)
    }

    fn page<T: for<'de> Deserialize<'de>>(&self, path: &str, body: &Value) -> anyhow::Result<T> {
        let url = format!("{}/{path}", self.url);
        let body = body.to_string();
        let ask = || self.http.post(&url, "application/json", body.as_bytes());
        let mut reply = ask()?;
        // An index that was made a moment ago has no shard that answers yet.
        for _ in 1..STARTING_TRIES {
            if reply.status != 503 {
                break;
            }
            std::thread::sleep(STARTING_PAUSE);
            reply = ask()?;
        }
        expect(&url, &reply)?;
        serde_json::from_slice(&reply.body).with_context(|| format!("{url} gave no JSON"))
    }

    /// The server's address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

fn expect(url: &str, reply: &Reply) -> anyhow::Result<()> {
    ensure!(
        reply.is_success(),
        "{url} answered {}: {}",
        reply.status,
        reply.text()
    );
    Ok(())
}
