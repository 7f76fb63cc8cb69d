//! How the messages of CloudWatch Logs are read.
#![allow(clippy::unwrap_used)]

use transform::envelope::{EnvelopeError, MessageType, clean, parse};

/// The most events that are read of one payload.
const MOST_EVENTS: usize = 500_000;
const DATA: &str = r#"{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":[{"id":"1","timestamp":5,"message":"a \"b\""},{"id":"2","timestamp":6,"message":"c","extractedFields":{"@aws.account":"444455556666","@aws.region":"eu-west-1"}}],"policyLevel":"ACCOUNT_LEVEL_POLICY"}"#;

#[test]
fn an_envelope_is_read_with_the_spans_that_make_it_again() {
    let envelopes = parse(DATA.as_bytes()).unwrap();
    let envelope = &envelopes[0];
    assert_eq!(envelope.owner, b"111122223333");
    assert_eq!(envelope.events[0].message, br#"a \"b\""#);
    assert_eq!(envelope.events[1].account, b"444455556666");
    assert_eq!(envelope.events[1].region, b"eu-west-1");
    let events: Vec<_> = envelope.events.iter().map(|event| event.raw).collect();
    let again = [envelope.head, &events.join(&b','), envelope.tail].concat();
    assert_eq!(String::from_utf8(again).unwrap(), DATA);
}

#[test]
fn several_messages_may_stand_one_after_the_other() {
    let control = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logEvents":[{"id":"","timestamp":1,"message":"CWL"}]}"#;
    let text = format!("{control}{DATA}\n{DATA}");
    let types: Vec<_> = parse(text.as_bytes())
        .unwrap()
        .iter()
        .map(|envelope| envelope.message_type)
        .collect();
    assert_eq!(
        types,
        [MessageType::Control, MessageType::Data, MessageType::Data]
    );
}

#[test]
fn what_is_no_message_is_refused_by_its_reason() {
    let error = |text: &str| parse(text.as_bytes()).unwrap_err();
    assert_eq!(error(""), EnvelopeError::NotJson);
    assert_eq!(error("{"), EnvelopeError::NotJson);
    assert_eq!(error(r#"{"logEvents":[]}"#), EnvelopeError::NoMessageType);
    assert_eq!(
        error(r#"{"messageType":"OTHER","logEvents":[]}"#),
        EnvelopeError::UnknownMessageType
    );
    assert_eq!(
        error(r#"{"messageType":"DATA_MESSAGE"}"#),
        EnvelopeError::NotJson
    );
    assert_eq!(error(&format!("{DATA} x")), EnvelopeError::NotJson);
}

#[test]
fn a_second_list_of_events_is_refused() {
    let twice = DATA.replace("\"policyLevel\"", "\"logEvents\":[],\"policyLevel\"");
    assert_eq!(parse(twice.as_bytes()).unwrap_err(), EnvelopeError::NotJson);
}

#[test]
fn a_bomb_of_empty_events_or_messages_is_refused() {
    let message = |events: usize| {
        let events = vec!["{}"; events].join(",");
        format!(r#"{{"messageType":"DATA_MESSAGE","logEvents":[{events}]}}"#)
    };
    let half = message(MOST_EVENTS / 2 - 1);
    let two = parse(format!("{half}{half}").as_bytes()).map(|envelopes| envelopes.len());
    assert_eq!(two, Ok(2));
    for bomb in [message(MOST_EVENTS), message(0).repeat(MOST_EVENTS + 1)] {
        let error = parse(bomb.as_bytes()).unwrap_err();
        assert_eq!(error, EnvelopeError::TooManyEvents);
    }
}

#[test]
fn cleaning_leaves_valid_text_and_repairs_the_rest() {
    let mut text = b"{\n\"a\":\"\xff\x01\"}".to_vec();
    clean(&mut text);
    assert_eq!(String::from_utf8(text).unwrap(), "{ \"a\":\"\u{fffd} \"}");
}

#[test]
fn a_large_payload_that_is_no_utf_8_is_repaired_without_growing() {
    let start = b"{\"a\":\"".to_vec();
    let mut text = [
        start,
        vec![0xff; 13 << 20],
        "ä\"}\u{e2}".as_bytes()[..5].to_vec(),
    ]
    .concat();
    let bytes = text.len();
    clean(&mut text);
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.len(), bytes);
    assert!(text.starts_with(r#"{"a":"?"#) && text.ends_with("?ä\"}?"));
}
