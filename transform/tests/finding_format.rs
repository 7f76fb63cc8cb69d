//! Nothing of a finding's documented format is lost.
//!
//! `formats/guardduty-finding.json` has every member of the `Finding` type of the Amazon GuardDuty
//! API (version 2017-11-28, as botocore 1.44.5 describes it), each with a value of its own.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use transform::envelope;
use transform::reshape::Reshaper;

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
    let message = serde_json::to_string(&finding.to_string()).unwrap();
    let payload = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"g","logStream":"s","logEvents":[{{"id":"1","timestamp":1769846400123,"message":{message}}}]}}"#
    );
    let envelopes = envelope::parse(payload.as_bytes()).unwrap();
    let mut out = Vec::new();
    Reshaper::default().document(&envelopes[0], &envelopes[0].events[0], &mut out);
    serde_json::from_slice(&out).unwrap()
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
