//! Requests of many documents, as the destinations OpenSearch and HTTP endpoint are sent them: collected
//! by size and by time, a few under way at once. What a destination doesn't take goes to the bucket's
//! error prefix.

use super::counters::Outcome;
use super::error_record::{ErrorRecord, PROCESSING_FAILED};
use super::objects::Objects;
use super::record::{Failure, Item};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinSet;
use tokio::time::interval;

/// How often the age of the open request is looked at.
const TICK: Duration = Duration::from_millis(100);

/// A document on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The record's bytes.
    pub data: Vec<u8>,
    /// When the record arrived, milliseconds since 1970.
    pub arrival: i64,
    /// The record's id: the same on every try.
    pub id: String,
    /// The record's place in its source, as error records of HTTP endpoints name it.
    pub data_id: String,
}

/// A document that was not taken, and why.
pub type Refused = (Document, Failure);

/// When a request is full, and how many may be under way.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of documents in one request.
    pub bytes: usize,
    /// Documents in one request.
    pub documents: usize,
    /// How long a request's first document waits for others.
    pub interval: Duration,
    /// Requests under way at once.
    pub at_once: usize,
}

/// A destination that takes documents by requests.
pub trait ByRequests: Clone + Send + Sync + 'static {
    /// The error prefix of what it doesn't take.
    const ERRORS: &'static str;

    /// How its requests are cut.
    fn limits(&self) -> Limits;

    /// Why a record is refused without being sent; nothing where it can be.
    fn refusal(&self, _data: &[u8]) -> Option<Failure> {
        None
    }

    /// Sends a request, also again; counts what was delivered, and returns what is to be kept under
    /// the error prefix.
    fn send(self, documents: Vec<Document>) -> impl Future<Output = Vec<Refused>> + Send + 'static;

    /// What is written of a document that it didn't take.
    fn error_record(&self, document: &Document, failure: &Failure) -> ErrorRecord;
}

/// Delivers until all senders have gone and all requests are answered.
pub async fn deliver<D: ByRequests>(from: Receiver<Item>, to: D, objects: Objects) {
    let delivery = Delivery {
        failed: objects.errors(PROCESSING_FAILED),
        refused: objects.errors(D::ERRORS),
        limits: to.limits(),
        to,
        open: Vec::new(),
        bytes: 0,
        since: Instant::now(),
        under_way: JoinSet::new(),
    };
    delivery.run(from).await;
}

struct Delivery<D> {
    to: D,
    limits: Limits,
    failed: Objects,
    refused: Objects,
    open: Vec<Document>,
    bytes: usize,
    since: Instant,
    under_way: JoinSet<Vec<Refused>>,
}

impl<D: ByRequests> Delivery<D> {
    async fn run(mut self, mut from: Receiver<Item>) {
        let mut tick = interval(TICK);
        loop {
            tokio::select! {
                item = from.recv() => match item {
                    Some(item) => self.take(item).await,
                    None => break,
                },
                Some(done) = self.under_way.join_next(), if !self.under_way.is_empty() => {
                    self.keep(done.unwrap_or_default()).await;
                }
                _ = tick.tick() => self.look_at_the_clock().await,
            }
        }
        self.send().await;
        while let Some(done) = self.under_way.join_next().await {
            self.keep(done.unwrap_or_default()).await;
        }
        self.refused.write().await;
        self.failed.write().await;
    }

    async fn take(&mut self, item: Item) {
        match item {
            Item::Fail {
                line,
                arrival,
                code,
            } => self.failed.add(&line, arrival, Outcome::Failed(code)).await,
            Item::Deliver {
                data,
                arrival,
                id,
                data_id,
                ..
            } => {
                let document = Document {
                    data,
                    arrival,
                    id,
                    data_id,
                };
                match self.to.refusal(&document.data) {
                    Some(failure) => self.keep(vec![(document, failure)]).await,
                    None => self.add(document).await,
                }
            }
        }
    }

    async fn add(&mut self, document: Document) {
        if self.open.is_empty() {
            self.since = Instant::now();
        }
        self.bytes += document.data.len();
        self.open.push(document);
        if self.bytes >= self.limits.bytes || self.open.len() >= self.limits.documents {
            self.send().await;
        }
    }

    async fn look_at_the_clock(&mut self) {
        if self.since.elapsed() >= self.limits.interval {
            self.send().await;
        }
        self.refused.write_if_due().await;
        self.failed.write_if_due().await;
    }

    async fn send(&mut self) {
        if self.open.is_empty() {
            return;
        }
        if self.under_way.len() >= self.limits.at_once
            && let Some(done) = self.under_way.join_next().await
        {
            self.keep(done.unwrap_or_default()).await;
        }
        let documents = std::mem::take(&mut self.open);
        self.bytes = 0;
        self.under_way.spawn(self.to.clone().send(documents));
    }

    async fn keep(&mut self, refused: Vec<Refused>) {
        for (document, failure) in refused {
            let line = self.to.error_record(&document, &failure).line();
            self.refused
                .add(&line, document.arrival, Outcome::Failed(failure.code))
                .await;
        }
    }
}
