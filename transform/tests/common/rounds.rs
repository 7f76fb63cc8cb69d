//! Firehose in memory: calls the function again with what it put back, until nothing is left.

use transform::invocation::{Invocation, Transformer};
use transform::reshape::Reshaper;
use transform::settings::{Output, Settings};
use transform::streams::Deadline;

use super::answers::{Answer, Entry, lines_of};
use super::streams::Remembering;
use super::{STREAM_ARN, base64, event_of_texts, gunzip};

/// Firehose calls with about this much data, before base64.
const BUFFER_BYTES: usize = 1 << 20;

pub type Function = Transformer<Remembering>;

pub fn function(settings: Settings, streams: Remembering) -> Function {
    Transformer::new(settings, Reshaper::default(), streams)
}

pub fn with_output(output: Output) -> Settings {
    Settings {
        output,
        ..Settings::default()
    }
}

/// What came out in the end.
#[derive(Debug, Default)]
pub struct Delivered {
    pub documents: Vec<String>,
    pub dropped: usize,
    /// The `data` of the records that failed.
    pub failed: Vec<String>,
    pub invocations: usize,
    pub most_answer_bytes: usize,
}

impl Delivered {
    /// How often each of these texts stands in a document.
    pub fn count(&self, text: &str) -> usize {
        self.documents
            .iter()
            .filter(|document| document.contains(text))
            .count()
    }
}

/// One invocation, whose sums are checked.
pub async fn invoke(function: &mut Function, body: &[u8]) -> (Invocation, Answer) {
    let done = function.invoke(body, Deadline::NONE).await.unwrap();
    let answer = Answer::read(&done.answer);
    let tally = &done.tally;
    assert_eq!(
        tally.records,
        tally.ok + tally.records_dropped() + tally.records_failed()
    );
    let events = tally.documents_out() + tally.put_back + tally.empty + tally.events_failed;
    assert_eq!(tally.events, events, "{tally:?}");
    assert_eq!(tally.bytes_out, done.answer.len() as u64);
    assert_eq!(tally.bytes_in, body.len() as u64);
    (done, answer)
}

/// The documents in one entry that is `Ok`.
pub fn documents(output: Output, entry: &Entry) -> Vec<String> {
    match output {
        Output::NdjsonGzip => lines_of(&gunzip(&entry.bytes())),
        Output::Ndjson => lines_of(&entry.bytes()),
        Output::Document => {
            let line = String::from_utf8(entry.bytes()).unwrap();
            assert!(!line.contains('\n'), "one document, on one line");
            vec![line]
        }
    }
}

/// Calls the function with `records` and with whatever it puts back. `test` sees every answer.
pub async fn deliver(
    settings: Settings,
    records: Vec<Vec<u8>>,
    test: impl FnMut(&Invocation, &Answer),
) -> Delivered {
    let output = settings.output;
    let mut function = function(settings, Remembering::default());
    let texts = records.iter().map(|data| base64(data)).collect();
    deliver_by(&mut function, output, texts, test).await
}

/// The same by a given function, of records whose `data` are `texts`.
pub async fn deliver_by(
    function: &mut Function,
    output: Output,
    texts: Vec<String>,
    mut test: impl FnMut(&Invocation, &Answer),
) -> Delivered {
    let (mut waiting, mut delivered, mut read) = (texts, Delivered::default(), 0);
    while !waiting.is_empty() {
        let batch = batch(&mut waiting);
        let texts: Vec<&str> = batch.iter().map(String::as_str).collect();
        let (done, answer) = invoke(function, &event_of_texts(&texts)).await;
        assert_eq!(answer.records.len(), batch.len());
        for ((number, entry), data) in answer.records.iter().enumerate().zip(&batch) {
            assert_eq!(entry.record_id, format!("record-{number}"));
            match entry.result.as_str() {
                "Ok" => delivered.documents.extend(documents(output, entry)),
                "Dropped" => delivered.dropped += 1,
                _ => delivered.failed.push(data.clone()),
            }
        }
        delivered.invocations += 1;
        delivered.most_answer_bytes = delivered.most_answer_bytes.max(done.answer.len());
        test(&done, &answer);
        let back = function.streams().user_records(STREAM_ARN);
        waiting.extend(back[read..].iter().map(|data| base64(data)));
        read = back.len();
        assert!(delivered.invocations < 1000, "this never ends");
    }
    delivered
}

/// The next records, as many as Firehose's buffer holds.
fn batch(waiting: &mut Vec<String>) -> Vec<String> {
    let mut bytes = 0;
    let over = waiting.iter().position(|text| {
        bytes += text.len();
        bytes > BUFFER_BYTES
    });
    let rest = waiting.split_off(over.unwrap_or(waiting.len()).max(1));
    std::mem::replace(waiting, rest)
}
