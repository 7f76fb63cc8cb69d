//! The event that Firehose calls its function with, for a Kinesis source.

use super::record::SourceRecord;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    invocation_id: &'a str,
    source_kinesis_stream_arn: &'a str,
    delivery_stream_arn: &'a str,
    region: &'a str,
    records: Vec<Entry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    record_id: String,
    approximate_arrival_timestamp: i64,
    data: String,
    kinesis_record_metadata: Metadata<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    sequence_number: &'a str,
    subsequence_number: usize,
    partition_key: &'a str,
    shard_id: &'a str,
    approximate_arrival_timestamp: i64,
}

/// Where an event comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The Kinesis stream's ARN.
    pub source: String,
    /// The delivery stream's ARN.
    pub delivery_stream: String,
    /// The delivery stream's Region.
    pub region: String,
}

/// The event of `records`, as JSON.
#[must_use]
pub fn event(origin: &Origin, invocation_id: &str, records: &[SourceRecord]) -> Vec<u8> {
    let event = Event {
        invocation_id,
        source_kinesis_stream_arn: &origin.source,
        delivery_stream_arn: &origin.delivery_stream,
        region: &origin.region,
        records: records
            .iter()
            .map(|record| Entry {
                record_id: record.id(),
                approximate_arrival_timestamp: record.arrival,
                data: STANDARD.encode(&record.data),
                kinesis_record_metadata: Metadata {
                    sequence_number: &record.sequence_number,
                    subsequence_number: record.subsequence_number,
                    partition_key: &record.partition_key,
                    shard_id: &record.shard,
                    approximate_arrival_timestamp: record.arrival,
                },
            })
            .collect(),
    };
    serde_json::to_vec(&event).unwrap_or_default()
}
