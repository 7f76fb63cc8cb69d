//! The built function at the limits: the largest events, the largest answers, and its memory.

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use local::runtime_api::{MAX_ANSWER, MAX_EVENT};
use std::io::{Read, Write};
use tests::stream::Streams;
use tests::transform::{Answered, Function, event, event_from, flow_logs, lines, noise, payload};

const MEBIBYTE: u64 = 1 << 20;

async fn function(output: &str) -> (Streams, Function) {
    let streams = Streams::start(&["source"])
        .await
        .expect("the stand-in starts");
    let env = [("OUTPUT", output), ("AWS_ENDPOINT_URL", streams.endpoint())];
    let function = Function::start(&env).expect("the function starts");
    (streams, function)
}

/// Records that make an event almost as large as Lambda takes: batches of 2,000 flow logs.
fn largest() -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    loop {
        records.push(payload(records.len() * 10_000, &flow_logs(2000)).expect("a payload"));
        if event(&records).len() > MAX_EVENT {
            records.pop();
            return records;
        }
    }
}

fn answer(function: &Function, records: &[Vec<u8>]) -> Answered {
    function.answer(&event(records)).expect("an answer")
}

#[tokio::test]
async fn the_largest_event_is_answered_in_bounded_memory_in_every_shape() {
    let records = largest();
    for output in ["ndjson-gzip", "ndjson"] {
        let (_streams, function) = function(output).await;
        let answered = answer(&function, &records);
        assert!(
            answered.results().iter().all(|result| *result == "Ok"),
            "{}",
            answered.metrics
        );
        assert_eq!(answered.metric("EventsIn"), records.len() as u64 * 2000);
        assert!(answered.metric("PutBackEvents") > 0);
        assert!(
            answered.bytes > MAX_ANSWER - 200_000,
            "{output}: {} bytes",
            answered.bytes
        );
        let peak = function.runtime().peak_resident_bytes().expect("a process");
        assert!(peak < 128 * MEBIBYTE, "{output}: {peak} bytes of memory");
    }
}

#[tokio::test]
async fn a_record_that_decompresses_to_tens_of_megabytes_stays_in_bounded_memory() {
    for output in ["ndjson-gzip", "ndjson", "document"] {
        let (_streams, function) = function(output).await;
        // 40 MB of text that gzip makes very small.
        let messages: Vec<String> = (0..400)
            .map(|n| format!("{n} {}", "x".repeat(100_000)))
            .collect();
        let answered = answer(&function, &[payload(0, &messages).expect("a payload")]);
        assert_eq!(answered.results(), ["Ok"], "{}", answered.metrics);
        let peak = function.runtime().peak_resident_bytes().expect("a process");
        assert!(peak < 128 * MEBIBYTE, "{output}: {peak} bytes of memory");
    }
}

#[tokio::test]
async fn thousands_of_small_records_are_answered_one_by_one() {
    let (_streams, function) = function("document").await;
    let single = |number| payload(number, &lines(1)).expect("a payload");
    let records: Vec<Vec<u8>> = (0..8000).map(single).collect();
    let answered = answer(&function, &records);
    assert_eq!(
        answered.metric("DocumentsOut") + answered.metric("EventsFailed"),
        8000
    );
    assert_eq!(answered.metric("Failed"), 0, "{}", answered.metrics);
}

#[tokio::test]
async fn an_event_without_any_stream_in_it_is_answered_as_far_as_it_goes() {
    let (_streams, function) = function("ndjson").await;
    let records = vec![
        payload(0, &flow_logs(9000)).expect("a payload"),
        payload(0, &lines(1)).expect("a payload"),
    ];
    let body = String::from_utf8(event_from(None, &records)).expect("text");
    let body = body.replace("\"deliveryStreamArn\"", "\"deliverySteamArn\"");
    let answered = function.answer(body.as_bytes()).expect("an answer");
    // The stand-in has no such delivery stream: what doesn't fit can't go anywhere.
    assert_eq!(answered.results(), ["ProcessingFailed", "Ok"]);
    assert_eq!(answered.metric("Failed_put_back"), 1);
}

/// A function with a source, which gets `records` once.
async fn answered_within_bounds(env: &[(&str, &str)], records: &[Vec<u8>]) -> Answered {
    let streams = Streams::start(&["source"])
        .await
        .expect("the stand-in starts");
    let env = [env, &[("AWS_ENDPOINT_URL", streams.endpoint())]].concat();
    let function = Function::start(&env).expect("the function starts");
    let answered = answer(&function, records);
    let peak = function.runtime().peak_resident_bytes().expect("a process");
    assert!(
        peak < 128 * MEBIBYTE,
        "{env:?}: {} MiB of memory",
        peak / MEBIBYTE
    );
    answered
}

/// One event of CloudWatch Logs' largest text, of which gzip makes next to nothing, `times` times.
fn expanding(times: usize) -> Vec<u8> {
    let text = "x".repeat(1 << 20);
    payload(0, &vec![text; times]).expect("a payload")
}

#[tokio::test]
async fn gzip_bombs_of_one_member_of_many_and_five_hundred_of_them_stay_in_bounded_memory() {
    let one = expanding(60);
    let many = [expanding(20), expanding(20), expanding(20)].concat();
    let records = [one, many, payload(0, &lines(3)).expect("a payload")];
    let answered = answered_within_bounds(&[("OUTPUT", "ndjson")], &records).await;
    assert_eq!(
        answered.results(),
        ["ProcessingFailed", "ProcessingFailed", "Ok"]
    );
    assert_eq!(answered.metric("Failed_payload_too_large"), 2);
    let records = vec![expanding(3); 500];
    let env = [("OUTPUT", "ndjson-gzip"), ("MAX_PAYLOAD_BYTES", "2097152")];
    let answered = answered_within_bounds(&env, &records).await;
    assert_eq!(answered.metric("Failed_payload_too_large"), 500);
}

#[tokio::test]
async fn five_hundred_records_that_fill_the_largest_event_stay_in_bounded_memory() {
    let record = |number: usize| payload(number * 10, &[noise(number, 11_300)]).expect("a payload");
    let records: Vec<Vec<u8>> = (0..500).map(record).collect();
    assert!((5_500_000..=MAX_EVENT).contains(&event(&records).len()));
    for output in ["ndjson-gzip", "ndjson", "document"] {
        let answered = answered_within_bounds(&[("OUTPUT", output)], &records).await;
        // As many as fit: what is hard to compress comes out as large as it went in.
        assert_eq!(answered.metric("EventsIn"), 500);
        assert!(
            answered.metric("DocumentsOut") > 350,
            "{output}: {}",
            answered.metrics
        );
    }
}

#[tokio::test]
async fn one_record_that_expands_forty_times_in_a_full_event_stays_in_bounded_memory() {
    // One MiB of gzip that becomes 40 MiB of text, beside records that are hard to compress.
    let messages: Vec<String> = (0..400)
        .map(|n| noise(n, 2900) + &"x".repeat(100_000))
        .collect();
    let expanding = payload(0, &messages).expect("a payload");
    let bytes = expanding.len();
    assert!((900_000..1_100_000).contains(&bytes), "{bytes}");
    let mut records = vec![expanding];
    let mut number = 1000;
    while event(&records).len() < MAX_EVENT - 1_000_000 {
        let text: Vec<String> = (0..7).map(|n| noise(number + n, 100_000)).collect();
        records.push(payload(number, &text).expect("a payload"));
        number += 1000;
    }
    let events = 400 + 7 * (records.len() as u64 - 1);
    for output in ["ndjson-gzip", "ndjson", "document"] {
        let answered = answered_within_bounds(&[("OUTPUT", output)], &records).await;
        assert_eq!(answered.metric("EventsIn"), events);
        assert_eq!(answered.metric("Failed"), 0, "{}", answered.metrics);
    }
}

fn gzipped(text: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text).expect("memory");
    gzip.finish().expect("memory")
}

#[tokio::test]
async fn forty_megabytes_that_are_no_utf_8_stay_in_bounded_memory() {
    let messages: Vec<String> = (0..45).map(|_| "x".repeat(1 << 20)).collect();
    let whole = payload(0, &messages).expect("a payload");
    let mut text = Vec::new();
    let mut gunzip = GzDecoder::new(whole.as_slice());
    gunzip.read_to_end(&mut text).expect("gzip");
    let spoilt = text
        .into_iter()
        .map(|byte| if byte == b'x' { 0xff } else { byte });
    let records = [gzipped(&spoilt.collect::<Vec<u8>>())];
    for output in ["ndjson-gzip", "ndjson"] {
        let answered = answered_within_bounds(&[("OUTPUT", output)], &records).await;
        assert_eq!(answered.results(), ["Ok"], "{}", answered.metrics);
        assert_eq!(answered.metric("EventsIn"), 45);
    }
}

#[tokio::test]
async fn as_many_tiny_events_as_a_payload_may_hold_stay_in_bounded_memory_and_are_all_counted() {
    // By their text, with the ids that CloudWatch Logs gives; and by their number, without.
    let with_ids = payload(0, &vec!["x".to_owned(); 420_000]).expect("a payload");
    let bare = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","logEvents":[{}]}}"#,
        vec![r#"{"message":"x"}"#; 499_990].join(",")
    );
    for (record, events) in [(with_ids, 420_000), (gzipped(bare.as_bytes()), 499_990)] {
        let records = [record];
        for output in ["ndjson-gzip", "ndjson", "document"] {
            let answered = answered_within_bounds(&[("OUTPUT", output)], &records).await;
            assert_eq!(answered.results(), ["Ok"], "{}", answered.metrics);
            assert_eq!(answered.metric("EventsIn"), events);
        }
    }
}

/// The events of `CloudTrail` in the corpus.
fn cloudtrail() -> Vec<String> {
    let messages = local::corpus::cloudtrail().expect("the corpus");
    messages.into_iter().map(|message| message.text).collect()
}

#[tokio::test]
async fn a_megabyte_of_records_with_one_event_each_is_answered_whole_in_every_shape() {
    let (mut records, mut bytes) = (Vec::new(), 0);
    for (number, message) in cloudtrail().into_iter().enumerate() {
        let record = payload(number, &[message]).expect("a payload");
        bytes += record.len();
        if bytes > 1 << 20 {
            break;
        }
        records.push(record);
    }
    assert!(records.len() > 1000);
    for output in ["ndjson-gzip", "ndjson", "document"] {
        let answered = answered_within_bounds(&[("OUTPUT", output)], &records).await;
        assert_eq!(answered.metric("DocumentsOut"), records.len() as u64);
    }
}

#[tokio::test]
async fn three_megabytes_of_records_with_one_event_each_are_more_than_a_plain_answer_holds() {
    let all = cloudtrail();
    let record = |number: usize| payload(number, &[all[number % all.len()].clone()]);
    let records: Vec<Vec<u8>> = (0..3300)
        .map(|number| record(number).expect("a payload"))
        .collect();
    assert!(records.iter().map(Vec::len).sum::<usize>() < 3 << 20);
    let answered = answered_within_bounds(&[("OUTPUT", "ndjson-gzip")], &records).await;
    assert_eq!(answered.metric("DocumentsOut"), 3300);
    // A record of one event has nothing to give way with.
    let answered = answered_within_bounds(&[("OUTPUT", "ndjson")], &records).await;
    let failed = answered.metric("Failed_no_room");
    assert!(failed > 0 && failed == answered.metric("Failed"));
    assert_eq!(answered.metric("DocumentsOut") + failed, 3300);
}
