//! Messages made to harm: each becomes one document that any index takes, and nothing is lost of it.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod common;

use common::strict::{Strict, parsed_document};
use serde_json::{Value, json};
use transform::envelope;
use transform::reshape::{Reshaper, Written};

/// Lucene refuses a whole document for one longer term (`IndexWriter.MAX_TERM_LENGTH`).
const TERM_BYTES: usize = 32_766;

/// The document of an event with this id and time (left out where empty), which must be one.
fn text_of(message: &str, id_and_time: &str) -> String {
    let message = serde_json::to_string(message).unwrap();
    let payload = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"g","logStream":"s","logEvents":[{{{id_and_time}"message":{message}}}]}}"#
    );
    let envelopes = envelope::parse(payload.as_bytes()).unwrap();
    let mut out = Vec::new();
    let written = Reshaper::default().document(&envelopes[0], &envelopes[0].events[0], &mut out);
    assert!(matches!(written, Written::Document(_)), "{message}");
    String::from_utf8(out).unwrap()
}

fn document(message: &str) -> Value {
    let text = text_of(message, r#""id":"1","timestamp":1769846400123,"#);
    serde_json::from_str::<Strict>(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    serde_json::from_str(&text).unwrap()
}

/// A CloudTrail event with `members` beside what it needs.
fn event(members: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"2024-01-01T00:00:00Z","eventID":"e",{members}}}"#
    )
}

fn flattened(document: &Value) -> &Value {
    &document["aws"]["cloudtrail"]["flattened"]
}

fn carries_its_message(document: &Value, message: &str) -> bool {
    document["event"]["original"] == message
}

#[test]
fn keys_that_differ_in_their_escapes_only_are_one_key() {
    for members in [
        r#""requestParameters":{"a":1,"\u0061":2}"#,
        r#""requestParameters":{"b":[{"":2,"_":3}]}"#,
        r#""requestParameters":{"\ud800":1,"\udfff":2}"#,
        r#""a":1,"\u0061":2"#,
        r#""_":1,"":2"#,
    ] {
        let message = event(members);
        assert!(
            carries_its_message(&document(&message), &message),
            "{message}"
        );
    }
}

#[test]
fn of_a_field_that_stands_twice_nothing_is_lost() {
    for members in [
        r#""eventName":"First","eventName":"Second""#,
        r#""eventName":"First","eventName":null"#,
        r#""userIdentity":{"arn":"First"},"userIdentity":{"arn":"Second"}"#,
    ] {
        let message = event(members);
        assert!(
            carries_its_message(&document(&message), &message),
            "{message}"
        );
    }
}

#[test]
fn no_path_is_longer_than_a_term_may_be() {
    let key = "k".repeat(2 * TERM_BYTES);
    for members in [
        format!(r#""{key}":1"#),
        format!(r#""requestParameters":{{"{key}":1}}"#),
        format!(r#""requestParameters":{{"a":[{{"{key}":1}}]}}"#),
    ] {
        let message = event(&members);
        let document = document(&message);
        assert!(carries_its_message(&document, &message));
        assert!(flattened(&document).to_string().len() < TERM_BYTES);
    }
}

#[test]
fn a_long_key_of_a_finding_s_action_does_not_multiply() {
    let members: Vec<String> = (0..1000).map(|number| format!(r#""{number}":1"#)).collect();
    let message = format!(
        r#"{{"schemaVersion":"2.0","type":"x","service":{{"action":{{"{}":{{{}}}}}}}}}"#,
        "k".repeat(10_000),
        members.join(",")
    );
    assert!(text_of(&message, "").len() < 3 * message.len());
}

#[test]
fn numbers_that_an_index_could_not_keep_are_text_or_rounded() {
    let long = format!("5.{}", "0".repeat(3000));
    let finding = document(&format!(
        r#"{{"schemaVersion":"2.0","type":"x","service":{{}},"severity":{long}}}"#
    ));
    assert_eq!(finding["aws"]["guardduty"]["severity"]["code"], json!(5.0));
    let message = event(r#""requestParameters":{"a":1e99999,"b":123456789012345678901,"c":1.5E9}"#);
    assert_eq!(
        flattened(&document(&message))["request_parameters"],
        json!({"a": "1e99999", "b": "123456789012345678901", "c": 1.5e9})
    );
}

#[test]
fn an_id_too_long_for_an_index_gives_way_to_a_hash() {
    let message =
        |bytes: usize| event("\"x\":1").replace("\"e\"", &format!("\"{}\"", "i".repeat(bytes)));
    let id = |message: &str| document(message)["tributary"]["document_id"].to_string();
    assert_eq!(id(&message(512)).len(), 514);
    assert_eq!(id(&message(513)).len(), 42);
    assert_eq!(id(&message(513)), id(&message(513)));
    assert_ne!(id(&message(513)), id(&message(514)));
}

#[test]
fn an_event_without_id_and_time_has_the_same_id_each_time() {
    let id = || {
        let document: Value = serde_json::from_str(&text_of("a line", "")).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(2));
        document["tributary"]["document_id"].clone()
    };
    assert_eq!(id(), id());
}

#[test]
fn a_hundred_thousand_brackets_are_no_depth_at_all() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        for members in [
            format!(r#""requestParameters":{deep}"#),
            format!(r#""x":{deep}"#),
            format!(r#""resources":{deep},"eventName":{deep}"#),
        ] {
            let message = event(&members);
            let text = text_of(&message, "");
            assert!(transform::finished::recognise(text.as_bytes()).is_some());
        }
    }
}

#[test]
fn dates_before_1970_and_after_2262_are_written_as_they_are() {
    for (time, expected) in [
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("2262-04-11T23:47:17Z", "2262-04-11T23:47:17Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ] {
        let message = event("\"x\":1").replace("2024-01-01T00:00:00Z", time);
        assert_eq!(document(&message)["@timestamp"], expected);
    }
}

#[test]
fn the_time_of_a_log_event_is_any_number_of_milliseconds_and_what_no_index_takes_is_1970() {
    for (millis, expected) in [
        ("-1", "1969-12-31T23:59:59.999Z"),
        ("-62135596800000", "0001-01-01T00:00:00.000Z"),
        ("9223372036855", "2262-04-11T23:47:16.855Z"),
        ("253402300799999", "9999-12-31T23:59:59.999Z"),
        ("253402300800000", "1970-01-01T00:00:00.000Z"),
        ("-9223372036854775808", "1970-01-01T00:00:00.000Z"),
        ("9223372036854775807", "1970-01-01T00:00:00.000Z"),
    ] {
        let text = text_of("a line", &format!(r#""id":"1","timestamp":{millis},"#));
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["@timestamp"], expected, "{millis}");
    }
}

#[test]
fn a_time_that_is_none_gives_way_to_that_of_the_log_event_and_the_message_is_kept() {
    for time in [
        "",
        "yesterday",
        "10000-01-01T00:00:00Z",
        "2024-02-30T00:00:00Z",
        "99999999999999999999",
    ] {
        let message = event("\"x\":1").replace("2024-01-01T00:00:00Z", time);
        let document = document(&message);
        assert_eq!(document["@timestamp"], "2026-01-31T08:00:00.123Z", "{time}");
        assert!(
            document.to_string().contains(time),
            "{time} is in {document}"
        );
    }
}

#[test]
fn nul_and_other_controls_are_kept_and_lone_surrogates_become_replacement_characters() {
    let controls: String = (0..0x20)
        .map(char::from)
        .chain("\u{7f}\u{85}".chars())
        .collect();
    assert_eq!(document(&controls)["message"], controls.as_str());
    let message = event(r#""requestParameters":{"nul":"a\u0000b","\u0000":1,"\udc00":"\ud83d!"}"#);
    let document = document(&message);
    assert_eq!(
        flattened(&document)["request_parameters"],
        json!({"nul": "a\0b", "\0": 1, "\u{fffd}": "\u{fffd}!"})
    );
    // A surrogate that the message itself lacks the other half of.
    let payload = concat!(
        r#"{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"g","logStream":"s","#,
        r#""logEvents":[{"id":"1","timestamp":0,"message":"half \ud83d of one"}]}"#
    );
    let envelopes = envelope::parse(payload.as_bytes()).unwrap();
    let mut out = Vec::new();
    Reshaper::default().document(&envelopes[0], &envelopes[0].events[0], &mut out);
    let document = parsed_document(&out);
    assert_eq!(document["message"], "half \u{fffd} of one");
}

#[test]
fn controls_that_json_does_not_allow_in_a_string_are_in_the_original() {
    let message = event(r#""requestParameters":{"a":"b?c"}"#).replace('?', "\0");
    let document = document(&message);
    assert_eq!(flattened(&document)["request_parameters"]["a"], "b c");
    assert!(carries_its_message(&document, &message));
}

#[test]
fn a_message_of_a_megabyte_is_kept_whole() {
    let long = "ä\\\"".repeat(250_000);
    assert_eq!(document(&long)["message"], long);
    let message = event(&format!(
        r#""requestParameters":{{"a":"{}"}}"#,
        "y".repeat(1_000_000)
    ));
    assert!(carries_its_message(&document(&message), &message));
}
