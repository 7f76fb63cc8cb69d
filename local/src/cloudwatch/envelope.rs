//! The payloads of CloudWatch Logs: one JSON object, compressed as one gzip member at level 6.
//!
//! Key order, the control message's text and its empty fields are those of payloads captured on a
//! Kinesis stream behind a real subscription.

use super::{LogEvent, LogStream};
use flate2::{Compression, write::GzEncoder};
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    message_type: &'a str,
    owner: &'a str,
    log_group: &'a str,
    log_stream: &'a str,
    subscription_filters: &'a [&'a str],
    log_events: Vec<Event<'a>>,
}

#[derive(Serialize)]
struct Event<'a> {
    id: &'a str,
    timestamp: i64,
    message: &'a str,
}

/// The payload of `events` of one log stream, sent by the filter named `filter`.
///
/// # Errors
/// Never for memory; the signature is that of the compressor.
pub fn data_message(from: &LogStream, filter: &str, events: &[&LogEvent]) -> io::Result<Vec<u8>> {
    compress(&Envelope {
        message_type: "DATA_MESSAGE",
        owner: &from.account,
        log_group: &from.group,
        log_stream: &from.stream,
        subscription_filters: &[filter],
        log_events: events
            .iter()
            .map(|event| Event {
                id: &event.id,
                timestamp: event.timestamp,
                message: &event.message,
            })
            .collect(),
    })
}

/// The payload by which the service checks that a stream can be reached, at `timestamp`
/// (milliseconds since 1970).
///
/// # Errors
/// As [`data_message`].
pub fn control_message(timestamp: i64) -> io::Result<Vec<u8>> {
    compress(&Envelope {
        message_type: "CONTROL_MESSAGE",
        owner: "CloudwatchLogs",
        log_group: "",
        log_stream: "",
        subscription_filters: &[],
        log_events: vec![Event {
            id: "",
            timestamp,
            message: "CWL CONTROL MESSAGE: Checking health of destination Kinesis stream.",
        }],
    })
}

fn compress(envelope: &Envelope<'_>) -> io::Result<Vec<u8>> {
    gzip(&serde_json::to_vec(envelope)?)
}

/// `bytes` as one gzip member at level 6.
///
/// # Errors
/// As [`data_message`].
pub fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::new(6));
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    fn plain(payload: &[u8]) -> String {
        let mut text = String::new();
        GzDecoder::new(payload).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_data_message_has_the_service_s_keys_in_its_order() {
        let from = LogStream {
            account: "123456789012".into(),
            group: "g".into(),
            stream: "s".into(),
        };
        let event = LogEvent {
            id: "1".into(),
            timestamp: 5,
            message: "say \"hi\"".into(),
        };
        assert_eq!(
            plain(&data_message(&from, "f", &[&event]).unwrap()),
            r#"{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":[{"id":"1","timestamp":5,"message":"say \"hi\""}]}"#
        );
    }

    #[test]
    fn a_control_message_names_no_account_group_or_filter() {
        assert_eq!(
            plain(&control_message(7).unwrap()),
            r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":7,"message":"CWL CONTROL MESSAGE: Checking health of destination Kinesis stream."}]}"#
        );
    }
}
