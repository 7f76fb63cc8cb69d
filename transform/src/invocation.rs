//! One invocation, from Firehose's event to the answer.

use std::collections::BTreeSet;

use crate::answer::{Answer, Body, PartitionKeys, TooManyRecords};
use crate::catalog::{self, Keeper};
use crate::delivery::{Delivery, Place};
use crate::documents_to;
use crate::event::{EventError, FirehoseEvent, Record};
use crate::gzip_member::GzipMember;
use crate::outcome::{Failed, Outcome};
use crate::payload::PayloadReader;
use crate::put_back;
use crate::reshape::Reshaper;
use crate::settings::{Output, Settings};
use crate::streams::{Deadline, Sender, Sent, Streams, Target};
use crate::tally::{RecordTally, Tally};

/// Records whose failure is told by name, of one invocation.
const MOST_NAMED_FAILURES: usize = 5;

/// The function's state between invocations: settings, buffers, clients.
#[derive(Debug)]
pub struct Transformer<S> {
    output: Output,
    documents_to: Option<Target>,
    catalog: Keeper,
    reshaper: Reshaper,
    payloads: PayloadReader,
    body: Body,
    keys: PartitionKeys,
    gzip: GzipMember,
    streams: S,
}

/// What came of an invocation.
#[derive(Debug)]
pub struct Invocation {
    /// The answer, ready to be sent.
    pub answer: Vec<u8>,
    /// What became of everything.
    pub tally: Tally,
    /// The outcome of each record, in their order.
    pub outcomes: Vec<Outcome>,
    /// Firehose's id of the invocation, empty where it gave none.
    pub invocation_id: String,
    /// The first few failures in words, of records and of streams.
    pub errors: Vec<String>,
    /// How it stands with the catalog, where one is set and documents were made.
    pub catalog: Option<catalog::State>,
    /// Lines for the log: what has changed around the function.
    pub notices: Vec<String>,
}

/// Why an invocation as a whole has no answer. Firehose tries it again, and keeps the records
/// under its error prefix in the end.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The body is no Firehose event.
    #[error(transparent)]
    Event(#[from] EventError),
    /// More records than an answer can name.
    #[error(transparent)]
    TooManyRecords(#[from] TooManyRecords),
}

impl<S: Streams> Transformer<S> {
    /// A function with these settings and documents, which puts to `streams`.
    #[must_use]
    pub fn new(settings: Settings, reshaper: Reshaper, streams: S) -> Self {
        Self {
            output: settings.output,
            documents_to: settings.documents_to,
            catalog: Keeper::new(settings.catalog, settings.catalog_refresh.0),
            reshaper,
            payloads: PayloadReader::new(settings.max_payload_bytes.0),
            body: Body::new(settings.output),
            keys: PartitionKeys::new(settings.partition_keys),
            gzip: GzipMember::default(),
            streams,
        }
    }

    /// The streams that it puts to.
    #[must_use]
    pub fn streams(&self) -> &S {
        &self.streams
    }

    /// Answers one Firehose event (the invocation's body as it came).
    ///
    /// Everything that has to go to a stream is there, or its record is answered
    /// `ProcessingFailed`, before this returns.
    ///
    /// # Errors
    /// [`InvocationError`]: only the event as a whole, never one of its records.
    pub async fn invoke(
        &mut self,
        body: &[u8],
        deadline: Deadline,
    ) -> Result<Invocation, InvocationError> {
        let event = FirehoseEvent::parse(body)?;
        self.catalog.begin();
        let mut delivery = Delivery {
            output: self.output,
            deadline,
            catalog: &mut self.catalog,
            reshaper: &mut self.reshaper,
            body: &mut self.body,
            keys: &mut self.keys,
            gzip: &mut self.gzip,
            streams: &mut self.streams,
            source: put_back::source(&event).map(|source| Sender::new(source, deadline)),
            documents: self
                .documents_to
                .clone()
                .map(|target| Sender::new(target, deadline)),
            parts: Vec::new(),
        };
        let answer = Answer::with_keys(&event.records, delivery.keys)?;
        let mut pass = Pass::run(&event, answer, &mut self.payloads, &mut delivery, deadline).await;
        // Single documents are put back on the way, and each takes little of the room.
        if pass.is_cramped() && self.output != Output::Document {
            let answer = Answer::with_needs(&event.records, delivery.keys, &pass.needs)?;
            delivery.parts.clear();
            pass = Pass::run(&event, answer, &mut self.payloads, &mut delivery, deadline).await;
        }
        let settled = Settled::of(&event, &pass.answer, delivery).await;
        let mut done = settled.invocation(&event, pass, body.len());
        done.catalog = self.catalog.state();
        done.notices = self.catalog.notices();
        Ok(done)
    }
}

/// Whether there is any use in reading a record.
fn readable(record: &Record<'_>, deadline: Deadline) -> Result<(), Failed> {
    if record.id.as_str().is_none() {
        return Err(Failed::NoRecordId);
    }
    if deadline.is_over() {
        Err(Failed::OutOfTime)
    } else {
        Ok(())
    }
}

/// All records answered, before anything is put back or sent (but for single documents).
struct Pass {
    answer: Answer,
    tallies: Vec<RecordTally>,
    /// The least data with which each record can be answered, as far as is known.
    needs: Vec<usize>,
}

impl Pass {
    async fn run<S: Streams>(
        event: &FirehoseEvent<'_>,
        mut answer: Answer,
        payloads: &mut PayloadReader,
        delivery: &mut Delivery<'_, S>,
        deadline: Deadline,
    ) -> Self {
        let (mut tallies, mut needs) = (Vec::new(), Vec::new());
        for (index, record) in event.records.iter().enumerate() {
            let record = &record.0;
            delivery.body.begin(answer.room(record));
            let payload = readable(record, deadline).and_then(|()| payloads.read(&record.data));
            let (outcome, tally) = match payload {
                Ok(payload) => delivery.record(Place { index, record }, payload).await,
                Err(reason) => (Outcome::Failed(reason), RecordTally::default()),
            };
            needs.push(delivery.body.least_bytes().unwrap_or(0));
            let data = if outcome == Outcome::Ok {
                delivery.body.finish()
            } else {
                &[]
            };
            answer.add_with_keys(record, outcome, data, delivery.keys);
            tallies.push(tally);
        }
        Self {
            answer,
            tallies,
            needs,
        }
    }

    /// Whether a record got no room that it could have got.
    fn is_cramped(&self) -> bool {
        self.answer
            .outcomes()
            .any(|outcome| outcome == Outcome::Failed(Failed::NoRoom))
    }
}

/// What the streams took, now that nothing waits any more.
struct Settled {
    source: Sent,
    documents: Sent,
    /// Records of which a document is larger than `DOCUMENTS_TO` takes.
    too_large: BTreeSet<usize>,
}

impl Settled {
    /// Puts back and sends what has to be before the answer is given.
    async fn of<S: Streams>(
        event: &FirehoseEvent<'_>,
        answer: &Answer,
        delivery: Delivery<'_, S>,
    ) -> Self {
        let Delivery {
            output,
            streams,
            mut source,
            mut documents,
            parts,
            ..
        } = delivery;
        if let Some(source) = &mut source {
            for (owner, part) in parts {
                source
                    .payload(
                        streams,
                        part,
                        put_back::partition_key(&event.records[owner].0),
                        owner,
                    )
                    .await;
            }
        }
        let source = finish(source, streams).await;
        let too_large = match &mut documents {
            Some(sender) if output != Output::Document => {
                documents_to::send(answer, &source.failed, sender, streams).await
            }
            _ => BTreeSet::new(),
        };
        let documents = finish(documents, streams).await;
        Self {
            source,
            documents,
            too_large,
        }
    }

    /// The outcome of a record that was answered with `outcome`.
    fn outcome(&self, index: usize, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Ok if self.source.failed.contains(&index) => Outcome::Failed(Failed::PutBack),
            Outcome::Ok if self.too_large.contains(&index) => {
                Outcome::Failed(Failed::DocumentTooLarge)
            }
            Outcome::Ok if self.documents.failed.contains(&index) => {
                Outcome::Failed(Failed::DocumentsNotSent)
            }
            outcome => outcome,
        }
    }

    fn invocation(self, event: &FirehoseEvent<'_>, pass: Pass, bytes_in: usize) -> Invocation {
        let Pass {
            answer, tallies, ..
        } = pass;
        let outcomes: Vec<Outcome> = answer
            .outcomes()
            .enumerate()
            .map(|(index, outcome)| self.outcome(index, outcome))
            .collect();
        let answer = answer.finish(|index| matches!(outcomes[index], Outcome::Failed(_)));
        let mut tally = Tally {
            put_back_records: self.source.stream_records,
            documents_sent: self.documents.records,
            bytes_in: bytes_in as u64,
            bytes_out: answer.len() as u64,
            ..Tally::default()
        };
        for (&outcome, record) in outcomes.iter().zip(&tallies) {
            tally.settle(outcome, record);
        }
        let mut errors = named_failures(event, &outcomes);
        errors.extend(self.source.errors.into_iter().chain(self.documents.errors));
        let invocation_id = event.invocation_id.as_str().unwrap_or_default().to_owned();
        Invocation {
            answer,
            tally,
            outcomes,
            invocation_id,
            errors,
            catalog: None,
            notices: Vec::new(),
        }
    }
}

async fn finish(sender: Option<Sender>, streams: &mut impl Streams) -> Sent {
    match sender {
        Some(sender) => sender.finish(streams).await,
        None => Sent::default(),
    }
}

/// The first few records that failed, in words.
fn named_failures(event: &FirehoseEvent<'_>, outcomes: &[Outcome]) -> Vec<String> {
    let failures =
        event
            .records
            .iter()
            .zip(outcomes)
            .filter_map(|(record, outcome)| match outcome {
                Outcome::Failed(reason) => Some(format!(
                    "record {}: {reason}",
                    record.0.id.as_str().unwrap_or("without id")
                )),
                _ => None,
            });
    failures.take(MOST_NAMED_FAILURES).collect()
}
