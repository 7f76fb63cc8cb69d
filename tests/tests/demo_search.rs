//! The search side: where the project's pipeline and templates put documents.

use jiff::ToSpan;
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};
use tests::index::{Index, OWNER, document};
use tests::search::today;

#[tokio::test]
async fn a_document_has_its_own_id_and_the_index_of_its_dataset_and_day() {
    let days = [2, 1].map(|days| today().saturating_sub(days.days()));
    let one = document("one", &format!("{}T23:59:59Z", days[0]), &json!({}));
    let other = document("other", &format!("{}T00:00:00.5Z", days[1]), &json!({}));
    let records = [one.as_str(), &other, &one];
    let Some(index) = Index::of("ids and indices", &records).await else {
        return;
    };
    assert_eq!(index.arrived.counts.delivered, 3);
    let found = index.documents("one").await;
    assert_eq!(found.len(), 1, "the second delivery changed nothing");
    assert_eq!(
        (found[0].0.as_str(), &found[0].1["_id"]),
        (
            format!("logs-aws.cloudtrail-{}", days[0]).as_str(),
            &json!("one")
        )
    );
    assert!(
        found[0].1["_version"].as_u64() >= Some(2),
        "it did come a second time"
    );
    assert_eq!(
        index.documents("other").await[0].0,
        format!("logs-aws.cloudtrail-{}", days[1])
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

/// Documents that the pipeline can't place: the id, the document, how the reason begins.
fn unplaceable() -> Vec<(&'static str, String, &'static str)> {
    let day = "2024-02-03T00:00:00Z";
    let of = |dataset: Value| json!({ "dataset": dataset });
    let bad = [
        ("undated", "some day", of(json!("aws.cloudtrail"))),
        ("nameless", day, json!({})),
        ("foreign", day, of(json!("nginx.access"))),
        ("somebody-s", day, of(json!("aws.alb"))),
        ("listed", day, of(json!(["aws.cloudtrail"]))),
        ("eventless", day, json!("none")),
    ];
    bad.map(|(id, time, event)| {
        let members = json!({"event": event, "kept": {"a": [id]}});
        let reason = match id {
            "undated" => "dataset-and-time: ",
            _ => "dataset: ",
        };
        (id, document(id, time, &members), reason)
    })
    .into()
}

#[tokio::test]
async fn a_document_that_the_pipeline_can_t_place_is_kept_in_the_index_of_failures() {
    let bad = unplaceable();
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
        let at = kept_at(&found[0].1["_source"]);
        assert_eq!(found[0].0, format!("logs-tributary.failed-{}", &at[..10]));
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
    let today = json!({"query": {"bool": {"filter": [
        {"range": {"tributary.failed_at": {"gte": "now-1d"}}},
        {"prefix": {"_index": "logs-tributary.failed-"}},
        {"term": {"tributary.document_id": "undated"}},
    ]}}});
    assert_eq!(
        index.matching(today).await,
        1,
        "found by the time of the failure"
    );
}

/// When the pipeline kept a document that it couldn't place.
fn kept_at(document: &Value) -> String {
    let at = document["tributary"]["failed_at"].as_str();
    at.unwrap_or_default().to_owned()
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
        "cloudtrail": {"flattened": {"request_parameters": {"bucketName": "b-1", "tags": [{"key": "k"}, {"key": "l"}], "zone": {"a.b": "z"}}}},
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
        ("aws.cloudtrail.flattened.request_parameters.tags.key", "l"),
        ("aws.cloudtrail.flattened.request_parameters.zone.a.b", "z"),
        (
            "aws.guardduty.flattened.unmapped.resource.instanceDetails.imageId",
            "ami-1",
        ),
    ] {
        let query = json!({"query": {"bool": {"filter": [
            {"term": {path: value}}, {"term": {"tributary.document_id": "free-form"}},
        ]}}});
        assert_eq!(index.matching(query).await, 1, "{path}");
    }
}
