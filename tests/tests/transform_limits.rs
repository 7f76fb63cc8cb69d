//! The built function at the limits: the largest events, the largest answers, and its memory.

use local::runtime_api::{MAX_ANSWER, MAX_EVENT};
use tests::stream::Streams;
use tests::transform::{Answered, Function, event, event_from, flow_logs, lines, payload};

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
