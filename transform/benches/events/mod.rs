//! Firehose events as a busy organization's delivery stream sends them, the same ones each time.
//!
//! The log messages are those of `local/corpus`, and more of the same kind made from them: see
//! [`cloudtrail`], [`findings`] and [`flow_logs`]. A record is one batch of one log stream, as
//! `CloudWatch` Logs compresses it.
#![allow(dead_code, reason = "each of its users needs another part")]

mod cloudtrail;
mod findings;
mod flow_logs;
mod vary;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use fastrand::Rng;
use serde::Serialize;
use transform::invocation::{Invocation, Transformer};
use transform::reshape::Reshaper;
use transform::settings::{Output, Settings};
use transform::streams::{Deadline, NoStreams};

use crate::common::{base64, event_of_texts, gzip};

/// The base64 text of one event, where the documents fit in one answer.
const BUFFERED_BYTES: usize = 1 << 20;
/// The batches' first moment, in milliseconds since 1970.
const BEGIN: u64 = 1_770_137_000_000;

/// The datasets of which there are events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    FlowLogs,
    #[value(name = "cloudtrail")]
    CloudTrail,
    #[value(name = "guardduty")]
    GuardDuty,
}

/// One Firehose event, and what it holds.
#[derive(Debug, Default)]
pub struct Event {
    /// What Lambda hands to the function.
    pub body: Vec<u8>,
    /// The `data` of each record.
    pub data: Vec<String>,
    /// Log events in it.
    pub events: usize,
    /// Its payloads, compressed and decompressed, in bytes.
    pub compressed: usize,
    pub text: usize,
}

/// What `CloudWatch` Logs sends of one log stream.
struct Batch {
    owner: String,
    log_group: String,
    log_stream: String,
    messages: Vec<String>,
}

/// Makes one batch after the other, until there are no more.
type Batches = Box<dyn FnMut(&mut Rng) -> Option<Batch>>;

impl Kind {
    pub const ALL: [Self; 3] = [Self::FlowLogs, Self::CloudTrail, Self::GuardDuty];

    pub fn name(self) -> &'static str {
        match self {
            Self::FlowLogs => "flow logs",
            Self::CloudTrail => "CloudTrail",
            Self::GuardDuty => "GuardDuty",
        }
    }

    /// An event of about one MiB of base64, or of as much as one answer holds as plain documents.
    pub fn event(self) -> Event {
        let mut rng = Rng::with_seed(20_260_203);
        let mut batches = match self {
            Self::FlowLogs => flow_logs::batches(&mut rng),
            Self::CloudTrail => cloudtrail::batches(&mut rng),
            Self::GuardDuty => findings::batches(),
        };
        let (mut data, mut event) = (Vec::new(), Event::default());
        let mut encoded_bytes = 0;
        while encoded_bytes < BUFFERED_BYTES {
            let Some(batch) = batches(&mut rng) else {
                break;
            };
            event.events += batch.messages.len();
            let text = batch.text(BEGIN + data.len() as u64 * 400, &mut rng);
            let payload = gzip(text.as_bytes());
            event.text += text.len();
            event.compressed += payload.len();
            data.push(base64(&payload));
            encoded_bytes += data[data.len() - 1].len();
        }
        event.body = event_of_texts(&data.iter().map(String::as_str).collect::<Vec<_>>());
        event.data = data;
        event
    }
}

impl Event {
    /// The same records again and again, until the body has so many bytes.
    pub fn at_least(mut self, bytes: usize) -> Self {
        let again = bytes.div_ceil(self.body.len());
        self.data = (0..again).flat_map(|_| self.data.clone()).collect();
        self.body = event_of_texts(&self.data.iter().map(String::as_str).collect::<Vec<_>>());
        (self.events, self.text, self.compressed) = (
            self.events * again,
            self.text * again,
            self.compressed * again,
        );
        self
    }
}

impl Batch {
    /// The text of the payload: the events' ids count on from one that is `rng`'s.
    fn text(&self, time: u64, rng: &mut Rng) -> String {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Payload<'a> {
            message_type: &'a str,
            owner: &'a str,
            log_group: &'a str,
            log_stream: &'a str,
            subscription_filters: [&'a str; 1],
            log_events: Vec<LogEvent<'a>>,
        }
        #[derive(Serialize)]
        struct LogEvent<'a> {
            id: String,
            timestamp: u64,
            message: &'a str,
        }
        let (head, first) = (rng.u64(10_u64.pow(18)..), rng.u64(10_u64.pow(17)..) >> 1);
        let log_events = (0..)
            .zip(&self.messages)
            .map(|(position, message)| LogEvent {
                id: format!(
                    "3{head:020}{:015}{:020}",
                    head % 10_u64.pow(15),
                    first + position
                ),
                timestamp: time + position / 10,
                message,
            })
            .collect();
        let payload = Payload {
            message_type: "DATA_MESSAGE",
            owner: &self.owner,
            log_group: &self.log_group,
            log_stream: &self.log_stream,
            subscription_filters: ["tributary"],
            log_events,
        };
        serde_json::to_string(&payload).unwrap()
    }
}

/// The function, with this output and without streams to put anything to.
pub fn function(output: Output) -> Transformer<NoStreams> {
    let settings = Settings {
        output,
        ..Settings::default()
    };
    Transformer::new(settings, Reshaper::default(), NoStreams)
}

/// One invocation, which must answer every event with its document.
pub fn invoke(function: &mut Transformer<NoStreams>, event: &Event) -> Invocation {
    let invocation = pin!(function.invoke(&event.body, Deadline::NONE));
    // Without streams and a catalog there is nothing to wait for.
    let Poll::Ready(done) = invocation.poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("the function waits for something");
    };
    let done = done.unwrap();
    let documents = done.tally.documents_out() - done.tally.pipeline_errors;
    assert_eq!(documents, event.events as u64, "{:?}", done.errors);
    done
}

/// One of the organization's accounts.
fn account(rng: &mut Rng) -> &'static str {
    const ACCOUNTS: [&str; 5] = [
        "111122223333",
        "222222222222",
        "333333333333",
        "444455556666",
        "123456789012",
    ];
    ACCOUNTS[rng.usize(..ACCOUNTS.len())]
}
