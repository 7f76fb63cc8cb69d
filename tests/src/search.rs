//! A search server with the project's own templates and pipeline, to which documents are sent as
//! Firehose sends them: plain `index` actions, of which each is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use anyhow::{Context, ensure};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use local::demo::search::{INDEX, Server};
use local::http::Http;
use local::opensearch::OpenSearch;
use serde_json::{Value, json};

use crate::transform::payload;

/// `index.mapping.total_fields.limit`, unless someone raises it.
const MOST_FIELDS: usize = 1000;
const FAILED: &str = "logs-tributary.failed-";
/// The largest bulk request, as Firehose's default buffer makes it, in bytes.
const BULK_BYTES: usize = 2 << 20;
/// Tries of a request that the server has no memory for at the moment, with a pause after each.
const TRIES: u32 = 60;
const TOO_MANY_REQUESTS: u16 = 429;
const PAUSE: Duration = Duration::from_millis(500);
const TIMEOUT: Duration = Duration::from_mins(2);

/// The server that the tests of one binary share; the last one that lets go of it stops it.
static SHARED: Mutex<Weak<OpenSearch>> = Mutex::new(Weak::new());

/// Puts the project's pipeline and templates into a server.
///
/// # Errors
/// When it refuses them.
pub fn prepare(server: &Server) -> anyhow::Result<()> {
    server.prepare(&crate::binary("bootstrap")?)
}

/// The ids of `count` events, numbered from `first`, as [`payload`] makes them.
#[must_use]
pub fn event_ids(first: usize, count: usize) -> Vec<String> {
    (first..first + count).map(|n| format!("{n:056}")).collect()
}

/// Which of these documents (at most 1,000) are found, with how often each was indexed.
///
/// # Errors
/// When the server doesn't answer as it should.
pub fn found(server: &Server, ids: &[String]) -> anyhow::Result<Vec<(String, u64)>> {
    let query = json!({"size": 1000, "version": true, "query": {"ids": {"values": ids}}});
    server.post("_refresh", &json!({}))?;
    let answer = server.post("logs-*/_search", &query)?;
    let hits = answer["hits"]["hits"].as_array().context("no hits")?;
    let one = |hit: &Value| {
        let id = hit["_id"].as_str().context("no id")?.to_owned();
        Ok((id, hit["_version"].as_u64().context("no version")?))
    };
    hits.iter().map(one).collect()
}

/// The shared server; nothing where a test is skipped.
#[must_use]
pub fn opensearch(test: &str) -> Option<Arc<OpenSearch>> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let server = match shared.upgrade() {
        Some(server) => server,
        None => Arc::new(OpenSearch::start_or_skip(test)?),
    };
    *shared = Arc::downgrade(&server);
    Some(server)
}

/// A server, prepared.
pub struct Search {
    server: Server,
    http: Http,
    _opensearch: Arc<OpenSearch>,
}

/// Where one document went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    /// The index that the pipeline chose.
    pub index: String,
    /// The document's `_id`.
    pub id: String,
    /// How often it has been indexed by now.
    pub version: u64,
}

impl Search {
    /// Takes the shared server; nothing where the test is skipped.
    ///
    /// # Errors
    /// When it refuses the project's pipeline or templates.
    pub fn start(test: &str) -> anyhow::Result<Option<Self>> {
        let Some(opensearch) = opensearch(test) else {
            return Ok(None);
        };
        let server = Server::new(opensearch.url());
        prepare(&server)?;
        let http = Http::new(TIMEOUT);
        Ok(Some(Self {
            server,
            http,
            _opensearch: opensearch,
        }))
    }

    /// The server itself.
    #[must_use]
    pub const fn server(&self) -> &Server {
        &self.server
    }

    /// Indexes documents; returns where each went, in their order.
    ///
    /// # Errors
    /// When one is refused, with the server's words.
    pub fn index(&self, documents: &[String]) -> anyhow::Result<Vec<Indexed>> {
        let (mut all, mut body) = (Vec::new(), String::new());
        for (number, document) in (1..).zip(documents) {
            body += "{\"index\":{}}\n";
            body += document;
            body.push('\n');
            if body.len() > BULK_BYTES || number == documents.len() {
                all.extend(self.bulk(&body)?);
                body.clear();
            }
        }
        ensure!(all.len() == documents.len(), "an answer for each document");
        self.server.post("logs-*/_refresh", &json!({}))?;
        Ok(all)
    }

    /// Takes documents in and holds what became of them against what is always true.
    ///
    /// # Panics
    /// When it isn't.
    #[must_use]
    pub fn index_all(&self, documents: &[String]) -> Vec<Indexed> {
        let indexed = self.index(documents).expect("none is refused");
        for (at, document) in indexed.iter().zip(documents) {
            assert!(!at.index.starts_with(FAILED), "{document:.2000}");
            let document: Value = serde_json::from_str(document).expect("a document");
            assert_eq!(document["tributary"]["document_id"], at.id.as_str());
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            let dataset = text(&document["event"]["dataset"]);
            let time = text(&document["@timestamp"]);
            assert_eq!(at.index, index_of(&dataset, &time).expect("a day"));
        }
        let fields = self.fields().expect("mappings");
        for (index, count) in fields {
            assert!(count < MOST_FIELDS, "{index} has {count} fields");
        }
        indexed
    }

    fn bulk(&self, body: &str) -> anyhow::Result<Vec<Indexed>> {
        let url = format!("{}/{INDEX}/_bulk", self.server.url());
        let post = || {
            self.http
                .post(&url, "application/x-ndjson", body.as_bytes())
        };
        let mut reply = post()?;
        for _ in 1..TRIES {
            // Its heap is small, and the tests of a file share it.
            if reply.status != TOO_MANY_REQUESTS {
                break;
            }
            std::thread::sleep(PAUSE);
            reply = post()?;
        }
        ensure!(reply.is_success(), "{url}: {}", reply.text());
        let answer: Value = serde_json::from_slice(&reply.body)?;
        let items = answer["items"].as_array().context("no items")?;
        items.iter().map(|item| indexed(&item["index"])).collect()
    }

    /// How many documents match `query`.
    ///
    /// # Errors
    /// When the server doesn't answer as it should.
    pub fn count(&self, query: &Value) -> anyhow::Result<u64> {
        let answer = self
            .server
            .post("logs-*/_count", &json!({ "query": query }))?;
        answer["count"].as_u64().context("no count")
    }

    /// How many fields each index has, objects and all counted, as `index.mapping.total_fields.limit`
    /// counts them.
    ///
    /// # Errors
    /// When the server doesn't answer as it should.
    pub fn fields(&self) -> anyhow::Result<BTreeMap<String, usize>> {
        let url = format!("{}/logs-*/_mapping", self.server.url());
        let mappings: BTreeMap<String, Value> = serde_json::from_slice(&self.http.get(&url)?.body)?;
        let fields = |mapping: &Value| count_fields(&mapping["mappings"]);
        Ok(mappings
            .iter()
            .map(|(index, mapping)| (index.clone(), fields(mapping)))
            .collect())
    }
}

/// Days back that have an index each, where the cluster was prepared without a lifecycle.
pub const DAYS_BACK: i64 = 400;
/// Days ahead that have an index each.
pub const DAYS_AHEAD: i64 = 2;
/// Months back, from this one on, that have an index each for their other days.
pub const MONTHS_BACK: i64 = 36;

/// The index in which the pipeline has to place an event of that time, by the rule of `docs/search.md`.
///
/// # Errors
/// When the time doesn't begin with a day.
pub fn index_of(dataset: &str, time: &str) -> anyhow::Result<String> {
    let day = time.get(..10).context("no day")?;
    let date: Date = day.parse()?;
    let today = today();
    let age = i64::from(date.until(today)?.get_days());
    let months = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
    let part = if (-DAYS_AHEAD..=DAYS_BACK).contains(&age) {
        day
    } else if age > 0 && months(today) - months(date) <= MONTHS_BACK {
        &day[..7]
    } else {
        "other-days"
    };
    Ok(format!("logs-{dataset}-{part}"))
}

/// This day, in UTC.
#[must_use]
pub fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

fn indexed(item: &Value) -> anyhow::Result<Indexed> {
    ensure!(matches!(item["status"].as_u64(), Some(200 | 201)), "{item}");
    Ok(Indexed {
        index: item["_index"].as_str().context("no index")?.to_owned(),
        id: item["_id"].as_str().context("no id")?.to_owned(),
        version: item["_version"].as_u64().context("no version")?,
    })
}

fn count_fields(mapping: &Value) -> usize {
    let children = |name: &str| mapping[name].as_object().into_iter().flatten();
    let all = children("properties").chain(children("fields"));
    all.map(|(_, field)| 1 + count_fields(field)).sum()
}

/// A CloudTrail event with `members` beside what it needs.
#[must_use]
pub fn event(id: &str, time: &str, members: &str) -> String {
    format!(r#"{{"eventVersion":"1.08","eventTime":"{time}","eventID":"{id}",{members}}}"#)
}

/// The documents that the project's own `reshape` makes of messages: of one payload, whose events
/// are of `owner` and whose ids count on from `first`.
///
/// # Errors
/// When `reshape` can't read it, or gives not one document for each.
pub fn reshaped(
    arguments: &[&str],
    first: usize,
    messages: &[String],
) -> anyhow::Result<Vec<String>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("payload");
    fs::write(&file, payload(first, messages)?)?;
    let output = Command::new(crate::binary("reshape")?)
        .args(arguments)
        .arg("--payload")
        .arg(&file)
        .output()?;
    // 1 where a message became a pipeline error.
    ensure!(
        matches!(output.status.code(), Some(0 | 1)),
        "{:?}",
        output.status
    );
    let text = String::from_utf8(output.stdout)?;
    let documents: Vec<String> = text.lines().map(str::to_owned).collect();
    ensure!(
        documents.len() == messages.len(),
        "{} documents",
        documents.len()
    );
    Ok(documents)
}

/// The ids of documents, each once.
///
/// # Errors
/// When one is no document.
pub fn ids(documents: &[String]) -> anyhow::Result<BTreeSet<String>> {
    let id = |document: &String| {
        let document: Value = serde_json::from_str(document)?;
        let id = document["tributary"]["document_id"].as_str();
        Ok(id.context("no id")?.to_owned())
    };
    documents.iter().map(id).collect()
}
