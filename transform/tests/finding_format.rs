//! Nothing of a finding's documented format is lost.
//!
//! `formats/guardduty-finding.json` has every member of the `Finding` type of the Amazon GuardDuty
//! API (version 2017-11-28, as botocore 1.44.5 describes it), each with a value of its own.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use transform::dataset::Dataset;
use transform::envelope;
use transform::reshape::{Reshaper, Written};

/// The actions that a finding can have, with what stands beside them.
const ACTIONS: [&[&str]; 6] = [
    &["awsApiCallAction"],
    &["dnsRequestAction"],
    &["networkConnectionAction"],
    &["portProbeAction"],
    &["rdsLoginAttemptAction"],
    &[
        "kubernetesApiCallAction",
        "kubernetesPermissionCheckedDetails",
        "kubernetesRoleBindingDetails",
        "kubernetesRoleDetails",
    ],
];

/// A cluster is of one kind.
const CLUSTERS: [&str; 2] = ["eksClusterDetails", "ecsClusterDetails"];

fn finding() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats/guardduty-finding.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn document(finding: &Value) -> Value {
    serde_json::from_str(&text_of(&finding.to_string())).unwrap()
}

/// The document of a message, as it is written.
fn text_of(message: &str) -> String {
    let message = serde_json::to_string(message).unwrap();
    let payload = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"g","logStream":"s","logEvents":[{{"id":"1","timestamp":1769846400123,"message":{message}}}]}}"#
    );
    let envelopes = envelope::parse(payload.as_bytes()).unwrap();
    let mut out = Vec::new();
    let written = Reshaper::default().document(&envelopes[0], &envelopes[0].events[0], &mut out);
    assert_eq!(written, Written::Document(Dataset::GuardDuty));
    String::from_utf8(out).unwrap()
}

/// Texts and numbers with where they stand.
fn leaves(path: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                leaves(&format!("{path}.{key}"), value, found);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                leaves(path, element, found);
            }
        }
        Value::String(text) => found.push((path.to_owned(), text.clone())),
        Value::Number(number) => found.push((path.to_owned(), number.to_string())),
        Value::Bool(_) | Value::Null => {}
    }
}

#[test]
fn every_field_of_the_format_is_in_the_document() {
    for action in ACTIONS {
        for cluster in CLUSTERS {
            let mut finding = finding();
            let actions = finding["service"]["action"].as_object_mut().unwrap();
            actions.retain(|key, _| key == "actionType" || action.contains(&key.as_str()));
            assert_eq!(actions.len(), 1 + action.len());
            let resource = finding["resource"].as_object_mut().unwrap();
            resource.retain(|key, _| key == cluster || !CLUSTERS.contains(&key.as_str()));
            let (mut given, mut found) = (Vec::new(), Vec::new());
            leaves("", &finding, &mut given);
            leaves("", &document(&finding), &mut found);
            assert!(given.len() > 300);
            let found: BTreeSet<String> = found.into_iter().map(|(_, value)| value).collect();
            for (path, value) in given {
                assert!(found.contains(&value), "{path} {value} with {action:?}");
            }
        }
    }
}

#[test]
fn of_two_actions_or_clusters_in_one_finding_the_original_tells() {
    let has_original = |finding: &Value| document(finding)["event"].get("original").is_some();
    let mut finding = finding();
    let actions = finding["service"]["action"].as_object_mut().unwrap();
    actions.retain(|key, _| key == "actionType" || key == ACTIONS[0][0]);
    assert!(has_original(&finding), "two clusters");
    let clusters = finding["resource"].as_object_mut().unwrap();
    clusters.remove(CLUSTERS[0]);
    let service = finding["service"].as_object_mut().unwrap();
    service.remove("malwareScanDetails").unwrap();
    assert!(!has_original(&finding), "one of each");
    let call = finding["service"]["action"]["awsApiCallAction"].take();
    let mut other = call.clone();
    other["remoteIpDetails"]["ipAddressV4"] = "198.51.100.77".into();
    finding["service"]["action"] = serde_json::json!({"awsApiCallAction": call, "other": other});
    assert!(has_original(&finding), "two actions");
}

#[test]
fn the_lists_of_the_format_are_flattened() {
    let document = document(&finding());
    let mut lists = Vec::new();
    objects_in_lists("", &document, &mut lists);
    for path in lists {
        assert!(path.starts_with(".aws.guardduty.flattened."), "{path}");
    }
}

/// Where lists of objects stand.
fn objects_in_lists(path: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                objects_in_lists(&format!("{path}.{key}"), value, found);
            }
        }
        Value::Array(elements) if elements.iter().any(Value::is_object) => {
            found.push(path.to_owned());
        }
        _ => {}
    }
}

#[test]
fn lists_made_to_harm_are_documents_all_the_same() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let objects = format!("{}1{}", "[{\"ip\":".repeat(50_000), "}]".repeat(50_000));
    let many = format!(
        "[{}]",
        (0..50_000)
            .map(|number| format!(r#"{{"ip":"10.0.{}.{}"}}"#, number / 256, number % 256))
            .collect::<Vec<_>>()
            .join(",")
    );
    for list in [&deep, &objects, &many] {
        let message = format!(
            r#"{{"schemaVersion":"2.0","type":"x","service":{{"detection":{{"sequence":{{"endpoints":{list},"actors":{list},"sequenceIndicators":{list}}}}},"runtimeDetails":{{"process":{{"lineage":{list}}}}},"action":{{"portProbeAction":{{"portProbeDetails":{list}}}}}}},"resource":{{"s3BucketDetails":{list},"instanceDetails":{{"networkInterfaces":{list}}}}}}}"#
        );
        let text = text_of(&message);
        assert!(transform::finished::recognise(text.as_bytes()).is_some());
        // What is too deep for an index is in the original.
        assert!(text.contains("\"original\"") || list == &many);
    }
    // Of a long list the first hundred stand in `related.ip`; all are in the flattened one.
    let message = format!(
        r#"{{"schemaVersion":"2.0","type":"x","service":{{"detection":{{"sequence":{{"endpoints":{many}}}}}}}}}"#
    );
    let document: Value = serde_json::from_str(&text_of(&message)).unwrap();
    assert_eq!(document["related"]["ip"].as_array().unwrap().len(), 100);
    let sequence = &document["aws"]["guardduty"]["flattened"]["detection"]["sequence"];
    assert_eq!(sequence["endpoints"].as_array().unwrap().len(), 50_000);
}
