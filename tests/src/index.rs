//! Single documents on their way through a delivery stream to a search server.

use std::sync::Arc;
use std::time::Duration;

use local::demo::search::{INDEX, Server};
use local::fault_proxy::{FaultProxy, Rule};
use local::firehose::{Destination, Search, Settings};
use local::opensearch::OpenSearch;
use serde_json::{Value, json};

use crate::firehose::{Arrived, Script, Way, each, ok};
use crate::search::{opensearch, prepare};

/// The account of every document.
pub const OWNER: &str = "333333333333";

/// What became of records that were sent to an OpenSearch with the project's pipeline.
pub struct Index {
    /// What the delivery stream says.
    pub arrived: Arrived,
    server: Server,
    _opensearch: Arc<OpenSearch>,
}

impl Index {
    /// Lets `records` run through a delivery stream to an OpenSearch with the project's pipeline; nothing
    /// where `test` is skipped.
    ///
    /// # Panics
    /// When a stand-in doesn't start or the server doesn't answer.
    pub async fn of(test: &str, records: &[&str]) -> Option<Self> {
        Self::with_faults(test, records, vec![]).await
    }

    /// The same, with bulk requests that fail by `faults`.
    ///
    /// # Panics
    /// When a stand-in doesn't start or the server doesn't answer.
    pub async fn with_faults(test: &str, records: &[&str], faults: Vec<Rule>) -> Option<Self> {
        let opensearch = opensearch(test)?;
        let server = Server::new(opensearch.url());
        blocking(&server, prepare).await;
        let way = Way::new().await.expect("the stand-in starts");
        let proxy = FaultProxy::start(opensearch.url()).expect("the proxy starts");
        for rule in faults {
            proxy.add(rule);
        }
        let search = Search {
            buffer_interval: Duration::from_millis(200),
            retry_for: Duration::from_secs(15),
            ..Search::new(proxy.endpoint(), INDEX)
        };
        let settings = Settings {
            processor: None,
            destination: Destination::OpenSearch(search, Way::bucket()),
            ..way.settings(Script::new(|event, _| {
                each(event, |id, text| vec![ok(id, text)])
            }))
        };
        let records: Vec<&[u8]> = records.iter().map(|record| record.as_bytes()).collect();
        let arrived = way
            .run(settings, &records)
            .await
            .expect("all comes through");
        blocking(&server, |server| server.post("_refresh", &json!({}))).await;
        Some(Self {
            arrived,
            server,
            _opensearch: opensearch,
        })
    }

    /// The documents of that id: index and content.
    ///
    /// # Panics
    /// When the server doesn't answer.
    pub async fn documents(&self, id: &str) -> Vec<(String, Value)> {
        let query = json!({"version": true, "query": {"term": {"tributary.document_id": id}}});
        let answer = blocking(&self.server, move |server| {
            server.post("logs-*/_search", &query)
        })
        .await;
        let hits = answer["hits"]["hits"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        hits.into_iter()
            .map(|hit| (hit["_index"].as_str().unwrap_or_default().to_owned(), hit))
            .collect()
    }

    /// How many documents match a query.
    ///
    /// # Panics
    /// When the server doesn't answer.
    pub async fn matching(&self, query: Value) -> Value {
        let ask = move |server: &Server| server.post("logs-*/_search", &query);
        let answer = blocking(&self.server, ask).await;
        answer["hits"]["total"]["value"].clone()
    }
}

async fn blocking<T: Send + 'static>(
    server: &Server,
    ask: impl FnOnce(&Server) -> anyhow::Result<T> + Send + 'static,
) -> T {
    let server = server.clone();
    let asked = tokio::task::spawn_blocking(move || ask(&server)).await;
    asked.expect("no panic").expect("the server answers")
}

/// A document of CloudTrail's with that id and time, and `more` members.
#[must_use]
pub fn document(id: &str, timestamp: &str, more: &Value) -> String {
    let document = json!({
        "@timestamp": timestamp,
        "tributary": {"document_id": id},
        "event": {"dataset": "aws.cloudtrail"},
        "aws": {"cloudwatch": {"owner": OWNER}},
    });
    crate::with(document, more).to_string()
}
