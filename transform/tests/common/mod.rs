//! What the tests of several subjects share: payloads as CloudWatch Logs writes them, Firehose
//! events around them, and streams that remember what was put.
#![allow(dead_code, missing_docs, clippy::missing_panics_doc)]

pub mod answers;
pub mod rounds;
pub mod streams;
pub mod strict;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

pub const STREAM_ARN: &str = "arn:aws:kinesis:eu-central-1:222222222222:stream/tributary-logs";
pub const DELIVERY_ARN: &str =
    "arn:aws:firehose:eu-central-1:222222222222:deliverystream/tributary-archive";
pub const SEARCH_STREAM_ARN: &str =
    "arn:aws:kinesis:eu-central-1:222222222222:stream/tributary-search";

/// One gzip member.
pub fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// All members of `data`, decompressed.
pub fn gunzip(data: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(data), &mut text).unwrap();
    text
}

pub fn base64(data: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(data)
}

/// The id that CloudWatch Logs gives to the event `number`: 56 digits.
pub fn event_id(number: u64) -> String {
    format!("{number:056}")
}

/// A data message around these messages; the events' ids count on from `first`.
pub fn data_message(first: u64, messages: &[String]) -> String {
    let events: Vec<String> = (first..)
        .zip(messages)
        .map(|(number, message)| {
            let message = serde_json::to_string(message).unwrap();
            let (id, time) = (event_id(number), 1_700_000_000_000 + number);
            format!(r#"{{"id":"{id}","timestamp":{time},"message":{message}}}"#)
        })
        .collect();
    format!(
        concat!(
            r#"{{"messageType":"DATA_MESSAGE","owner":"333333333333","logGroup":"/app/orders","#,
            r#""logStream":"host-1","subscriptionFilters":["tributary"],"logEvents":[{}]}}"#
        ),
        events.join(",")
    )
}

/// A control message, as CloudWatch Logs sends it to check a destination.
pub fn control_message() -> String {
    concat!(
        r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","#,
        r#""subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1700000000000,"message":"#,
        r#""CWL CONTROL MESSAGE: Checking health of destination Kinesis stream."}]}"#
    )
    .to_owned()
}

/// `count` short log lines that differ.
pub fn lines(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("GET /orders/{number} 200"))
        .collect()
}

/// A log line of about `bytes` bytes that gzip can't make much smaller.
pub fn noise(seed: u64, bytes: usize) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let random: Vec<u8> = (0..=bytes.div_ceil(8))
        .flat_map(|_| next().to_le_bytes())
        .collect();
    let mut text = base64_simd::URL_SAFE_NO_PAD.encode_to_string(&random);
    text.truncate(bytes);
    text
}

/// A Firehose event with a Kinesis source around records of these data, with ids `record-0`, ...
pub fn event(records: &[Vec<u8>]) -> Vec<u8> {
    let encoded: Vec<String> = records.iter().map(|data| base64(data)).collect();
    event_of_texts(&encoded.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The same, with `data` as given.
pub fn event_of_texts(data: &[&str]) -> Vec<u8> {
    let records: Vec<String> = data
        .iter()
        .enumerate()
        .map(|(number, data)| {
            format!(
                concat!(
                    r#"{{"recordId":"record-{number}","approximateArrivalTimestamp":1700000000000,"#,
                    r#""data":"{data}","kinesisRecordMetadata":{{"sequenceNumber":"4964","#,
                    r#""subsequenceNumber":0,"partitionKey":"key-{number}","#,
                    r#""shardId":"shardId-000000000000","approximateArrivalTimestamp":1700000000000}}}}"#
                ),
                number = number,
                data = data
            )
        })
        .collect();
    format!(
        concat!(
            r#"{{"invocationId":"11111111-2222-3333-4444-555555555555","#,
            r#""sourceKinesisStreamArn":"{source}","deliveryStreamArn":"{delivery}","#,
            r#""region":"eu-central-1","records":[{records}]}}"#
        ),
        source = STREAM_ARN,
        delivery = DELIVERY_ARN,
        records = records.join(",")
    )
    .into_bytes()
}
