//! Which dataset a message belongs to, by its own shape.

use crate::json::{Cursor, Level, Malformed};
use crate::reshape::Dataset;

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

/// The keys that give a dataset away.
#[derive(Default)]
struct Seen {
    event_version: bool,
    event_time: bool,
    event_identity: bool,
    detail: bool,
    detail_type: bool,
    schema_version: bool,
    finding_type: bool,
    service: bool,
}

impl Seen {
    fn dataset(&self) -> Option<Dataset> {
        if self.event_version && self.event_time && self.event_identity {
            Some(Dataset::CloudTrail)
        } else if self.detail && self.detail_type
            || self.schema_version && self.finding_type && self.service
        {
            Some(Dataset::GuardDuty)
        } else {
            None
        }
    }
}

fn recognise_object<L: Level>(mut cursor: Cursor<'_, L>) -> Dataset {
    let mut seen = Seen::default();
    // The walk ends with an error on purpose as soon as the keys suffice.
    let _ = cursor.object(|cursor, key| {
        match key {
            b"eventVersion" => seen.event_version = true,
            b"eventTime" => seen.event_time = true,
            b"eventSource" | b"eventID" | b"eventType" => seen.event_identity = true,
            b"detail" => seen.detail = true,
            b"detail-type" => {
                // "GuardDuty Finding", and "GuardDuty Malware Protection …" beside it.
                let before = cursor.clone();
                seen.detail_type = before.clone().string()?.starts_with(b"GuardDuty Finding");
            }
            b"schemaVersion" => seen.schema_version = true,
            b"type" => seen.finding_type = true,
            b"service" => seen.service = true,
            _ => {}
        }
        if seen.dataset().is_some() {
            return Err(Malformed);
        }
        cursor.value().map(|_| ())
    });
    seen.dataset().unwrap_or(Dataset::Plain)
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
