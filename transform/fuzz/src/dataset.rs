//! One message of each dataset: whatever it holds, its document can be indexed and archived.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde_json::Value;
use transform::dataset::Dataset;
use transform::flow_logs::Formats;
use transform::reshape::{Reshaper, Written};

use crate::common::strict::parsed_document;

/// Lucene refuses a whole document for one longer term (`IndexWriter.MAX_TERM_LENGTH`).
const TERM_BYTES: usize = 32_766;

/// A CloudTrail event, or the members of one.
pub fn cloudtrail(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    check(&text, Formats::default);
    let head = r#"{"eventVersion":"1.11","eventTime":"2024-01-01T00:00:00Z","eventID":"e","#;
    check(&format!("{head}{text}}}"), Formats::default);
}

/// A finding, alone or in an event of `EventBridge`, or the members of one.
pub fn guardduty(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    check(&text, Formats::default);
    let head = r#"{"schemaVersion":"2.0","type":"x","id":"f","#;
    check(&format!("{head}{text}}}"), Formats::default);
}

/// A flow log's format on the first line, and a message in it. A format that can't be parsed makes
/// the whole a message in the default format.
pub fn flow_log(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    check(&text, Formats::default);
    if let Some((format, line)) = text.split_once('\n')
        && Formats::for_all(format).is_ok()
    {
        check(line, || Formats::for_all(format).unwrap_or_default());
    }
    // As parts of a setting they are refused or taken, and no more.
    let _ = Formats::parse(&text);
}

/// A line of any log.
pub fn plain(data: &[u8]) {
    check(&String::from_utf8_lossy(data), Formats::default);
}

fn check(message: &str, formats: impl Fn() -> Formats) {
    let mut reshaper = Reshaper::new(formats(), false);
    let usual = written(&mut reshaper, message, usual_escapes);
    let again = written(&mut reshaper, message, usual_escapes);
    assert!(usual == again, "what came before leaves no traces");
    let document = of(message, &usual);
    let by_number = of(message, &written(&mut reshaper, message, escapes_by_number));
    // Of JSON with a mistake in it, the two may see the mistake sooner or later.
    if !message.trim_start().starts_with('{') || serde_json::from_str::<IgnoredAny>(message).is_ok()
    {
        assert_eq!(
            document, by_number,
            "however it is escaped, it is the same message"
        );
    }
    let mut keeping = Reshaper::new(formats(), true);
    let kept = of(message, &written(&mut keeping, message, usual_escapes));
    if let Some(kept) = kept.filter(|_| !message.is_empty()) {
        assert_eq!(
            kept["event"]["original"], message,
            "the whole message is kept"
        );
    }
}

/// What came of an event with this message, in a payload that is safe to copy from.
fn written(
    reshaper: &mut Reshaper,
    message: &str,
    escape: fn(&str) -> String,
) -> (Written, Vec<u8>) {
    let payload = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"g","logStream":"s","logEvents":[{{"id":"1","timestamp":1769846400123,"message":"{}"}}]}}"#,
        escape(message)
    );
    let Ok(envelopes) = transform::envelope::parse(payload.as_bytes()) else {
        panic!("the envelope of {message:?} is as it should be");
    };
    let mut out = Vec::new();
    let written = reshaper.document(&envelopes[0], &envelopes[0].events[0], &mut out);
    (written, out)
}

/// The document, after everything has been looked at that is true of every one.
fn of(message: &str, (written, line): &(Written, Vec<u8>)) -> Option<Value> {
    let dataset = match written {
        Written::Document(dataset) | Written::PipelineError(dataset) => *dataset,
        Written::Nothing => {
            assert!(line.is_empty() && message.contains("findings"));
            return None;
        }
    };
    let document = parsed_document(line);
    assert_eq!(document["event"]["dataset"], dataset.name());
    let failed = matches!(written, Written::PipelineError(_));
    assert_eq!(document["event"]["kind"] == "pipeline_error", failed);
    assert_eq!(!document["error"]["message"].is_null() && failed, failed);
    if (failed || dataset == Dataset::Plain) && !message.is_empty() {
        assert_eq!(document["message"], message, "no letter of it is lost");
    }
    let growth = 4096 + 8 * message.len();
    assert!(line.len() <= growth, "{} bytes of document", line.len());
    for part in ["/aws/cloudtrail/flattened", "/aws/guardduty/flattened"] {
        if let Some(flattened) = document.pointer(part) {
            terms_fit(flattened, part.len());
        }
    }
    Some(document)
}

/// A flattened field's terms are `path=value`.
fn terms_fit(value: &Value, path: usize) {
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(key, value)| terms_fit(value, path + 1 + key.len())),
        Value::Array(elements) => elements.iter().for_each(|value| terms_fit(value, path)),
        Value::String(text) => assert!(path + 1 + text.len() <= TERM_BYTES, "a term too long"),
        _ => {}
    }
}

fn usual_escapes(message: &str) -> String {
    let quoted = Value::from(message).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Every character that can be is escaped by its number.
fn escapes_by_number(message: &str) -> String {
    let escaped = message.chars().map(|character| match character {
        '\0'..='~' => Cow::from(format!("\\u{:04x}", u32::from(character))),
        other => Cow::from(other.to_string()),
    });
    escaped.collect()
}
