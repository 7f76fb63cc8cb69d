//! A whole invocation: one answer for each record, sums that add up, the limits kept, and in the
//! end every event delivered.

use std::cell::RefCell;

use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use transform::settings::{MaxPayloadBytes, Output, Settings};
use transform::streams::{Deadline, Target};

use crate::common::answers::Answer;
use crate::common::rounds::{deliver, function};
use crate::common::streams::Remembering;
use crate::common::strict::{Strict, is_document};
use crate::common::{SEARCH_STREAM_ARN, control_message, data_message, gzip};

/// Between the records of a mix.
const SEPARATOR: u8 = 0x1e;
const MOST_PAYLOAD_BYTES: usize = 1 << 20;
/// More takes the time from other inputs; what bursts answers is the property tests' matter.
const MOST_REPEATED_BYTES: usize = 16 << 10;

thread_local! {
    static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) };
}

/// The first byte says which settings, and whether the others are the event's body as it comes or
/// a mix of records.
pub fn event(data: &[u8]) {
    let Some((flags, data)) = data.split_first() else {
        return;
    };
    let output = match flags & 3 {
        0 => Output::NdjsonGzip,
        1 => Output::Ndjson,
        _ => Output::Document,
    };
    let documents_to = (flags & 4 != 0).then(|| Target::from_arn(SEARCH_STREAM_ARN));
    let settings = Settings {
        output,
        documents_to: documents_to.and_then(Result::ok),
        max_payload_bytes: MaxPayloadBytes(MOST_PAYLOAD_BYTES),
        ..Settings::default()
    };
    if flags & 8 != 0 {
        body(settings, data);
    } else {
        mix(settings, data);
    }
}

fn body(settings: Settings, body: &[u8]) {
    let mut function = function(settings, Remembering::default());
    let done = block_on(function.invoke(body, Deadline::NONE));
    let event = serde_json::from_slice::<Value>(body).ok();
    let records = event.as_ref().and_then(|event| event["records"].as_array());
    let Ok(done) = done else {
        // A key that stands twice is no event of Firehose, nor is one in both of its spellings.
        let strict = serde_json::from_slice::<Strict>(body).is_ok()
            && event
                .as_ref()
                .is_none_or(|event| event.get("deliverySteamArn").is_none());
        assert!(records.is_none() || !strict, "{body:?} is an event");
        return;
    };
    let answer = Answer::read(&done.answer);
    if let Some(records) = records {
        assert_eq!(done.outcomes.len(), records.len());
        let asked = records.iter().filter_map(|record| {
            record["recordId"]
                .as_str()
                .filter(|record_id| !record_id.is_empty())
        });
        assert_eq!(answer.ids(), asked.collect::<Vec<_>>());
    }
    let tally = &done.tally;
    let events = tally.documents_out() + tally.put_back + tally.empty + tally.events_failed;
    assert_eq!(tally.events, events);
}

/// Records that the function gets until nothing is put back any more.
fn mix(settings: Settings, data: &[u8]) {
    let mut next = 0;
    let mut known = true;
    let records: Vec<Vec<u8>> = data
        .split(|byte| *byte == SEPARATOR)
        .take(20)
        .map(|data| record(data, &mut next, &mut known))
        .collect();
    let count = records.len();
    let (mut accounted, mut sent) = (0, 0);
    let delivered = block_on(deliver(settings, records, |done, _| {
        accounted += done.tally.empty + done.tally.events_failed;
        sent += done.tally.documents_sent;
    }));
    // Finished documents of others pass as they came.
    for document in delivered.documents.iter().filter(|_| known) {
        is_document(document.as_bytes());
    }
    assert!(delivered.failed.len() + delivered.dropped <= count);
    if known {
        assert_eq!(delivered.documents.len() as u64 + accounted, next);
    }
    if sent > 0 && delivered.failed.is_empty() {
        assert_eq!(sent, delivered.documents.len() as u64);
    }
}

/// One record of a mix. `next` counts the events whose number is `known`.
fn record(data: &[u8], next: &mut u64, known: &mut bool) -> Vec<u8> {
    let (kind, data) = data.split_first().unwrap_or((&0, data));
    let text = String::from_utf8_lossy(data);
    match kind {
        b'r' => {
            *known = false;
            data.to_vec()
        }
        b'g' => {
            *known = false;
            gzip(data)
        }
        b'c' => {
            let gzipped = gzip(data_message(0, &[text.into_owned()]).as_bytes());
            gzipped[..gzipped.len() * 2 / 3].to_vec()
        }
        b'x' => {
            let times = 1 + 16 * usize::from(data.first().copied().unwrap_or_default());
            let times = times.min(MOST_REPEATED_BYTES / (data.len() + 200));
            batch(next, &vec![text.into_owned(); times])
        }
        b'm' => gzip(control_message().as_bytes()),
        b'0' => Vec::new(),
        _ => batch(
            next,
            &text.split('\n').map(str::to_owned).collect::<Vec<_>>(),
        ),
    }
}

fn batch(next: &mut u64, messages: &[String]) -> Vec<u8> {
    let text = data_message(*next, messages);
    if text.len() <= MOST_PAYLOAD_BYTES {
        *next += messages.len() as u64;
    }
    gzip(text.as_bytes())
}

fn block_on<F: Future>(future: F) -> F::Output {
    RUNTIME.with_borrow_mut(|runtime| {
        let runtime = runtime.get_or_insert_with(|| match Builder::new_current_thread().build() {
            Ok(runtime) => runtime,
            Err(error) => panic!("no runtime: {error}"),
        });
        runtime.block_on(future)
    })
}
