//! Holds what arrived against what was sent: every event once, every damaged payload once, nothing
//! else.

use super::arrivals::Arrivals;
use super::damaged::Damaged;
use super::pipeline::Done;
use super::send::Dispatched;
use super::traffic::Expected;
use crate::firehose::error_record::{ErrorRecord, PROCESSING_FAILED};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::collections::HashSet;
use std::fmt::Write;

/// Ids that are named of one complaint.
const NAMED: usize = 10;

/// What is wrong, in words; nothing where all is accounted for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Complaints(pub Vec<String>);

impl Complaints {
    /// Every expected document is at `place` once, with its dataset and account, and no other is.
    pub fn documents(&mut self, place: &str, expected: &[&Expected], arrived: &Arrivals) {
        let ids: HashSet<&str> = expected.iter().map(|e| e.document_id.as_str()).collect();
        if ids.len() < expected.len() {
            // One could stand for the other: a loss would not show.
            let repeated = expected.len() - ids.len();
            self.0.push(format!(
                "{place}: {repeated} ids of sent documents are not unique"
            ));
        }
        let mut missing = Vec::new();
        let mut wrong = Vec::new();
        for expected in expected {
            let id = expected.document_id.as_str();
            match arrived.get(id) {
                None => missing.push(id),
                Some(found)
                    if found.dataset != expected.dataset || found.account != expected.account =>
                {
                    wrong.push(id);
                }
                Some(_) => {}
            }
        }
        let several = |(id, found): (&'_ String, &super::arrivals::Found)| {
            (found.times > 1).then(|| id.clone())
        };
        let repeated: Vec<String> = arrived.iter().filter_map(several).collect();
        let unknown: Vec<&str> = arrived
            .iter()
            .map(|(id, _)| id.as_str())
            .filter(|id| !ids.contains(id))
            .collect();
        self.name(place, "are missing", &missing);
        self.name(place, "have another dataset or account than sent", &wrong);
        self.name(place, "are there more than once", &repeated);
        self.name(place, "were never sent", &unknown);
    }

    /// Each damaged payload lies under the error prefix once, with its original bytes, and nothing
    /// else does.
    pub fn errors(&mut self, damaged: &[Damaged], errors: &[(String, ErrorRecord)]) {
        let mut left: Vec<(&str, Vec<u8>)> = errors
            .iter()
            .map(|(kind, error)| {
                (
                    kind.as_str(),
                    STANDARD.decode(&error.raw_data).unwrap_or_default(),
                )
            })
            .collect();
        for Damaged { what, bytes } in damaged {
            match left
                .iter()
                .position(|(kind, raw)| *kind == PROCESSING_FAILED && raw == bytes)
            {
                Some(at) => drop(left.swap_remove(at)),
                None => self.0.push(format!(
                    "errors: the payload that is {what} is not there with its own bytes"
                )),
            }
        }
        for (kind, raw) in left {
            let start = String::from_utf8_lossy(&raw[..raw.len().min(200)]).into_owned();
            self.0.push(format!(
                "errors: {kind} holds a record that was not damaged on purpose: {start:?}"
            ));
        }
    }

    /// Every record that was read has had one outcome, and only control messages were dropped.
    pub fn counts(&mut self, dispatched: &Dispatched, done: &Done) {
        for (name, counts) in [
            ("archive", Some(&done.archive)),
            ("search", done.search.as_ref()),
        ] {
            let Some(counts) = counts else { continue };
            if counts.read != counts.settled() || counts.undelivered > 0 {
                self.0.push(format!(
                    "{name}: {} records were read and {} settled, {} of them undelivered",
                    counts.read,
                    counts.settled(),
                    counts.undelivered
                ));
            }
        }
        if done.archive.dropped != dispatched.control_messages {
            self.0.push(format!(
                "archive: {} records were dropped, but {} control messages sent",
                done.archive.dropped, dispatched.control_messages
            ));
        }
    }

    fn name(&mut self, place: &str, what: &str, ids: &[impl AsRef<str>]) {
        if ids.is_empty() {
            return;
        }
        let mut text = format!("{place}: {} documents {what}:", ids.len());
        for id in ids.iter().take(NAMED) {
            let _ = write!(text, " {}", id.as_ref());
        }
        if ids.len() > NAMED {
            text.push_str(" ...");
        }
        self.0.push(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(id: &str) -> Expected {
        Expected {
            document_id: id.to_owned(),
            dataset: "aws.vpcflow",
            account: "333333333333".to_owned(),
        }
    }

    fn arrivals(ids: &[&str]) -> Arrivals {
        let mut arrivals = Arrivals::default();
        for id in ids {
            let json = format!(
                r#"{{"tributary":{{"document_id":"{id}"}},"event":{{"dataset":"aws.vpcflow"}},"aws":{{"cloudwatch":{{"owner":"333333333333"}}}}}}"#
            );
            arrivals.add(json.as_bytes()).unwrap();
        }
        arrivals
    }

    fn complaints(sent: &[&str], arrived: &[&str]) -> Vec<String> {
        let sent: Vec<Expected> = sent.iter().map(|id| expected(id)).collect();
        let sent: Vec<&Expected> = sent.iter().collect();
        let mut complaints = Complaints::default();
        complaints.documents("search", &sent, &arrivals(arrived));
        complaints.0
    }

    #[test]
    fn nothing_is_said_where_all_arrived_once() {
        assert!(complaints(&["a", "b"], &["b", "a"]).is_empty());
    }

    #[test]
    fn missing_repeated_and_unknown_documents_are_named() {
        assert_eq!(
            complaints(&["a", "b"], &["a"]),
            ["search: 1 documents are missing: b"]
        );
        assert_eq!(
            complaints(&["a"], &["a", "a"]),
            ["search: 1 documents are there more than once: a"]
        );
        assert_eq!(
            complaints(&["a"], &["a", "x"]),
            ["search: 1 documents were never sent: x"]
        );
    }

    #[test]
    fn two_events_of_one_id_can_t_be_told_apart() {
        assert_eq!(
            complaints(&["a", "a"], &["a"]),
            ["search: 1 ids of sent documents are not unique"]
        );
    }

    #[test]
    fn a_damaged_payload_has_to_be_kept_with_its_own_bytes() {
        let damaged = |bytes: &[u8]| Damaged {
            what: "not gzip",
            bytes: bytes.to_vec(),
        };
        let record = |bytes: &[u8]| {
            let json = format!(
                r#"{{"rawData":"{}","errorCode":"","errorMessage":"","attemptsMade":1,"arrivalTimestamp":0,"attemptEndingTimestamp":0}}"#,
                STANDARD.encode(bytes)
            );
            (
                PROCESSING_FAILED.to_owned(),
                serde_json::from_str(&json).unwrap(),
            )
        };
        let complaints = |damaged: &[Damaged], errors: &[(String, ErrorRecord)]| {
            let mut complaints = Complaints::default();
            complaints.errors(damaged, errors);
            complaints.0.len()
        };
        assert_eq!(complaints(&[damaged(b"x")], &[record(b"x")]), 0);
        assert_eq!(complaints(&[damaged(b"x")], &[record(b"y")]), 2);
        assert_eq!(
            complaints(&[damaged(b"x")], &[record(b"x"), record(b"x")]),
            1
        );
    }
}
