//! The search side: which records OpenSearch takes, where the project's pipeline and template put
//! them, and what becomes of those that it refuses.

use local::demo::search::{INDEX, Server};
use local::fault_proxy::{Fault, FaultProxy, Rule};
use local::firehose::{Destination, Search, Settings};
use local::opensearch::OpenSearch;
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tests::firehose::{Arrived, Script, Way, each, ok};
use tests::search::opensearch;

const OWNER: &str = "333333333333";
const BULK: &str = "POST /_bulk";

struct Index {
    arrived: Arrived,
    server: Server,
    _opensearch: Arc<OpenSearch>,
}

impl Index {
    /// Lets `records` run through a delivery stream to an OpenSearch with the project's pipeline.
    async fn of(test: &str, records: &[&str]) -> Option<Self> {
        Self::with_faults(test, records, vec![]).await
    }

    /// The same, with bulk requests that fail by `faults`.
    async fn with_faults(test: &str, records: &[&str], faults: Vec<Rule>) -> Option<Self> {
        let opensearch = opensearch(test)?;
        let server = Server::new(opensearch.url());
        blocking(&server, |server| {
            server.prepare(&tests::binary("bootstrap")?)
        })
        .await;
        let way = Way::new().await.expect("the stand-in starts");
        let proxy = FaultProxy::start(opensearch.url()).expect("the proxy starts");
        for rule in faults {
            proxy.add(rule);
        }
        let search = Search {
            buffer_interval: Duration::from_millis(200),
            retry_for: Duration::from_secs(2),
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
    async fn documents(&self, id: &str) -> Vec<(String, Value)> {
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
}

async fn blocking<T: Send + 'static>(
    server: &Server,
    ask: impl FnOnce(&Server) -> anyhow::Result<T> + Send + 'static,
) -> T {
    let server = server.clone();
    let asked = tokio::task::spawn_blocking(move || ask(&server)).await;
    asked.expect("no panic").expect("the server answers")
}

fn document(id: &str, timestamp: &str, more: &Value) -> String {
    let mut document = json!({
        "@timestamp": timestamp,
        "tributary": {"document_id": id},
        "event": {"dataset": "aws.cloudtrail"},
        "aws": {"cloudwatch": {"owner": OWNER}},
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        document[key] = value.clone();
    }
    document.to_string()
}

#[tokio::test]
async fn a_document_has_its_own_id_and_the_index_of_its_dataset_and_day() {
    let one = document("one", "2024-02-03T23:59:59Z", &json!({}));
    let other = document("other", "2024-02-04T00:00:00.5Z", &json!({}));
    let records = [one.as_str(), &other, &one];
    let Some(index) = Index::of("ids and indices", &records).await else {
        return;
    };
    assert_eq!(index.arrived.counts.delivered, 3);
    let found = index.documents("one").await;
    assert_eq!(found.len(), 1, "the second delivery changed nothing");
    assert_eq!(
        (found[0].0.as_str(), &found[0].1["_id"]),
        ("logs-aws.cloudtrail-2024-02-03", &json!("one"))
    );
    assert!(
        found[0].1["_version"].as_u64() >= Some(2),
        "it did come a second time"
    );
    assert_eq!(
        index.documents("other").await[0].0,
        "logs-aws.cloudtrail-2024-02-04"
    );
}

#[tokio::test]
async fn request_data_of_conflicting_shapes_and_bad_addresses_are_taken() {
    let request = |parameters: Value| json!({"aws": {"cloudwatch": {"owner": OWNER}, "cloudtrail": {"flattened": {"request_parameters": parameters}}}});
    let day = "2024-02-03T00:00:00Z";
    let text = document("text", day, &request(json!({"role": "admin"})));
    let object = document("object", day, &request(json!({"role": {"name": "admin"}})));
    let address = document("address", day, &json!({"source": {"ip": "AWS Internal"}}));
    let Some(index) = Index::of("conflicting shapes", &[&text, &object, &address]).await else {
        return;
    };
    assert_eq!(index.arrived.failures(), [], "none is refused");
    for id in ["text", "object", "address"] {
        assert_eq!(index.documents(id).await.len(), 1, "{id}");
    }
}

#[tokio::test]
async fn what_opensearch_refuses_is_kept_under_the_error_prefix_beside_good_neighbours() {
    let day = "2024-02-03T00:00:00Z";
    let good = document("good", day, &json!({}));
    let two = format!("{good}\n{good}");
    let conflict = document("conflict", day, &json!({"source": "no object"}));
    let Some(index) = Index::of("refusals", &[&good, &two, "no JSON", &conflict]).await else {
        return;
    };
    let failures = index.arrived.failures();
    let refused: Vec<&str> = failures.iter().map(|(_, raw)| raw.as_str()).collect();
    assert_eq!(refused.len(), 3, "{failures:?}");
    assert!(
        [two.as_str(), "no JSON", &conflict]
            .iter()
            .all(|record| refused.contains(record))
    );
    assert!(
        index
            .arrived
            .errors
            .iter()
            .all(|error| error.error_code == "400" && error.es_index_name.is_some())
    );
    assert!(
        index
            .arrived
            .keys
            .iter()
            .all(|key| key.starts_with("errors/AmazonOpenSearchService_failed/"))
    );
    assert_eq!(
        (
            index.arrived.counts.delivered,
            index.arrived.counts.failures()
        ),
        (1, 3)
    );
    assert_eq!(index.documents("good").await.len(), 1);
}

#[tokio::test]
async fn a_busy_cluster_is_asked_again_and_nothing_is_lost_or_doubled() {
    let busy = document("busy", "2024-02-03T00:00:00Z", &json!({}));
    let faults = vec![
        Rule::nth(BULK, 1, Fault::answer(429, "rejected_execution_exception")),
        Rule::nth(BULK, 2, Fault::DropAfter),
    ];
    let Some(index) = Index::with_faults("a busy cluster", &[&busy], faults).await else {
        return;
    };
    assert_eq!(
        (
            index.arrived.counts.delivered,
            index.arrived.failures().len()
        ),
        (1, 0)
    );
    let found = index.documents("busy").await;
    assert_eq!(found.len(), 1);
    assert!(
        found[0].1["_version"].as_u64() >= Some(2),
        "the request without answer had its effect"
    );
}

#[tokio::test]
async fn what_a_cluster_never_takes_is_kept_under_the_error_prefix() {
    let never = document("never", "2024-02-03T00:00:00Z", &json!({}));
    let faults = vec![Rule::every(BULK, Fault::answer(503, "unavailable"))];
    let Some(index) = Index::with_faults("a lost cluster", &[&never], faults).await else {
        return;
    };
    assert_eq!(index.arrived.failures(), [("503".to_owned(), never)]);
    assert!(index.arrived.errors[0].attempts_made > 1);
    assert_eq!(
        (
            index.arrived.counts.delivered,
            index.arrived.counts.failures()
        ),
        (0, 1)
    );
}

#[tokio::test]
async fn a_document_that_the_pipeline_can_t_place_is_kept_in_the_index_of_failures() {
    let of = |id: &str, timestamp: &str, event: Value| {
        document(id, timestamp, &json!({"event": event, "kept": {"a": [id]}}))
    };
    let day = "2024-02-03T00:00:00Z";
    let cloudtrail = json!({"dataset": "aws.cloudtrail"});
    let bad = [
        (
            "undated",
            of("undated", "some day", cloudtrail),
            "dataset-and-day: ",
        ),
        ("nameless", of("nameless", day, json!({})), "dataset: "),
        (
            "foreign",
            of("foreign", day, json!({"dataset": "nginx.access"})),
            "dataset: ",
        ),
        (
            "listed",
            of("listed", day, json!({"dataset": ["aws.cloudtrail"]})),
            "dataset: ",
        ),
        (
            "eventless",
            of("eventless", day, json!("none")),
            "dataset: ",
        ),
    ];
    let records: Vec<&str> = bad
        .iter()
        .map(|(_, document, _)| document.as_str())
        .collect();
    let Some(index) = Index::of("pipeline failures", &records).await else {
        return;
    };
    assert_eq!(index.arrived.failures(), []);
    for (id, document, reason) in &bad {
        let found = index.documents(id).await;
        assert_eq!(found.len(), 1, "{id}");
        assert_eq!(found[0].0, "logs-tributary.failed");
        assert_eq!(found[0].1["_id"], *id);
        let kept = &found[0].1["_source"];
        let why = kept["tributary"]["pipeline_error"]
            .as_str()
            .unwrap_or_default();
        assert!(why.starts_with(reason), "{id}: {why}");
        let sent: Value = serde_json::from_str(document).expect("a document");
        for member in ["@timestamp", "event", "kept", "aws"] {
            assert_eq!(kept[member], sent[member], "{id}");
        }
    }
}

#[tokio::test]
async fn the_longest_values_that_the_function_lets_through_are_taken() {
    let event = json!({
        "eventVersion": "1.08", "eventID": "long", "eventTime": "2024-02-03T00:00:00Z",
        "eventName": "PutBucketPolicy", "eventSource": "s3.amazonaws.com", "recipientAccountId": OWNER,
        "userAgent": "y".repeat(40_000),
        "requestParameters": {"bucketPolicy": {"Statement": [{"Condition": "x".repeat(100_000)}]}, "list": vec!["ä".repeat(20_000); 3]},
    });
    let document = reshaped(&event.to_string());
    let Some(index) = Index::of("long values", &[&document]).await else {
        return;
    };
    assert_eq!(index.arrived.failures().len(), 0, "none is refused");
    assert_eq!(index.documents("long").await.len(), 1);
}

/// The document that the project's own `reshape` makes of a CloudTrail event.
fn reshaped(message: &str) -> String {
    let reshape = tests::binary("reshape").expect("reshape is built");
    let mut child = Command::new(reshape)
        .args([
            "--log-group",
            "aws-cloudtrail-logs-main",
            "--account",
            OWNER,
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("reshape runs");
    let mut input = child.stdin.take().expect("an input");
    input.write_all(message.as_bytes()).expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{:?}", output.status);
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[tokio::test]
async fn free_form_values_are_found_by_their_paths() {
    let flattened = json!({
        "cloudwatch": {"owner": OWNER},
        "cloudtrail": {"flattened": {"request_parameters": {"bucketName": "b-1", "tags": [{"key": "k"}]}}},
        "guardduty": {"flattened": {"unmapped": {"resource.instanceDetails.imageId": "ami-1"}}},
    });
    let one = document(
        "free-form",
        "2024-02-03T10:00:00Z",
        &json!({"aws": flattened}),
    );
    let Some(index) = Index::of("free-form values", &[one.as_str()]).await else {
        return;
    };
    for (path, value) in [
        (
            "aws.cloudtrail.flattened.request_parameters.bucketName",
            "b-1",
        ),
        ("aws.cloudtrail.flattened.request_parameters.tags.key", "k"),
        (
            "aws.guardduty.flattened.unmapped.resource.instanceDetails.imageId",
            "ami-1",
        ),
    ] {
        let query = json!({"query": {"bool": {"filter": [
            {"term": {path: value}}, {"term": {"tributary.document_id": "free-form"}},
        ]}}});
        let ask = move |server: &Server| server.post("logs-*/_search", &query);
        let answer = blocking(&index.server, ask).await;
        assert_eq!(answer["hits"]["total"]["value"], 1, "{path}: {answer}");
    }
}
