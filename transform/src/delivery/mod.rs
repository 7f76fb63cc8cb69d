//! The way of one record: its documents into the answer, the rest back to the source.

mod finished;

use crate::accounts::Accounts;
use crate::answer::{self, Answer, Body, PartitionKeys};
use crate::catalog::Keeper;
use crate::envelope::{self, Envelope, MessageType};
use crate::event::Record;
use crate::gzip_member::GzipMember;
use crate::outcome::{Dropped, Failed, Outcome};
use crate::payload::Payload;
use crate::put_back::{self, Leftover};
use crate::reshape::{Reshaper, Written};
use crate::settings::Output;
use crate::streams::{Deadline, Sender, Streams, TooLarge};
use crate::tally::RecordTally;

/// Larger events are not even tried: CloudWatch Logs takes none above 1 MiB, and the memory for
/// the documents of such ones would be the neighbours'.
const MOST_EVENT_BYTES: usize = answer::MAX_BYTES;

/// What the records of one invocation share.
#[derive(Debug)]
pub(crate) struct Delivery<'t, S> {
    pub(crate) output: Output,
    pub(crate) deadline: Deadline,
    pub(crate) catalog: &'t mut Keeper,
    pub(crate) reshaper: &'t mut Reshaper,
    pub(crate) body: &'t mut Body,
    pub(crate) keys: &'t mut PartitionKeys,
    pub(crate) accounts: &'t mut Accounts,
    pub(crate) gzip: &'t mut GzipMember,
    pub(crate) streams: &'t mut S,
    /// To the source; none where the event doesn't name it.
    pub(crate) source: Option<Sender>,
    /// To the search side, where there is one.
    pub(crate) documents: Option<Sender>,
    /// Payloads that have to be put back once the answer stands, each with the position of its record.
    pub(crate) parts: Vec<(usize, Vec<u8>)>,
}

/// A record, and its position in the invocation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'r> {
    pub(crate) index: usize,
    pub(crate) record: &'r Record<'r>,
}

impl From<TooLarge> for Failed {
    fn from(_: TooLarge) -> Self {
        Self::DocumentTooLarge
    }
}

impl<S: Streams> Delivery<'_, S> {
    /// Puts the record's documents into the body, and everything else where it has to go. The
    /// counts are complete whatever the outcome.
    pub(crate) async fn record(
        &mut self,
        place: Place<'_>,
        payload: Payload<'_>,
    ) -> (Outcome, RecordTally) {
        let mut tally = RecordTally::default();
        self.keys.begin(place.record.arrival.0);
        let outcome = match payload {
            Payload::Empty => Ok(Outcome::Dropped(Dropped::Empty)),
            Payload::Document(line) => self.finished(place, &[line], &mut tally).await,
            Payload::Documents(lines) => self.finished(place, &lines, &mut tally).await,
            Payload::Messages(text) => self.messages(place, text, &mut tally).await,
        };
        (outcome.unwrap_or_else(Outcome::Failed), tally)
    }

    async fn messages(
        &mut self,
        place: Place<'_>,
        text: &[u8],
        tally: &mut RecordTally,
    ) -> Result<Outcome, Failed> {
        let mut envelopes = envelope::parse(text)?;
        let all = envelopes.len();
        envelopes.retain(|envelope| envelope.message_type == MessageType::Data);
        tally.control_messages = (all - envelopes.len()) as u64;
        tally.events = envelopes
            .iter()
            .map(|envelope| envelope.events.len() as u64)
            .sum();
        for envelope in &envelopes {
            self.accounts.add(envelope);
        }
        if tally.events == 0 && tally.control_messages > 0 {
            return Ok(Outcome::Dropped(Dropped::ControlMessage));
        }
        self.catalog.need(self.deadline, self.reshaper).await;
        let events = || envelopes.iter().flat_map(|envelope| &envelope.events);
        if events().any(|event| event.raw.len() > MOST_EVENT_BYTES) {
            return Err(Failed::TooLarge);
        }
        if self.output == Output::Document {
            self.one_by_one(place, &envelopes, tally).await?;
        } else {
            let left = self.what_fits(&envelopes, tally);
            self.put_back(place, &envelopes, &left, tally)?;
        }
        let delivered = self.body.documents() > 0;
        Ok(if delivered {
            Outcome::Ok
        } else {
            Outcome::Dropped(Dropped::Empty)
        })
    }

    /// Answers as many documents as fit; returns the events that are left.
    fn what_fits(&mut self, envelopes: &[Envelope<'_>], tally: &mut RecordTally) -> Vec<Leftover> {
        let mut left = Vec::new();
        for (number, envelope) in envelopes.iter().enumerate() {
            let mut batch = self.reshaper.batch(envelope);
            for (index, event) in envelope.events.iter().enumerate() {
                let written = self.body.write(|out| batch.document(event, out));
                if written == Written::Nothing || keep(self.body, self.keys) {
                    tally.answered(written);
                } else if self.body.documents() == 0 {
                    // The first document is too large for what is left: perhaps the next one isn't.
                    left.push(Leftover {
                        envelope: number,
                        events: index..index + 1,
                    });
                } else {
                    left.push(Leftover {
                        envelope: number,
                        events: index..envelope.events.len(),
                    });
                    let untouched = envelopes.iter().enumerate().skip(number + 1);
                    left.extend(untouched.map(|(envelope, later)| Leftover {
                        envelope,
                        events: 0..later.events.len(),
                    }));
                    return left;
                }
            }
        }
        left
    }

    /// Makes parts of the events that are left, once at least one document is in the answer.
    fn put_back(
        &mut self,
        place: Place<'_>,
        envelopes: &[Envelope<'_>],
        left: &[Leftover],
        tally: &mut RecordTally,
    ) -> Result<(), Failed> {
        if left.is_empty() {
            return Ok(());
        }
        if self.body.documents() == 0 {
            return Err(self.nothing_fits(place));
        }
        if self.source.is_none() {
            return Err(Failed::PutBack);
        }
        let text_bytes =
            put_back::text_bytes(answered_bytes(envelopes, left), self.body.finish().len());
        let parts = put_back::parts(envelopes, left, text_bytes, self.gzip)?;
        self.parts
            .extend(parts.into_iter().map(|part| (place.index, part)));
        tally.put_back = left.iter().map(|left| left.events.len() as u64).sum();
        Ok(())
    }

    /// One document a record: the first that fits is the answer, the others are put back as
    /// finished documents. All are sent to the search side now, and not when they return.
    async fn one_by_one(
        &mut self,
        place: Place<'_>,
        envelopes: &[Envelope<'_>],
        tally: &mut RecordTally,
    ) -> Result<(), Failed> {
        for envelope in envelopes {
            let mut batch = self.reshaper.batch(envelope);
            for event in &envelope.events {
                let written = self.body.write(|out| batch.document(event, out));
                if written == Written::Nothing || keep(self.body, self.keys) {
                    tally.answered(written);
                } else {
                    let source = self.source.as_mut().ok_or(Failed::PutBack)?;
                    source
                        .document(self.streams, self.body.document(), place.index)
                        .await?;
                    tally.put_back += 1;
                }
                if let Some(documents) = self
                    .documents
                    .as_mut()
                    .filter(|_| written != Written::Nothing)
                {
                    documents
                        .document(self.streams, self.body.document(), place.index)
                        .await?;
                }
            }
        }
        if self.body.documents() == 0 && tally.put_back > 0 {
            return Err(self.nothing_fits(place));
        }
        Ok(())
    }

    fn nothing_fits(&self, place: Place<'_>) -> Failed {
        let hopeless = self
            .body
            .least_bytes()
            .is_some_and(|bytes| Answer::never_fits(place.record, self.keys, bytes));
        if hopeless {
            Failed::TooLarge
        } else {
            Failed::NoRoom
        }
    }
}

/// Bytes of the events that are not left.
fn answered_bytes(envelopes: &[Envelope<'_>], left: &[Leftover]) -> usize {
    let bytes = |envelope: &Envelope<'_>| {
        envelope
            .events
            .iter()
            .map(|event| event.raw.len())
            .sum::<usize>()
    };
    let all: usize = envelopes.iter().map(bytes).sum();
    let left = left
        .iter()
        .flat_map(|left| &envelopes[left.envelope].events[left.events.clone()]);
    all - left.map(|event| event.raw.len()).sum::<usize>()
}

/// Keeps the document that was written last, if it fits; the first one names the record's keys.
fn keep(body: &mut Body, keys: &mut PartitionKeys) -> bool {
    let kept = body.keep();
    if kept && body.documents() == 1 {
        keys.read(body.document());
    }
    kept
}
