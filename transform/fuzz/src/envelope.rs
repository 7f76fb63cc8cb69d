//! A decompressed payload: read as `serde_json` reads it, and put back without a loss.

use serde_json::Value;
use transform::envelope::{Envelope, MessageType, clean, parse};
use transform::gzip_member::GzipMember;
use transform::json::{Plain, decode};
use transform::put_back::{Leftover, parts};
use transform::reshape::{Reshaper, Written};

use crate::common::gunzip;
use crate::common::strict::{Strict, is_document};

/// Any text, as it comes out of a payload.
pub fn envelope(data: &[u8]) {
    let mut text = data.to_vec();
    clean(&mut text);
    assert!(std::str::from_utf8(&text).is_ok() && text.iter().all(|byte| *byte >= b' '));
    let envelopes = parse(&text);
    let expected = messages(&text);
    let Ok(envelopes) = envelopes else {
        if let Some(messages) = expected {
            let usual = !messages.is_empty() && messages.iter().all(is_usual);
            assert!(!usual, "{text:?} should be taken");
        }
        return;
    };
    if let Some(messages) = expected {
        assert_eq!(envelopes.len(), messages.len());
        for (envelope, message) in envelopes.iter().zip(&messages) {
            same(envelope, message);
        }
    }
    let mut reshaper = Reshaper::default();
    for envelope in &envelopes {
        for event in envelope.events.iter().take(20) {
            let mut line = Vec::new();
            if reshaper.document(envelope, event, &mut line) != Written::Nothing {
                is_document(&line);
            }
        }
    }
    put_back(&envelopes);
}

/// The payload's messages, where `serde_json` reads them and no key stands twice.
fn messages(text: &[u8]) -> Option<Vec<Value>> {
    let strict = serde_json::Deserializer::from_slice(text).into_iter::<Strict>();
    strict.map(Result::ok).collect::<Option<Vec<_>>>()?;
    let values = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
    values.map(Result::ok).collect()
}

/// Whether it is what CloudWatch Logs writes.
fn is_usual(message: &Value) -> bool {
    let kind = message["messageType"].as_str();
    let events = message["logEvents"].as_array();
    matches!(kind, Some("DATA_MESSAGE" | "CONTROL_MESSAGE"))
        && events.is_some_and(|events| events.iter().all(|event| event["message"].is_string()))
}

fn same(envelope: &Envelope<'_>, message: &Value) {
    let data = envelope.message_type == MessageType::Data;
    assert_eq!(data, message["messageType"] == "DATA_MESSAGE");
    equal(envelope.owner, &message["owner"]);
    equal(envelope.log_group, &message["logGroup"]);
    equal(envelope.log_stream, &message["logStream"]);
    let events = message["logEvents"].as_array();
    let events = events.map(Vec::as_slice).unwrap_or_default();
    assert_eq!(envelope.events.len(), events.len());
    for (event, expected) in envelope.events.iter().zip(events) {
        equal(event.id, &expected["id"]);
        equal(event.message, &expected["message"]);
        if let Some(timestamp) = expected["timestamp"].as_i64() {
            assert_eq!(event.timestamp, Some(timestamp));
        }
        assert_eq!(
            serde_json::from_slice::<Value>(event.raw).ok().as_ref(),
            Some(expected)
        );
    }
}

fn equal(content: &[u8], expected: &Value) {
    let expected = expected.as_str().unwrap_or_default();
    assert_eq!(decode::<Plain>(content), expected.as_bytes());
}

/// All events, put back in small parts, come again as they were.
fn put_back(envelopes: &[Envelope<'_>]) {
    let left: Vec<Leftover> = (0..)
        .zip(envelopes)
        .filter(|(_, envelope)| envelope.message_type == MessageType::Data)
        .map(|(number, envelope)| Leftover {
            envelope: number,
            events: 0..envelope.events.len(),
        })
        .collect();
    let Ok(parts) = parts(envelopes, &left, 100, &mut GzipMember::default()) else {
        return;
    };
    let texts: Vec<Vec<u8>> = parts.iter().map(|part| gunzip(part)).collect();
    let mut back = texts.iter().flat_map(|text| {
        let Ok(envelopes) = parse(text) else {
            panic!("{text:?} was put back");
        };
        let of = |envelope: Envelope<'_>| {
            let about = [envelope.owner, envelope.log_group, envelope.log_stream].concat();
            let events = envelope.events.into_iter();
            let with = events.map(move |event| (about.clone(), event.raw.to_vec()));
            with.collect::<Vec<_>>()
        };
        envelopes.into_iter().flat_map(of).collect::<Vec<_>>()
    });
    for leftover in &left {
        let envelope = &envelopes[leftover.envelope];
        let about = [envelope.owner, envelope.log_group, envelope.log_stream].concat();
        for event in &envelope.events {
            assert_eq!(back.next(), Some((about.clone(), event.raw.to_vec())));
        }
    }
    assert_eq!(back.next(), None);
}
