//! Payloads that are put back: the same events in the same envelope, in smaller parts.
#![allow(clippy::unwrap_used)]

mod common;

use common::streams::Remembering;
use common::{DELIVERY_ARN, STREAM_ARN, data_message, gunzip, lines, noise};
use transform::envelope::Envelope;
use transform::event::FirehoseEvent;
use transform::gzip_member::GzipMember;
use transform::put_back::{self, Leftover, Parts};
use transform::streams::{Deadline, Sender, Target, TooLarge};

fn envelope(text: &str) -> Envelope<'_> {
    transform::envelope::parse(text.as_bytes())
        .unwrap()
        .remove(0)
}

/// What the source holds after `left` of `texts` was put back in parts of `text_bytes`.
async fn put_back(
    texts: &[String],
    left: &[Leftover],
    text_bytes: usize,
) -> (Result<u64, TooLarge>, Vec<(String, String)>) {
    let envelopes: Vec<Envelope<'_>> = texts.iter().map(|text| envelope(text)).collect();
    let mut streams = Remembering::default();
    let mut sender = Sender::new(Target::from_arn(STREAM_ARN).unwrap(), Deadline::NONE);
    let mut gzip = GzipMember::default();
    let mut parts = Parts {
        sender: &mut sender,
        partition_key: "key",
        owner: 0,
        text_bytes,
        gzip: &mut gzip,
    };
    let result = parts.put_back(&mut streams, &envelopes, left).await;
    sender.finish(&mut streams).await;
    let taken = streams.taken.remove(STREAM_ARN).unwrap_or_default();
    let text = |data: Vec<u8>| String::from_utf8(gunzip(&data)).unwrap();
    (
        result,
        taken
            .into_iter()
            .map(|(key, data)| (key, text(data)))
            .collect(),
    )
}

#[tokio::test]
async fn the_rest_of_a_batch_returns_in_its_own_envelope_under_its_own_key() {
    let message = data_message(0, &lines(10));
    let left = [Leftover {
        envelope: 0,
        events: 4..10,
    }];
    let (result, taken) = put_back(&[message], &left, 1 << 20).await;
    assert_eq!(result, Ok(6));
    assert_eq!(
        taken,
        [("key".to_owned(), data_message(4, &lines(10)[4..]))]
    );
}

#[tokio::test]
async fn parts_are_as_small_as_asked_and_miss_nothing() {
    let message = data_message(0, &lines(100));
    let (result, taken) = put_back(
        &[message],
        &[Leftover {
            envelope: 0,
            events: 0..100,
        }],
        1000,
    )
    .await;
    assert_eq!(result, Ok(100));
    assert!(taken.len() >= 12, "{}", taken.len());
    let mut next = 0;
    for (_, text) in taken {
        let count = envelope(&text).events.len();
        let end = next + count;
        assert_eq!(text, data_message(next as u64, &lines(100)[next..end]));
        next = end;
    }
    assert_eq!(next, 100);
}

#[tokio::test]
async fn each_envelope_of_a_payload_keeps_its_events() {
    let texts = [data_message(0, &lines(3)), data_message(50, &lines(2))];
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
    let (result, taken) = put_back(&texts, &left, 1 << 20).await;
    assert_eq!(result, Ok(3));
    let texts: Vec<String> = taken.into_iter().map(|(_, text)| text).collect();
    assert_eq!(
        texts,
        [
            data_message(1, &lines(3)[1..2]),
            data_message(50, &lines(2))
        ]
    );
}

#[tokio::test]
async fn a_part_that_is_too_large_for_the_stream_is_halved() {
    let messages: Vec<String> = (0..6).map(|seed| noise(seed, 500_000)).collect();
    let all = [Leftover {
        envelope: 0,
        events: 0..6,
    }];
    let (result, taken) = put_back(&[data_message(0, &messages)], &all, 4 << 20).await;
    assert_eq!(result, Ok(6));
    let counts: Vec<usize> = taken
        .iter()
        .map(|(_, text)| envelope(text).events.len())
        .collect();
    assert_eq!(counts.iter().sum::<usize>(), 6);
    assert!(counts.len() >= 3, "{counts:?}");
    for number in 0..6 {
        let id = common::event_id(number);
        assert_eq!(
            taken.iter().filter(|(_, text)| text.contains(&id)).count(),
            1
        );
    }
}

#[tokio::test]
async fn one_event_that_is_too_large_for_the_stream_is_told() {
    let messages = [noise(1, 2_000_000)];
    let all = [Leftover {
        envelope: 0,
        events: 0..1,
    }];
    let (result, _) = put_back(&[data_message(0, &messages)], &all, 4 << 20).await;
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
