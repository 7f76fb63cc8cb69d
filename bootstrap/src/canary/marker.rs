//! What a canary's event says, and finding it again in what comes out of the stream.

use std::io::{BufRead, BufReader, Read};

use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Serialize};

use crate::names::CANARY_LOG_GROUPS;

/// Most bytes that one record is unpacked to; events of `CloudWatch Logs` come in batches of 1 MiB.
const MOST: u64 = 32 * 1024 * 1024;

/// What gzip begins with (RFC 1952).
const GZIP: &[u8] = &[0x1f, 0x8b];

/// The message of an event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Marker {
    /// Which run of the program it belongs to.
    pub tributary_canary: String,
    /// The account in which it was put.
    pub account: String,
    /// The region in which it was put.
    pub region: String,
    /// The how-manieth of this account and region it is, from 1.
    pub attempt: u32,
}

/// A payload of `CloudWatch Logs`, as far as it matters here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    owner: String,
    log_group: String,
    log_events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    message: String,
}

/// A name for this run that no other has.
pub fn run() -> String {
    let now = jiff::Timestamp::now();
    format!("{}-{}", now.as_nanosecond(), std::process::id())
}

/// The markers of `run` in a record, of the account that sent it; none in whatever else comes.
pub fn markers(record: &[u8], run: &str) -> Vec<Marker> {
    let mut text = Vec::new();
    if !record.starts_with(GZIP) {
        return Vec::new();
    }
    if MultiGzDecoder::new(record)
        .take(MOST)
        .read_to_end(&mut text)
        .is_err()
    {
        return Vec::new();
    }
    let Ok(payload) = serde_json::from_slice::<Payload>(&text) else {
        return Vec::new();
    };
    if !payload.log_group.starts_with(CANARY_LOG_GROUPS) {
        return Vec::new();
    }
    let messages = payload
        .log_events
        .iter()
        .map(|event| event.message.as_str());
    let markers = messages.filter_map(|message| serde_json::from_str::<Marker>(message).ok());
    markers
        .filter(|marker| marker.tributary_canary == run && marker.account == payload.owner)
        .collect()
}

/// A document of the archive, as far as it matters here.
#[derive(Deserialize)]
struct Document {
    message: String,
    cloud: Cloud,
}

#[derive(Deserialize)]
struct Cloud {
    account: CloudAccount,
}

#[derive(Deserialize)]
struct CloudAccount {
    id: String,
}

/// The markers of `run` in an object of the archive: documents, one a line, plain or as gzip. Lines that are
/// no documents, and whatever stands behind a broken member, are passed by.
pub fn in_documents(object: &[u8], run: &str) -> Vec<Marker> {
    if object.starts_with(GZIP) {
        in_lines(BufReader::new(MultiGzDecoder::new(object)), run)
    } else {
        in_lines(object, run)
    }
}

fn in_lines(lines: impl BufRead, run: &str) -> Vec<Marker> {
    let lines = lines.lines().map_while(Result::ok);
    let documents = lines.filter(|line| line.contains(run)).filter_map(|line| {
        let document: Document = serde_json::from_str(&line).ok()?;
        let marker: Marker = serde_json::from_str(&document.message).ok()?;
        let ours = marker.tributary_canary == run && marker.account == document.cloud.account.id;
        ours.then_some(marker)
    });
    documents.collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn record(owner: &str, group: &str, message: &str) -> Vec<u8> {
        let payload = serde_json::json!({
            "messageType": "DATA_MESSAGE", "owner": owner, "logGroup": group, "logStream": "canary",
            "subscriptionFilters": ["tributary-canary"],
            "logEvents": [{"id": "0", "timestamp": 0, "message": message}],
        });
        gzip(&payload.to_string())
    }

    fn marker() -> Marker {
        Marker {
            tributary_canary: "run-1".into(),
            account: "333333333333".into(),
            region: "eu-central-1".into(),
            attempt: 2,
        }
    }

    #[test]
    fn a_marker_is_found_in_the_payload_of_its_account_and_run_alone() {
        let text = serde_json::to_string(&marker()).unwrap();
        let group = "/tributary-canary/tributary";
        let found =
            |owner: &str, group: &str, run: &str| markers(&record(owner, group, &text), run);
        assert_eq!(found("333333333333", group, "run-1"), [marker()]);
        assert_eq!(found("444444444444", group, "run-1"), []);
        assert_eq!(found("333333333333", "/app/x", "run-1"), []);
        assert_eq!(found("333333333333", group, "run-2"), []);
    }

    #[test]
    fn whatever_else_comes_out_of_the_stream_is_no_marker() {
        let documents = b"{\"message\":\"x\"}".to_vec();
        let half = record("333333333333", "/tributary-canary/x", "{}")[..40].to_vec();
        let text = record("333333333333", "/tributary-canary/x", "no JSON");
        for record in [documents, half, text, Vec::new()] {
            assert_eq!(markers(&record, "run-1"), []);
        }
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn a_marker_is_found_in_documents_of_the_archive_plain_or_in_any_member() {
        let message = serde_json::to_string(&marker()).unwrap();
        let document = |account: &str| {
            let account = serde_json::json!({"account": {"id": account}});
            serde_json::json!({"message": message, "cloud": account}).to_string() + "\n"
        };
        let (ours, other) = (document("333333333333"), document("444444444444"));
        let members = [gzip("{}\nno document run-1\n"), gzip(&ours)].concat();
        for object in [members.clone(), ours.into_bytes()] {
            assert_eq!(in_documents(&object, "run-1"), [marker()]);
            assert_eq!(in_documents(&object, "run-2"), []);
        }
        assert_eq!(in_documents(other.as_bytes(), "run-1"), []);
        assert_eq!(in_documents(&members[..members.len() - 20], "run-1"), []);
    }

    #[test]
    fn two_runs_have_two_names() {
        assert_ne!(run(), run());
    }
}
