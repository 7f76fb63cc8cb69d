//! One invocation, from Firehose's event to the answer.

mod pass;
mod settled;

use self::pass::Pass;
use self::settled::Settled;
use crate::accounts::Accounts;
use crate::answer::{Answer, Body, PartitionKeys, TooManyRecords};
use crate::catalog::{self, Keeper};
use crate::delivery::Delivery;
use crate::event::{EventError, FirehoseEvent};
use crate::gzip_member::GzipMember;
use crate::outcome::Outcome;
use crate::payload::PayloadReader;
use crate::put_back;
use crate::reshape::Reshaper;
use crate::settings::{Output, Settings};
use crate::streams::{Deadline, Sender, Streams, Target};
use crate::tally::Tally;

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
    accounts: Accounts,
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
    /// Lines for the log: what has changed around the function, and with `COUNT_ACCOUNTS` who sent.
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
            accounts: Accounts::new(settings.count_accounts),
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
        self.accounts.clear();
        let mut delivery = Delivery {
            output: self.output,
            deadline,
            catalog: &mut self.catalog,
            reshaper: &mut self.reshaper,
            body: &mut self.body,
            keys: &mut self.keys,
            accounts: &mut self.accounts,
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
            delivery.accounts.clear();
            pass = Pass::run(&event, answer, &mut self.payloads, &mut delivery, deadline).await;
        }
        let settled = Settled::of(&event, &pass.answer, delivery).await;
        let mut done = settled.invocation(&event, pass, body.len());
        done.catalog = self.catalog.state();
        done.notices = self.catalog.notices();
        done.notices.extend(self.accounts.lines());
        Ok(done)
    }
}
