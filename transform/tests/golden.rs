//! Golden pairs: `golden/<dataset>/<case>.txt` is a log message (for flow logs, `<case>.format` their
//! format), `<case>.json` the document that it must become; no `.json` where it must become none.
//!
//! `UPDATE_GOLDEN=1 cargo test -p transform --test golden` writes the documents anew: read the diff.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use transform::envelope;
use transform::flow_logs::Formats;
use transform::reshape::{Reshaper, Written};

fn cases(dataset: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(dataset);
    let entries = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|end| end == "txt"))
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "{} holds no case", folder.display());
    cases
}

/// The message's document, as the Lambda function makes it of an envelope in which `escape` has
/// written the message as a JSON string.
fn document(message: &str, format: Option<&str>, escape: fn(&str) -> String) -> Option<String> {
    let text = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"/golden/group","logStream":"stream","subscriptionFilters":["f"],"logEvents":[{{"id":"36000000000000000000000000000000000000000000000000000001","timestamp":1769846400123,"message":{}}}]}}"#,
        escape(message)
    );
    let envelopes = envelope::parse(text.as_bytes()).unwrap();
    let formats = format.map_or_else(Formats::default, |format| Formats::for_all(format).unwrap());
    let mut out = Vec::new();
    let written =
        Reshaper::new(formats, false).document(&envelopes[0], &envelopes[0].events[0], &mut out);
    assert_eq!(written == Written::Nothing, out.is_empty());
    (!out.is_empty()).then(|| String::from_utf8(out).unwrap())
}

/// As CloudWatch Logs writes it: quotes and backslashes escaped, nothing else.
fn usual(message: &str) -> String {
    serde_json::to_string(message).unwrap()
}

/// The same string in escapes that CloudWatch Logs doesn't use, which take the other way through the code.
fn unusual(message: &str) -> String {
    format!(
        "\"\\u0020{}",
        &serde_json::to_string(message)
            .unwrap()
            .replace('/', "\\/")
            .replace("\\\"", "\\u0022")[1..]
    )
}

fn check(dataset: &str) {
    for case in cases(dataset) {
        let message = fs::read_to_string(&case).unwrap();
        let message = message.trim_end_matches('\n');
        let format = fs::read_to_string(case.with_extension("format")).ok();
        let document = document(message, format.as_deref(), usual);
        let parsed = document
            .as_deref()
            .map(|text| serde_json::from_str::<Value>(text).unwrap());
        let expected = case.with_extension("json");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            if let Some(parsed) = &parsed {
                fs::write(
                    &expected,
                    serde_json::to_string_pretty(parsed).unwrap() + "\n",
                )
                .unwrap();
            }
            continue;
        }
        let expected = fs::read_to_string(&expected)
            .ok()
            .map(|text| serde_json::from_str::<Value>(&text).unwrap());
        assert_eq!(parsed, expected, "{}", case.display());
    }
}

#[test]
fn cloudtrail_events_become_their_documents() {
    check("cloudtrail");
}

#[test]
fn guardduty_findings_become_their_documents() {
    check("guardduty");
}

#[test]
fn flow_logs_become_their_documents() {
    check("flow_logs");
}

#[test]
fn other_lines_become_plain_documents() {
    check("plain");
}

#[test]
fn it_does_not_matter_how_the_envelope_escapes_a_message() {
    for dataset in ["cloudtrail", "guardduty", "flow_logs"] {
        for case in cases(dataset) {
            let message = fs::read_to_string(&case).unwrap();
            let message = message.trim_end_matches('\n');
            let format = fs::read_to_string(case.with_extension("format")).ok();
            let usual = document(message, format.as_deref(), usual);
            let unusual = document(message, format.as_deref(), unusual);
            let carries = ["pipeline_error", "\"original\"", "cloudwatch_logs"];
            if usual
                .as_ref()
                .is_some_and(|text| carries.iter().any(|mark| text.contains(mark)))
            {
                continue; // These carry the message itself, which differs by the leading space.
            }
            assert_eq!(usual, unusual, "{}", case.display());
        }
    }
}
