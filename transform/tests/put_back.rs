//! Payloads that are put back: the same events in the same envelope, in smaller parts.
#![allow(clippy::unwrap_used)]

mod common;

use common::{DELIVERY_ARN, STREAM_ARN, data_message, gunzip, lines, noise};
use transform::envelope::Envelope;
use transform::event::FirehoseEvent;
use transform::gzip_member::GzipMember;
use transform::put_back::{self, Leftover, parts};
use transform::streams::TooLarge;

fn envelope(text: &str) -> Envelope<'_> {
    transform::envelope::parse(text.as_bytes())
        .unwrap()
        .remove(0)
}

/// The texts of the parts that are made of `left`.
fn texts(payload: &[String], left: &[Leftover], text_bytes: usize) -> Vec<String> {
    let envelopes: Vec<Envelope<'_>> = payload.iter().map(|text| envelope(text)).collect();
    let parts = parts(&envelopes, left, text_bytes, &mut GzipMember::default()).unwrap();
    assert!(parts.iter().all(|part| part.len() <= 1_000_000));
    parts
        .iter()
        .map(|part| String::from_utf8(gunzip(part)).unwrap())
        .collect()
}

#[test]
fn the_rest_of_a_batch_returns_in_its_own_envelope() {
    let left = [Leftover {
        envelope: 0,
        events: 4..10,
    }];
    let taken = texts(&[data_message(0, &lines(10))], &left, 1 << 20);
    assert_eq!(taken, [data_message(4, &lines(10)[4..])]);
}

#[test]
fn parts_are_as_small_as_asked_and_miss_nothing() {
    let all = [Leftover {
        envelope: 0,
        events: 0..100,
    }];
    let taken = texts(&[data_message(0, &lines(100))], &all, 1000);
    assert!(taken.len() >= 12, "{}", taken.len());
    let mut next = 0;
    for text in taken {
        let end = next + envelope(&text).events.len();
        assert_eq!(text, data_message(next as u64, &lines(100)[next..end]));
        next = end;
    }
    assert_eq!(next, 100);
}

#[test]
fn each_envelope_of_a_payload_keeps_its_events() {
    let payload = [data_message(0, &lines(3)), data_message(50, &lines(2))];
    let left = [
        Leftover {
            envelope: 0,
            events: 1..2,
        },
        Leftover {
            envelope: 1,
            events: 0..2,
        },
    ];
    let taken = texts(&payload, &left, 1 << 20);
    assert_eq!(
        taken,
        [
            data_message(1, &lines(3)[1..2]),
            data_message(50, &lines(2))
        ]
    );
}

#[test]
fn a_part_that_is_too_large_for_a_stream_is_halved() {
    let messages: Vec<String> = (0..6).map(|seed| noise(seed, 500_000)).collect();
    let all = [Leftover {
        envelope: 0,
        events: 0..6,
    }];
    let taken = texts(&[data_message(0, &messages)], &all, 4 << 20);
    assert!(taken.len() >= 3, "{}", taken.len());
    for number in 0..6 {
        let id = common::event_id(number);
        assert_eq!(taken.iter().filter(|text| text.contains(&id)).count(), 1);
    }
}

#[test]
fn one_event_that_is_too_large_for_a_stream_is_told() {
    let text = data_message(0, &[noise(1, 2_000_000)]);
    let all = [Leftover {
        envelope: 0,
        events: 0..1,
    }];
    let result = parts(
        &[envelope(&text)],
        &all,
        4 << 20,
        &mut GzipMember::default(),
    );
    assert_eq!(result, Err(TooLarge));
}

#[test]
fn a_part_s_own_answer_is_estimated_from_what_the_first_events_made() {
    // 1,000 bytes of events made 3,000 bytes of data, so 4,000 bytes of an answer.
    assert_eq!(
        put_back::text_bytes(1000, 3000),
        6_291_556 / 4 * 1000 / 4000
    );
    assert_eq!(put_back::text_bytes(1000, 0), 64 << 10);
    assert_eq!(put_back::text_bytes(10_000_000, 1), 4 << 20);
}

#[test]
fn the_source_is_the_kinesis_stream_or_else_the_delivery_stream() {
    let source = |body: String| {
        put_back::source(&FirehoseEvent::parse(body.as_bytes()).unwrap()).map(|target| target.arn)
    };
    let both = format!(
        r#"{{"sourceKinesisStreamArn":"{STREAM_ARN}","deliveryStreamArn":"{DELIVERY_ARN}","records":[]}}"#
    );
    assert_eq!(source(both).as_deref(), Some(STREAM_ARN));
    let direct = format!(r#"{{"deliveryStreamArn":"{DELIVERY_ARN}","records":[]}}"#);
    assert_eq!(source(direct).as_deref(), Some(DELIVERY_ARN));
    assert_eq!(source(r#"{"records":[]}"#.to_owned()), None);
}
