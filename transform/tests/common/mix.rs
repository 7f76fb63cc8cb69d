//! Mixes of records: valid ones of all kinds, and everything that keeps a record from being read.

use std::collections::BTreeMap;

use proptest::prelude::*;
use transform::outcome::Failed;

use crate::common::{base64, control_message, data_message, event_id, gzip, lines, noise};

/// The largest payload that is read.
pub const MOST_PAYLOAD_BYTES: usize = 16 << 20;

/// One record of a mix.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Batches of events, and whether each is a gzip member of its own.
    Events(Vec<Vec<Message>>, bool),
    /// A document that has been put back before.
    Finished,
    /// An answer of so many documents.
    FinishedLines(usize),
    Control,
    Empty,
    Spoilt(Spoilt),
}

/// One event's message.
#[derive(Debug, Clone)]
pub enum Message {
    /// So many bytes; `true`: hard to compress.
    Text(usize, bool),
    CloudTrail(usize),
    FlowLog,
    /// Nothing to document.
    NoFindings,
    /// Cut off after so many bytes.
    Damaged(usize),
}

/// Everything that keeps a record from being read.
#[derive(Debug, Clone, Copy)]
pub enum Spoilt {
    Base64,
    Plain,
    CutOff,
    WrongSum,
    GarbageBehind,
    Bomb,
    NoJson,
    NoEvents,
    NoMessageType,
    UnknownMessageType,
    HugeEvent,
}

fn messages() -> impl Strategy<Value = Message> {
    prop_oneof![
        16 => (1..300_usize, any::<bool>()).prop_map(|(bytes, random)| Message::Text(bytes, random)),
        4 => (1000..20_000_usize, any::<bool>()).prop_map(|(bytes, random)| Message::Text(bytes, random)),
        1 => (100_000..700_000_usize, any::<bool>()).prop_map(|(bytes, random)| Message::Text(bytes, random)),
        4 => (0..2000_usize).prop_map(Message::CloudTrail),
        4 => Just(Message::FlowLog),
        1 => Just(Message::NoFindings),
        2 => (0..200_usize).prop_map(Message::Damaged),
    ]
}

/// Any record.
pub fn kinds() -> impl Strategy<Value = Kind> {
    let events = prop::collection::vec(prop::collection::vec(messages(), 1..30), 1..3);
    let spoilt = prop::sample::select(vec![
        Spoilt::Base64,
        Spoilt::Plain,
        Spoilt::CutOff,
        Spoilt::WrongSum,
        Spoilt::GarbageBehind,
        Spoilt::Bomb,
        Spoilt::NoJson,
        Spoilt::NoEvents,
        Spoilt::NoMessageType,
        Spoilt::UnknownMessageType,
        Spoilt::HugeEvent,
    ]);
    prop_oneof![
        10 => (events, any::<bool>()).prop_map(|(batches, members)| Kind::Events(batches, members)),
        1 => Just(Kind::Finished),
        1 => (1..2000_usize).prop_map(Kind::FinishedLines),
        1 => Just(Kind::Control),
        1 => Just(Kind::Empty),
        3 => spoilt.prop_map(Kind::Spoilt),
    ]
}

/// What a mix holds.
#[derive(Debug, Default)]
pub struct Mix {
    /// `data` of each record.
    pub texts: Vec<String>,
    /// Events so far.
    next: u64,
    /// The ids of the documents that have to come out.
    pub ids: Vec<String>,
    pub dropped: usize,
    pub failed: BTreeMap<&'static str, u64>,
}

impl Mix {
    pub fn of(kinds: &[Kind]) -> Self {
        let mut mix = Self::default();
        for kind in kinds {
            let text = mix.text(kind);
            mix.texts.push(text);
        }
        mix
    }

    fn text(&mut self, kind: &Kind) -> String {
        match kind {
            Kind::Events(batches, members) => {
                let texts: Vec<String> = batches.iter().map(|batch| self.batch(batch)).collect();
                if batches
                    .iter()
                    .flatten()
                    .all(|message| matches!(message, Message::NoFindings))
                {
                    self.dropped += 1;
                }
                if *members {
                    let members: Vec<_> = texts.iter().map(|text| gzip(text.as_bytes())).collect();
                    base64(&members.concat())
                } else {
                    base64(&gzip(texts.join(&control_message()).as_bytes()))
                }
            }
            Kind::Finished => base64(self.finished().as_bytes()),
            Kind::FinishedLines(count) => {
                let lines: Vec<String> = (0..*count).map(|_| self.finished() + "\n").collect();
                base64(&gzip(lines.concat().as_bytes()))
            }
            Kind::Control => {
                self.dropped += 1;
                base64(&gzip(control_message().as_bytes()))
            }
            Kind::Empty => {
                self.dropped += 1;
                String::new()
            }
            Kind::Spoilt(spoilt) => {
                let (text, reason) = spoilt_text(*spoilt);
                *self.failed.entry(reason.name()).or_default() += 1;
                text
            }
        }
    }

    fn finished(&mut self) -> String {
        let id = format!("finished-{}", self.next);
        self.next += 1;
        self.ids.push(id.clone());
        finished(&id)
    }

    fn batch(&mut self, batch: &[Message]) -> String {
        let first = self.next;
        let messages: Vec<String> = batch.iter().map(|message| self.message(message)).collect();
        data_message(first, &messages)
    }

    fn message(&mut self, message: &Message) -> String {
        let number = self.next;
        self.next += 1;
        let cloudtrail = |id: &str, bytes: usize| {
            format!(
                r#"{{"eventVersion":"1.11","eventTime":"2024-05-06T07:08:09Z","eventID":"{id}","requestParameters":{{"a":["{}",{{"b":null,"a\"\\":1}}]}}}}"#,
                "p".repeat(bytes)
            )
        };
        let text = match message {
            Message::Text(bytes, true) => noise(number + 1, *bytes),
            Message::Text(bytes, false) => "lorem ipsum ".repeat(bytes / 12 + 1),
            Message::CloudTrail(bytes) => {
                let id = format!("trail-{number}");
                self.ids.push(id.clone());
                return cloudtrail(&id, *bytes);
            }
            Message::FlowLog => "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK".to_owned(),
            Message::NoFindings => {
                return r#"{"findings":[]}"#.to_owned();
            }
            // Without its end it is no JSON, and its id is that of the log event.
            Message::Damaged(bytes) => {
                let whole = cloudtrail("damaged", 200);
                whole[..whole.len().min(*bytes)].to_owned()
            }
        };
        self.ids.push(event_id(number));
        text
    }
}

fn finished(id: &str) -> String {
    format!(
        r#"{{"@timestamp":"2024-05-06T07:08:09.000Z","tributary":{{"document_id":"{id}"}},"ecs":{{"version":"8.17.0"}},"event":{{"kind":"event","dataset":"aws.cloudtrail"}},"cloud":{{"provider":"aws","account":{{"id":"111122223333"}}}},"aws":{{"cloudwatch":{{"log_group":"g"}}}}}}"#
    )
}

fn spoilt_text(spoilt: Spoilt) -> (String, Failed) {
    let payload = gzip(data_message(0, &lines(20)).as_bytes());
    let text = |text: &str| base64(&gzip(text.as_bytes()));
    match spoilt {
        Spoilt::Base64 => ("no base64!".to_owned(), Failed::BadBase64),
        Spoilt::Plain => (base64(b"plain text"), Failed::NotGzip),
        Spoilt::CutOff => (base64(&payload[..payload.len() / 2]), Failed::CutOffGzip),
        Spoilt::WrongSum => {
            let mut wrong = payload;
            let at = wrong.len() - 6;
            wrong[at] ^= 1;
            (base64(&wrong), Failed::DamagedGzip)
        }
        Spoilt::GarbageBehind => (
            base64(&[payload, b"garbage".to_vec()].concat()),
            Failed::DamagedGzip,
        ),
        Spoilt::Bomb => (
            base64(&gzip(&vec![b' '; MOST_PAYLOAD_BYTES + 1])),
            Failed::PayloadTooLarge,
        ),
        Spoilt::NoJson => (text("not json"), Failed::NotJson),
        Spoilt::NoEvents => (
            text(r#"{"messageType":"DATA_MESSAGE","owner":"1"}"#),
            Failed::NotJson,
        ),
        Spoilt::NoMessageType => (
            text(r#"{"owner":"1","logEvents":[]}"#),
            Failed::NoMessageType,
        ),
        Spoilt::UnknownMessageType => (
            text(r#"{"messageType":"OTHER","logEvents":[]}"#),
            Failed::UnknownMessageType,
        ),
        Spoilt::HugeEvent => (
            text(&data_message(0, &["h".repeat(6_400_000)])),
            Failed::TooLarge,
        ),
    }
}
