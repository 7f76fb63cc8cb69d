//! Whatever stands in a field, it is in the document: in the field's own place, among the unmapped
//! parts, or in the original.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use transform::envelope;
use transform::reshape::Reshaper;

/// What no message holds.
const TOKEN: &str = "token-8271-unheard-of";

fn messages(dataset: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(dataset);
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "txt"))
        .collect();
    paths.sort();
    let texts = paths.iter().map(|path| fs::read_to_string(path).unwrap());
    let messages = texts.filter_map(|text| serde_json::from_str::<Value>(&text).ok());
    messages.filter(Value::is_object).collect()
}

fn document(message: &Value) -> String {
    let message = serde_json::to_string(&message.to_string()).unwrap();
    let payload = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"g","logStream":"s","logEvents":[{{"id":"1","timestamp":1769846400123,"message":{message}}}]}}"#
    );
    let envelopes = envelope::parse(payload.as_bytes()).unwrap();
    let mut out = Vec::new();
    Reshaper::default().document(&envelopes[0], &envelopes[0].events[0], &mut out);
    String::from_utf8(out).unwrap()
}

/// JSON pointers to every value inside of `value`.
fn places(path: &str, value: &Value, found: &mut Vec<String>) {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(elements) => (0..)
            .map(|at: usize| at.to_string())
            .zip(elements)
            .collect(),
        _ => return,
    };
    for (key, value) in inside {
        let path = format!("{path}/{key}");
        places(&path, value, found);
        found.push(path);
    }
}

/// Puts the token into every place of every message, in each of `shapes`, and beside what stands there.
fn check(dataset: &str, outside: impl Fn(&Value, &str) -> bool) {
    let shapes = [
        json!(TOKEN),
        json!([TOKEN]),
        json!({"inside": TOKEN}),
        json!([{"inside": [TOKEN]}, null, 1]),
        json!([1, TOKEN]),
    ];
    let (mut lost, mut tried) = (Vec::new(), 0);
    for message in messages(dataset) {
        let mut found = Vec::new();
        places("", &message, &mut found);
        for place in found.iter().filter(|place| !outside(&message, place)) {
            let mut with_another = message.pointer(place).unwrap().clone();
            if let Value::Object(members) = &mut with_another {
                members.insert("unheard of".to_owned(), json!(TOKEN));
            }
            let another = with_another.is_object().then_some(with_another);
            for shape in shapes.iter().chain(&another) {
                let mut changed = message.clone();
                *changed.pointer_mut(place).unwrap() = shape.clone();
                tried += 1;
                if !document(&changed).contains(TOKEN) {
                    lost.push(format!("{place}: {shape}"));
                }
            }
        }
    }
    lost.sort();
    lost.dedup();
    assert!(lost.is_empty(), "{} of {tried}: {lost:#?}", lost.len());
    assert!(tried > 50, "{tried}");
}

#[test]
fn nothing_of_a_cloudtrail_event_is_lost() {
    check("cloudtrail", |_, _| false);
}

#[test]
fn nothing_of_a_finding_is_lost_but_the_event_around_it() {
    check("guardduty", |message, place| {
        message.get("detail").is_some() && !place.starts_with("/detail/")
    });
}

#[test]
fn nothing_of_a_flow_log_that_is_an_object_is_lost() {
    check("flow_logs", |_, _| false);
}
