//! Events that lack any of their usual fields: each is still a document, and never an error.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod common;

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::LazyLock;

use common::strict::Strict;
use flate2::read::MultiGzDecoder;
use proptest::prelude::*;
use serde_json::{Map, Value};
use transform::dataset::Dataset;
use transform::envelope;
use transform::reshape::{Reshaper, Written};

/// The real events and those that show a field each.
static EVENTS: LazyLock<Vec<Map<String, Value>>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = File::open(root.join("../local/corpus/cloudtrail.jsonl.gz")).unwrap();
    let lines = BufReader::new(MultiGzDecoder::new(corpus)).lines();
    let mut texts: Vec<String> = lines.map(Result::unwrap).collect();
    texts.extend(golden("cloudtrail"));
    texts
        .iter()
        .filter_map(|text| serde_json::from_str(text).ok())
        .collect()
});

/// The findings that show a field each, without the event around them.
static FINDINGS: LazyLock<Vec<Map<String, Value>>> = LazyLock::new(|| {
    let texts = golden("guardduty");
    let objects = texts
        .iter()
        .filter_map(|text| serde_json::from_str::<Value>(text).ok());
    objects
        .filter_map(|value| match value.get("detail") {
            Some(Value::Object(finding)) => Some(finding.clone()),
            _ => value.as_object().cloned(),
        })
        .filter(|finding| finding.contains_key("schemaVersion"))
        .collect()
});

fn golden(dataset: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(dataset);
    let paths = fs::read_dir(folder).unwrap();
    let paths = paths.map(|entry| entry.unwrap().path());
    let texts = paths.filter(|path| path.extension().is_some_and(|end| end == "txt"));
    texts
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

/// The document of `event`, and as which dataset it was read.
fn document(event: &Map<String, Value>) -> (Written, Value) {
    let message = serde_json::to_string(event).unwrap();
    let payload = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"g","logStream":"s","logEvents":[{{"id":"1","timestamp":1769846400123,"message":{}}}]}}"#,
        serde_json::to_string(&message).unwrap()
    );
    let envelopes = envelope::parse(payload.as_bytes()).unwrap();
    let mut out = Vec::new();
    let written = Reshaper::default().document(&envelopes[0], &envelopes[0].events[0], &mut out);
    serde_json::from_slice::<Strict>(&out).unwrap_or_else(|error| panic!("{error}: {message}"));
    (written, serde_json::from_slice(&out).unwrap())
}

/// `object` without the keys that `keep` names as gone, a bit each, also inside of it.
fn thinned(object: &Map<String, Value>, mut keep: u64) -> Map<String, Value> {
    let mut left = Map::new();
    for (key, value) in object {
        keep = keep.rotate_right(1);
        if keep & 1 == 0 {
            let value = match value {
                Value::Object(inside) => Value::Object(thinned(inside, keep.rotate_right(7))),
                other => other.clone(),
            };
            left.insert(key.clone(), value);
        }
    }
    left
}

fn has_any(event: &Map<String, Value>, keys: &[&str]) -> bool {
    keys.iter().any(|key| event.contains_key(*key))
}

fn check_event(event: &Map<String, Value>) {
    let timed = has_any(event, &["eventTime", "timeWindow"])
        && has_any(event, &["eventSource", "eventID", "eventId", "eventType"]);
    let recognisable =
        has_any(event, &["eventVersion"]) && (timed || has_any(event, &["userIdentity"]));
    let (written, document) = document(event);
    let expected = if recognisable {
        Dataset::CloudTrail
    } else {
        Dataset::Plain
    };
    assert_eq!(written, Written::Document(expected));
    assert_ne!(document["event"]["kind"], "pipeline_error");
    for path in ["/@timestamp", "/tributary/document_id", "/cloud/account/id"] {
        assert!(document.pointer(path).is_some(), "{path}");
    }
}

#[test]
fn an_event_without_any_one_of_its_fields_is_a_document() {
    // Events of all kinds: one in twenty, and all that show a field.
    let some = EVENTS
        .iter()
        .enumerate()
        .filter(|(at, event)| at % 20 == 0 || event.len() < 15);
    for (_, event) in some {
        for key in event.keys() {
            let mut left = event.clone();
            left.remove(key);
            check_event(&left);
        }
    }
}

#[test]
fn a_finding_without_any_one_of_its_parts_is_a_document() {
    for finding in FINDINGS.iter() {
        for part in ["resource", "service"] {
            let Some(Value::Object(inside)) = finding.get(part) else {
                continue;
            };
            for key in inside.keys() {
                let mut left = finding.clone();
                left[part].as_object_mut().unwrap().remove(key);
                let (written, _) = document(&left);
                assert_eq!(written, Written::Document(Dataset::GuardDuty));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn an_event_without_any_of_its_fields_is_a_document(
        at in 0..EVENTS.len(),
        gone in any::<u64>(),
        also in any::<u64>(),
    ) {
        let event = &EVENTS[at];
        // Few keys gone and many.
        check_event(&thinned(event, gone & also));
        check_event(&thinned(event, gone));
    }

    #[test]
    fn a_finding_without_any_of_its_fields_is_a_document(
        at in 0..FINDINGS.len(),
        gone in any::<u64>(),
        also in any::<u64>(),
    ) {
        let mut finding = thinned(&FINDINGS[at], gone & also);
        for key in ["schemaVersion", "type", "service"] {
            finding.insert(key.to_owned(), FINDINGS[at][key].clone());
        }
        let (written, document) = document(&finding);
        prop_assert_eq!(written, Written::Document(Dataset::GuardDuty));
        prop_assert_eq!(&document["event"]["kind"], "alert");
    }
}
