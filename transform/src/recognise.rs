//! Which dataset a message belongs to, by its own shape.

use crate::dataset::Dataset;
use crate::json::{Cursor, Level, Malformed};

/// Recognises a message of level `L`. Only what certainly is one of the JSON datasets or a flow log
/// in the default format is; everything else is [`Dataset::Plain`].
#[must_use]
pub fn recognise<L: Level>(message: &[u8]) -> Dataset {
    let mut cursor = Cursor::<L>::new(message);
    match cursor.peek() {
        Some(b'{') => recognise_object(cursor),
        Some(b'0'..=b'9') if crate::flow_logs::looks_like_default(message) => Dataset::FlowLogs,
        _ => Dataset::Plain,
    }
}

/// Whether a message is `{"findings":[]}` of level `L`: a list of findings without any.
#[must_use]
pub fn has_no_findings<L: Level>(message: &[u8]) -> bool {
    let mut empty = false;
    let mut keys = 0;
    let walked = Cursor::<L>::new(message).object(|cursor, key| {
        keys += 1;
        let mut elements = 0;
        if key != b"findings" || cursor.peek() != Some(b'[') {
            return cursor.value().map(|_| ());
        }
        cursor.array(|cursor| {
            elements += 1;
            cursor.value().map(|_| ())
        })?;
        empty = elements == 0;
        Ok(())
    });
    walked.is_ok() && empty && keys == 1
}

/// The keys that give a dataset away, a bit each.
mod key {
    pub const EVENT_VERSION: u8 = 1;
    pub const EVENT_TIME: u8 = 2;
    pub const EVENT_IDENTITY: u8 = 4;
    pub const DETAIL: u8 = 8;
    pub const FINDING_DETAIL_TYPE: u8 = 16;
    pub const SCHEMA_VERSION: u8 = 32;
    pub const FINDING_TYPE: u8 = 64;
    pub const SERVICE: u8 = 128;
}

/// Which keys a dataset's messages have: a finding comes alone or in an event of `EventBridge`.
const DATASETS: [(Dataset, u8); 3] = [
    (
        Dataset::CloudTrail,
        key::EVENT_VERSION | key::EVENT_TIME | key::EVENT_IDENTITY,
    ),
    (Dataset::GuardDuty, key::DETAIL | key::FINDING_DETAIL_TYPE),
    (
        Dataset::GuardDuty,
        key::SCHEMA_VERSION | key::FINDING_TYPE | key::SERVICE,
    ),
];

fn dataset_of(seen: u8) -> Option<Dataset> {
    DATASETS
        .iter()
        .find(|(_, keys)| seen & keys == *keys)
        .map(|(dataset, _)| *dataset)
}

fn recognise_object<L: Level>(mut cursor: Cursor<'_, L>) -> Dataset {
    let mut seen = 0;
    // The walk ends with an error on purpose as soon as the keys suffice.
    let _ = cursor.object(|cursor, key| {
        seen |= match key {
            b"eventVersion" => key::EVENT_VERSION,
            // An aggregated event has no time, but a window of it.
            b"eventTime" | b"timeWindow" => key::EVENT_TIME,
            b"eventSource" | b"eventID" | b"eventId" | b"eventType" => key::EVENT_IDENTITY,
            b"detail" => key::DETAIL,
            b"detail-type" if cursor.clone().string()? == b"GuardDuty Finding" => {
                key::FINDING_DETAIL_TYPE
            }
            b"schemaVersion" => key::SCHEMA_VERSION,
            b"type" => key::FINDING_TYPE,
            b"service" => key::SERVICE,
            _ => 0,
        };
        if dataset_of(seen).is_some() {
            return Err(Malformed);
        }
        cursor.value().map(|_| ())
    });
    dataset_of(seen).unwrap_or(Dataset::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Escaped, Plain};

    #[test]
    fn datasets_are_recognised_by_their_keys_at_both_levels() {
        let trail = r#"{"eventVersion":"1.08","eventTime":"x","eventID":"y"}"#;
        assert_eq!(recognise::<Plain>(trail.as_bytes()), Dataset::CloudTrail);
        assert_eq!(
            recognise::<Escaped>(trail.replace('"', "\\\"").as_bytes()),
            Dataset::CloudTrail
        );
        let finding = r#"{"version":"0","detail-type":"GuardDuty Finding","detail":{}}"#;
        assert_eq!(recognise::<Plain>(finding.as_bytes()), Dataset::GuardDuty);
        let other =
            r#"{"version":"0","detail-type":"EC2 Instance State-change Notification","detail":{}}"#;
        assert_eq!(recognise::<Plain>(other.as_bytes()), Dataset::Plain);
        assert_eq!(recognise::<Plain>(br#"{"level":"info"}"#), Dataset::Plain);
        assert_eq!(recognise::<Plain>(b"2 words"), Dataset::Plain);
    }

    #[test]
    fn only_an_empty_list_of_findings_has_no_findings() {
        assert!(has_no_findings::<Plain>(br#"{"findings":[]}"#));
        assert!(!has_no_findings::<Plain>(br#"{"findings":[{}]}"#));
        assert!(!has_no_findings::<Plain>(br#"{"findings":[],"x":1}"#));
    }
}
