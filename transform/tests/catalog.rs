//! The catalog in whole invocations: which documents get names, and that nothing depends on it.
#![allow(clippy::unwrap_used)]

mod common;

use std::path::{Path, PathBuf};

use common::rounds::{documents, invoke, with_output};
use common::streams::Remembering;
use common::{control_message, data_message, event, gzip, lines};
use serde_json::{Value, json};
use transform::catalog::Location;
use transform::invocation::{Invocation, Transformer};
use transform::reshape::Reshaper;
use transform::settings::{Output, Settings};

const CATALOG: &str = r#"{
  "kind": "tributary-catalog", "version": 1, "created_by": "tributary",
  "organization": {"id": "o-exampleorg1"},
  "accounts": {
    "333333333333": {"name": "shop", "path": ["Root", "Workloads", "Production"], "path_ids": ["r-1"],
                     "tags": {"owner": "team \"a\"", "app.kubernetes.io/name": "shop"}},
    "444444444444": {"name": "payments", "path": ["Root"]}
  },
  "flow_log_formats": [
    {"account": "333333333333", "log_group": "/app/*", "format": "${srcaddr} ${dstaddr} ${bytes}"},
    {"log_group": "/new/*", "format": "${version} ${field-of-next-year}"}
  ]
}"#;

/// A file that is removed with this.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn new(name: &str, text: &str) -> Self {
        let name = format!("transform-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn function(path: &Path) -> Transformer<Remembering> {
    let settings = Settings {
        catalog: Some(Location::File(path.to_owned())),
        ..with_output(Output::Ndjson)
    };
    Transformer::new(settings, Reshaper::default(), Remembering::default())
}

/// The documents of one record with these messages of account 333333333333.
async fn reshaped(
    function: &mut Transformer<Remembering>,
    messages: &[&str],
) -> (Invocation, Vec<Value>) {
    let messages: Vec<String> = messages.iter().map(|&text| text.to_owned()).collect();
    let payload = gzip(data_message(0, &messages).as_bytes());
    let (done, answer) = invoke(function, &event(&[payload])).await;
    let documents = documents(Output::Ndjson, &answer.records[0]);
    let documents = documents
        .iter()
        .map(|text| serde_json::from_str(text).unwrap());
    let documents = documents.collect();
    (done, documents)
}

const TRAIL: &str = r#"{"eventVersion":"1.08","eventTime":"2026-03-01T23:59:59Z","eventID":"e","eventSource":"s3.amazonaws.com","awsRegion":"us-east-1","recipientAccountId":"444444444444"}"#;
const FINDING: &str = r#"{"schemaVersion":"2.0","accountId":"444444444444","region":"us-east-1","id":"f","type":"Recon:EC2/Portscan","severity":5,"service":{"count":1},"updatedAt":"2026-03-01T23:59:59Z"}"#;

/// Everything that the catalog says of account 333333333333.
fn is_of_the_shop(document: &Value) {
    assert_eq!(
        document["cloud"]["account"],
        json!({"id": "333333333333", "name": "shop"})
    );
    assert_eq!(document["organization"], json!({"id": "o-exampleorg1"}));
    assert_eq!(
        document["aws"]["organization"],
        json!({
            "path": "Root/Workloads/Production",
            "paths": ["Root", "Root/Workloads", "Root/Workloads/Production"],
        })
    );
    assert_eq!(
        document["aws"]["account"]["tags"],
        json!({"owner": "team \"a\"", "app.kubernetes.io/name": "shop"})
    );
}

#[tokio::test]
async fn documents_of_every_dataset_get_what_is_known_of_their_own_account() {
    let file = TemporaryFile::new("names", CATALOG);
    let mut function = function(&file.0);
    let flow = "10.0.0.1 10.0.0.2 40";
    let (done, documents) = reshaped(&mut function, &[flow, TRAIL, FINDING, "two fields"]).await;
    let datasets: Vec<&Value> = documents
        .iter()
        .map(|document| &document["event"]["dataset"])
        .collect();
    assert_eq!(
        datasets,
        [
            "aws.vpcflow",
            "aws.cloudtrail",
            "aws.guardduty",
            "aws.vpcflow"
        ]
    );
    assert_eq!(
        documents[3]["event"]["kind"], "pipeline_error",
        "{}",
        documents[3]
    );
    for document in [&documents[0], &documents[3]] {
        is_of_the_shop(document);
    }
    for document in &documents[1..3] {
        assert_eq!(
            document["cloud"]["account"],
            json!({"id": "444444444444", "name": "payments"})
        );
        assert_eq!(
            document["aws"]["organization"],
            json!({"path": "Root", "paths": ["Root"]})
        );
        assert!(
            document["aws"].get("account").is_none(),
            "no tags: {document}"
        );
    }
    assert_eq!(
        documents[0]["source"]["bytes"], 40,
        "in the catalog's format"
    );
    let state = done.catalog.unwrap();
    assert!(!state.missing && !state.stale);
    assert_eq!(state.left_out, 1, "a format of a later release");
    assert!(
        done.notices[0].contains("field-of-next-year"),
        "{:?}",
        done.notices
    );
}

#[tokio::test]
async fn formats_are_those_of_the_account_that_the_envelope_says_the_event_is_of() {
    let file = TemporaryFile::new("centralized", CATALOG);
    let mut function = function(&file.0);
    let of_the_shop =
        r#""message":"10.0.0.1 10.0.0.2 40","extractedFields":{"@aws.account":"333333333333"}"#;
    let payload = data_message(0, &["x".to_owned(), "10.0.0.1 10.0.0.2 40".to_owned()])
        .replace(r#""owner":"333333333333""#, r#""owner":"444444444444""#)
        .replace(r#""message":"x""#, of_the_shop);
    let (_, answer) = invoke(&mut function, &event(&[gzip(payload.as_bytes())])).await;
    let datasets: Vec<Value> = documents(Output::Ndjson, &answer.records[0])
        .iter()
        .map(|text| serde_json::from_str::<Value>(text).unwrap()["event"]["dataset"].clone())
        .collect();
    assert_eq!(datasets, ["aws.vpcflow", "aws.cloudwatch_logs"]);
}

#[tokio::test]
async fn an_account_that_is_not_in_the_catalog_has_no_name() {
    let file = TemporaryFile::new("stranger", CATALOG);
    let stranger = TRAIL.replace("444444444444", "999999999999");
    let (_, documents) = reshaped(&mut function(&file.0), &[&stranger]).await;
    assert_eq!(
        documents[0]["cloud"]["account"],
        json!({"id": "999999999999"})
    );
    assert!(documents[0].get("organization").is_none());
}

#[tokio::test]
async fn without_a_catalog_documents_go_out_without_names_and_one_line_says_so() {
    let mut function = function(Path::new("/nowhere/catalog.json"));
    let (done, documents) = reshaped(&mut function, &[TRAIL]).await;
    assert_eq!(
        documents[0]["cloud"]["account"],
        json!({"id": "444444444444"})
    );
    assert!(done.catalog.unwrap().missing);
    assert_eq!(done.notices.len(), 1);
    assert!(
        done.notices[0].contains("/nowhere/catalog.json"),
        "{:?}",
        done.notices
    );
    let (again, _) = reshaped(&mut function, &[TRAIL]).await;
    assert!(again.catalog.unwrap().missing && again.notices.is_empty());
}

#[tokio::test]
async fn what_is_no_catalog_or_one_of_another_version_harms_no_event() {
    for (name, text) in [
        ("empty", ""),
        ("array", "[]"),
        ("version", r#"{"kind":"tributary-catalog","version":2}"#),
        (
            "damaged",
            r#"{"kind":"tributary-catalog","version":1,"accounts":[]}"#,
        ),
    ] {
        let file = TemporaryFile::new(name, text);
        let (done, documents) = reshaped(&mut function(&file.0), &[TRAIL, "line"]).await;
        assert_eq!(documents.len(), 2, "{name}");
        assert!(done.catalog.unwrap().missing, "{name}");
        assert_eq!(done.notices.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn it_is_read_when_the_first_event_needs_it_and_not_before() {
    let mut function = function(Path::new("/nowhere/catalog.json"));
    let finished = br#"{"@timestamp":"2026-03-01T00:00:00.000Z","tributary":{"document_id":"f"}}"#;
    let records = [
        gzip(control_message().as_bytes()),
        finished.to_vec(),
        Vec::new(),
        b"x".to_vec(),
    ];
    let (done, _) = invoke(&mut function, &event(&records)).await;
    assert_eq!((done.catalog, done.notices.len()), (None, 0));
    let records = [gzip(data_message(0, &lines(1)).as_bytes())];
    let (done, _) = invoke(&mut function, &event(&records)).await;
    assert!(done.catalog.is_some() && done.notices.len() == 1);
}

#[tokio::test]
async fn a_name_in_the_catalog_is_text_whatever_stands_in_it() {
    let hostile = "\\\"},\\u0000\\u2028{\\n</script>\\ud800";
    let text = CATALOG.replace("\"shop\", \"path\"", &format!("\"{hostile}\", \"path\""));
    let file = TemporaryFile::new("hostile", &text.replace("\\ud800", ""));
    let (done, documents) = reshaped(&mut function(&file.0), &["1.1.1.1 2.2.2.2 3"]).await;
    assert!(!done.catalog.unwrap().missing, "{:?}", done.notices);
    let name = documents[0]["cloud"]["account"]["name"].as_str().unwrap();
    assert!(
        name.starts_with("\"},") && name.contains("</script>"),
        "{name}"
    );
    assert!(
        !name.contains('\0') || name.contains('{'),
        "one line of JSON: {name:?}"
    );
    let file = TemporaryFile::new("surrogate", &text);
    let (done, documents) = reshaped(&mut function(&file.0), &["line"]).await;
    assert!(done.catalog.unwrap().missing && documents.len() == 1);
}
