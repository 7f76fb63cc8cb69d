//! Which dataset a message belongs to, by its own shape.

use crate::dataset::Dataset;
use crate::json::{Cursor, Level, Malformed, Value};

/// What a message is by its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognised<'a> {
    /// A JSON object of one of the datasets.
    Object(Dataset),
    /// Any other JSON object; with its `message`, where that is a text.
    OtherObject(Option<&'a [u8]>),
    /// No JSON object.
    Line,
}

/// Recognises a message of level `L`. Only what certainly is one of the JSON datasets is taken for one.
#[must_use]
pub fn recognise<L: Level>(message: &[u8]) -> Recognised<'_> {
    let mut cursor = Cursor::<L>::new(message);
    if cursor.peek() == Some(b'{') {
        recognise_object(cursor)
    } else {
        Recognised::Line
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
    pub const EVENT_VERSION: u16 = 1;
    pub const EVENT_TIME: u16 = 1 << 1;
    pub const EVENT_IDENTITY: u16 = 1 << 2;
    pub const DETAIL: u16 = 1 << 3;
    pub const FINDING_DETAIL_TYPE: u16 = 1 << 4;
    pub const SCHEMA_VERSION: u16 = 1 << 5;
    pub const FINDING_TYPE: u16 = 1 << 6;
    pub const SERVICE: u16 = 1 << 7;
    pub const SOURCE_ADDRESS: u16 = 1 << 8;
    pub const DESTINATION_ADDRESS: u16 = 1 << 9;
    pub const FLOW_END: u16 = 1 << 10;
    pub const FLOW_STATUS: u16 = 1 << 11;
    pub const USER_IDENTITY: u16 = 1 << 12;
}

/// Which keys a dataset's messages have: a finding comes alone or in an event of `EventBridge`.
const DATASETS: [(Dataset, u16); 5] = [
    // Most events begin with these two: what is in them need not be passed twice.
    (Dataset::CloudTrail, key::EVENT_VERSION | key::USER_IDENTITY),
    (
        Dataset::CloudTrail,
        key::EVENT_VERSION | key::EVENT_TIME | key::EVENT_IDENTITY,
    ),
    (Dataset::GuardDuty, key::DETAIL | key::FINDING_DETAIL_TYPE),
    (
        Dataset::GuardDuty,
        key::SCHEMA_VERSION | key::FINDING_TYPE | key::SERVICE,
    ),
    (
        Dataset::FlowLogs,
        key::SOURCE_ADDRESS | key::DESTINATION_ADDRESS | key::FLOW_END | key::FLOW_STATUS,
    ),
];

fn dataset_of(seen: u16) -> Option<Dataset> {
    DATASETS
        .iter()
        .find(|(_, keys)| seen & keys == *keys)
        .map(|(dataset, _)| *dataset)
}

fn recognise_object<L: Level>(mut cursor: Cursor<'_, L>) -> Recognised<'_> {
    let mut seen = 0;
    let mut message = None;
    let mut of_function = false;
    // The walk ends with an error on purpose as soon as the keys suffice.
    let walked = cursor.object(|cursor, key| {
        seen |= match key {
            b"eventVersion" => key::EVENT_VERSION,
            b"userIdentity" => key::USER_IDENTITY,
            // An aggregated event has no time, but a window of it.
            b"eventTime" | b"timeWindow" => key::EVENT_TIME,
            b"eventSource" => {
                of_function |= is_of_function(cursor);
                key::EVENT_IDENTITY
            }
            b"eventID" | b"eventId" | b"eventType" => key::EVENT_IDENTITY,
            b"detail" => key::DETAIL,
            b"detail-type" if cursor.clone().string()? == b"GuardDuty Finding" => {
                key::FINDING_DETAIL_TYPE
            }
            b"schemaVersion" => key::SCHEMA_VERSION,
            b"type" => key::FINDING_TYPE,
            b"service" => key::SERVICE,
            b"srcaddr" => key::SOURCE_ADDRESS,
            b"dstaddr" => key::DESTINATION_ADDRESS,
            b"end" => key::FLOW_END,
            b"action" | b"log-status" | b"log_status" => key::FLOW_STATUS,
            _ => 0,
        };
        if of_function || dataset_of(seen).is_some() {
            return Err(Malformed);
        }
        match cursor.value()? {
            Value::String(text) if key == b"message" => message = Some(text),
            _ => {}
        }
        Ok(())
    });
    match dataset_of(seen) {
        Some(dataset) if !of_function => Recognised::Object(dataset),
        _ => Recognised::OtherObject(message.filter(|_| walked.is_ok())),
    }
}

/// Whether the value at the cursor is the source of a record that a Lambda function is called with
/// (`aws:s3`, `aws:dynamodb`): these have the keys of `CloudTrail`'s events, and many functions log them.
fn is_of_function<L: Level>(cursor: &Cursor<'_, L>) -> bool {
    let source = cursor.clone().string();
    source.is_ok_and(|source| source.starts_with(b"aws:"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Escaped, Plain};

    #[test]
    fn datasets_are_recognised_by_their_keys_at_both_levels() {
        let trail = r#"{"eventVersion":"1.08","eventTime":"x","eventID":"y"}"#;
        let trail_event = Recognised::Object(Dataset::CloudTrail);
        assert_eq!(recognise::<Plain>(trail.as_bytes()), trail_event);
        assert_eq!(
            recognise::<Escaped>(trail.replace('"', "\\\"").as_bytes()),
            trail_event
        );
        let finding = r#"{"version":"0","detail-type":"GuardDuty Finding","detail":{}}"#;
        assert_eq!(
            recognise::<Plain>(finding.as_bytes()),
            Recognised::Object(Dataset::GuardDuty)
        );
        let other =
            r#"{"version":"0","detail-type":"EC2 Instance State-change Notification","detail":{}}"#;
        assert_eq!(
            recognise::<Plain>(other.as_bytes()),
            Recognised::OtherObject(None)
        );
        assert_eq!(
            recognise::<Plain>(br#"{"level":"info","message":"x"}"#),
            Recognised::OtherObject(Some(b"x"))
        );
        assert_eq!(recognise::<Plain>(b"2 words"), Recognised::Line);
    }

    #[test]
    fn only_an_empty_list_of_findings_has_no_findings() {
        assert!(has_no_findings::<Plain>(br#"{"findings":[]}"#));
        assert!(!has_no_findings::<Plain>(br#"{"findings":[{}]}"#));
        assert!(!has_no_findings::<Plain>(br#"{"findings":[],"x":1}"#));
    }
}
