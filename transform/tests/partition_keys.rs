//! Keys for dynamic partitioning: each `Ok` answer has all of them, and the budget holds with them.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;

use common::answers::MAX_BYTES;
use common::rounds::{deliver, function, invoke, with_output};
use common::streams::Remembering;
use common::{control_message, data_message, event, event_id, gzip, lines, noise};
use proptest::prelude::*;
use serde_json::{Value, json};
use transform::answer::{Answer, PartitionKeys};
use transform::dataset::Dataset;
use transform::event::FirehoseEvent;
use transform::outcome::Outcome;
use transform::settings::{Output, Settings};

const OUTPUTS: [Output; 3] = [Output::NdjsonGzip, Output::Ndjson, Output::Document];

/// A flow log record.
fn flow(number: u64) -> String {
    format!(
        "2 333333333333 eni-{number:017x} 10.0.{}.{} 10.1.0.7 44300 443 6 {number} 4000 1700000000 1700000060 ACCEPT OK",
        number / 250 % 250,
        number % 250
    )
}

fn keyed(output: Output) -> Settings {
    Settings {
        partition_keys: true,
        ..with_output(output)
    }
}

/// The metadata of each record's answer.
async fn metadata(settings: Settings, records: &[Vec<u8>]) -> Vec<Value> {
    let mut function = function(settings, Remembering::default());
    let (done, _) = invoke(&mut function, &event(records)).await;
    let answer: Value = serde_json::from_slice(&done.answer).unwrap();
    let records = answer["records"].as_array().unwrap();
    records
        .iter()
        .map(|record| record["metadata"]["partitionKeys"].clone())
        .collect()
}

/// A payload of one event at this time (milliseconds).
fn at(time: i64, message: &str) -> String {
    let message = serde_json::to_string(message).unwrap();
    data_message(0, &[]).replace(
        "\"logEvents\":[]",
        &format!(r#""logEvents":[{{"id":"1","timestamp":{time},"message":{message}}},{{"id":"2","timestamp":{},"message":"later"}}]"#, time + 1000),
    )
}

#[tokio::test]
async fn every_ok_answer_has_all_keys_and_no_other_answer_has_any() {
    let trail = r#"{"eventVersion":"1.08","eventTime":"2023-11-14T23:59:59Z","eventID":"e","eventSource":"s3.amazonaws.com","awsRegion":"us-east-1","recipientAccountId":"444444444444"}"#;
    let records = [
        gzip(data_message(0, &[trail.to_owned()]).as_bytes()),
        gzip(data_message(1, &[flow(1)]).as_bytes()),
        gzip(data_message(2, &lines(3)).as_bytes()),
        gzip(control_message().as_bytes()),
        b"no gzip".to_vec(),
    ];
    for output in OUTPUTS {
        let keys = metadata(keyed(output), &records).await;
        assert_eq!(
            keys[0],
            json!({"dataset": "aws.cloudtrail", "account": "444444444444", "region": "us-east-1", "date": "2023-11-14"})
        );
        assert_eq!(keys[1]["dataset"], "aws.vpcflow");
        assert_eq!(
            keys[2],
            json!({"dataset": "aws.cloudwatch_logs", "account": "333333333333", "region": "unknown", "date": "2023-11-14"})
        );
        assert_eq!(keys[3..], [json!({}), json!({})]);
        let without = metadata(with_output(output), &records).await;
        assert_eq!(without, vec![json!({}); 5]);
    }
}

#[tokio::test]
async fn a_batch_that_spans_midnight_goes_under_the_day_of_its_first_document() {
    let last_second = gzip(at(1_699_919_999_500, "line").as_bytes());
    let keys = metadata(keyed(Output::Ndjson), &[last_second]).await;
    assert_eq!(keys[0]["date"], "2023-11-13");
}

/// The records of these tests arrive on 2023-11-14.
#[tokio::test]
async fn days_far_from_the_arrival_share_a_key() {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let arrival = 1_700_000_000_000;
    let days = [1, 2, -31, -32, -1000, -2000];
    let records = days.map(|day| gzip(at(arrival + day * DAY, "line").as_bytes()));
    for output in OUTPUTS {
        let keys = metadata(keyed(output), &records).await;
        let dates: Vec<_> = keys.iter().map(|keys| &keys["date"]).collect();
        let expected = [
            "2023-11-15",
            "other-days",
            "2023-10-14",
            "2023-10",
            "2021-02",
            "other-days",
        ];
        assert_eq!(dates, expected);
    }
}

#[test]
fn twenty_thousand_invented_days_stay_far_below_the_partitions_that_firehose_opens() {
    let arrival = "2026-03-15T12:00:00Z".parse::<jiff::Timestamp>().unwrap();
    let days = jiff::civil::date(1990, 1, 1).series(jiff::Span::new().days(1));
    let mut keys = PartitionKeys::new(true);
    let seen: BTreeSet<Vec<u8>> = days
        .take(20_000)
        .map(|day| {
            let document = format!(r#"{{"@timestamp":"{day}T12:00:00Z"}}"#);
            keys.begin(Some(arrival.as_millisecond()));
            keys.read(document.as_bytes());
            keys.members().to_vec()
        })
        .collect();
    // A day ahead, today, 31 days; 36 months, of which the last is in days alone; all others.
    assert_eq!(seen.len(), 33 + 36 + 1);
    // With the one of what is no time, in each of the datasets.
    assert!((seen.len() + 1) * Dataset::ALL.len() < 300);
}

#[tokio::test]
async fn a_finished_document_that_returns_has_the_keys_that_it_has_at_first() {
    let records = vec![gzip(data_message(0, &[flow(1), flow(2)]).as_bytes())];
    let mut seen = Vec::new();
    deliver(keyed(Output::Document), records, |done, _| {
        let answer: Value = serde_json::from_slice(&done.answer).unwrap();
        seen.push(answer["records"][0]["metadata"]["partitionKeys"].clone());
    })
    .await;
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0]["dataset"], "aws.vpcflow");
}

#[tokio::test]
async fn with_keys_every_record_still_answers_something_though_the_first_could_take_all() {
    let greedy: Vec<String> = (0..1000).map(flow).collect();
    let mut records: Vec<Vec<u8>> = (0..20)
        .map(|batch| gzip(data_message(batch * 1000, &greedy).as_bytes()))
        .collect();
    records
        .extend((100_000..100_400).map(|id| gzip(data_message(id, &["x".repeat(900)]).as_bytes())));
    let mut function = function(keyed(Output::Ndjson), Remembering::default());
    let (done, _) = invoke(&mut function, &event(&records)).await;
    assert_eq!(done.outcomes, vec![Outcome::Ok; 420], "{:?}", done.errors);
    assert!(done.answer.len() > MAX_BYTES - 100_000, "the room is used");
    let delivered = deliver(keyed(Output::Ndjson), records, |_, _| {}).await;
    assert_eq!(delivered.documents.len(), 20_400);
    assert!(delivered.failed.is_empty());
}

#[tokio::test]
async fn with_keys_large_single_events_get_their_room_and_finished_ones_pass() {
    let greedy: Vec<String> = (0..1000).map(flow).collect();
    let mut records: Vec<Vec<u8>> = (0..20)
        .map(|batch| gzip(data_message(batch * 1000, &greedy).as_bytes()))
        .collect();
    for (id, size) in [(100_000, 900_000), (100_001, 700_000), (100_002, 1000)] {
        records.push(gzip(data_message(id, &["x".repeat(size)]).as_bytes()));
    }
    let finished = format!(
        r#"{{"@timestamp":"2026-03-01T00:00:00.000Z","tributary":{{"document_id":"f"}},"message":"{}"}}"#,
        "y".repeat(400_000)
    );
    records.push(finished.into_bytes());
    let mut function = function(keyed(Output::Ndjson), Remembering::default());
    let (done, _) = invoke(&mut function, &event(&records)).await;
    assert_eq!(done.outcomes, vec![Outcome::Ok; 24], "{:?}", done.errors);
}

#[test]
fn a_record_with_the_longest_keys_may_fill_the_answer_to_the_last_bytes() {
    let text = format!(
        r#"{{"records":[{{"recordId":"only","data":"{}"}}]}}"#,
        "A".repeat(100)
    );
    let records = FirehoseEvent::parse(text.as_bytes()).unwrap().records;
    let mut keys = PartitionKeys::new(true);
    keys.read(br#"{"@timestamp":"2026-03-01T00:00:00Z","event":{"dataset":"aws.cloudwatch_logs"},"cloud":{"account":{"id":"333333333333"},"region":"abcdefgh-ijklmnopq-rst-1"}}"#);
    for needs in [None, Some([4_000_000])] {
        let mut answer = match needs {
            None => Answer::with_keys(&records, &keys).unwrap(),
            Some(needs) => Answer::with_needs(&records, &keys, &needs).unwrap(),
        };
        let room = answer.room(&records[0].0);
        assert!(!Answer::never_fits(&records[0].0, &keys, room));
        assert!(Answer::never_fits(&records[0].0, &keys, room + 3));
        answer.add_with_keys(&records[0].0, Outcome::Ok, &vec![b'x'; room], &keys);
        let answer = answer.finish(|_| false);
        assert!(
            (MAX_BYTES - 4..=MAX_BYTES).contains(&answer.len()),
            "{}",
            answer.len()
        );
    }
}

#[tokio::test]
async fn with_keys_answers_stay_below_the_limit_at_every_size_around_it() {
    for output in OUTPUTS {
        for size in [
            6_291_000 / 4 * 3 - 900,
            4_717_800,
            4_718_000,
            4_718_200,
            4_718_400,
            4_718_700,
        ] {
            let payload = gzip(data_message(0, &[noise(1, size)]).as_bytes());
            let mut function = function(keyed(output), Remembering::default());
            // Reading the answer checks its size.
            let (done, _) = invoke(&mut function, &event(&[payload])).await;
            assert_eq!(done.outcomes.len(), 1);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Any mix of records: the limit holds, each event is delivered once, and each `Ok` has its keys.
    #[test]
    fn with_keys_every_event_is_delivered_once_within_the_limit(
        sizes in prop::collection::vec((1_usize..400, 0_usize..6000), 1..40),
        output in prop::sample::select(OUTPUTS.to_vec()),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut first = 0;
        let mut records = Vec::new();
        for (count, size) in sizes {
            let count = if output == Output::Document { count.min(20) } else { count };
            let messages: Vec<String> = (0..count).map(|number| noise(number as u64, size)).collect();
            records.push(gzip(data_message(first, &messages).as_bytes()));
            first += count as u64;
        }
        let delivered = runtime.block_on(deliver(keyed(output), records, |done, answer| {
            assert!(done.answer.len() <= MAX_BYTES);
            for (entry, record) in answer.records.iter().zip(
                serde_json::from_slice::<Value>(&done.answer).unwrap()["records"].as_array().unwrap(),
            ) {
                let keys = record["metadata"]["partitionKeys"].as_object().unwrap();
                assert_eq!(keys.len(), if entry.result == "Ok" { 4 } else { 0 });
                assert!(keys.values().all(|value| !value.as_str().unwrap().is_empty()));
            }
        }));
        prop_assert!(delivered.failed.is_empty());
        prop_assert_eq!(delivered.documents.len() as u64, first);
        let ids: BTreeSet<String> = (0..first).map(event_id).collect();
        let found: BTreeSet<String> = delivered.documents.iter().map(|document| {
            let document: Value = serde_json::from_str(document).unwrap();
            document["tributary"]["document_id"].as_str().unwrap().to_owned()
        }).collect();
        prop_assert_eq!(found, ids);
    }
}
