//! Documents and payloads for one stream: documents to Kinesis are aggregated on their way.

use super::kpl::{self, Aggregate};
use super::queue::Queue;
use super::{Deadline, Outgoing, Service, Streams, Target};
use crate::finished;

/// An aggregated record is closed when it has reached this size: large enough to be cheap, small
/// enough to spread over the shards.
const AGGREGATE_BYTES: usize = 256 << 10;
/// What Firehose does with a Kinesis record above its own limit of 1,000 KiB is not documented:
/// payloads stay below it everywhere.
pub const MOST_PAYLOAD_BYTES: usize = 1_000_000;
/// The longest partition key, in characters (`PutRecords`).
const KEY_CHARS: usize = 256;

/// Records on their way to one stream, in one invocation.
#[derive(Debug)]
pub struct Sender {
    queue: Queue,
    aggregate: Option<(Aggregate, Vec<usize>)>,
}

/// A record larger than the stream takes; nothing of it was queued.
#[derive(Debug, PartialEq, Eq)]
pub struct TooLarge;

impl Sender {
    /// A sender with nothing in it.
    #[must_use]
    pub fn new(target: Target, deadline: Deadline) -> Self {
        Self {
            queue: Queue::new(target, deadline),
            aggregate: None,
        }
    }

    /// Queues one document of the record `owner` (its position in the invocation).
    ///
    /// # Errors
    /// [`TooLarge`]
    pub async fn document(
        &mut self,
        streams: &mut impl Streams,
        document: &[u8],
        owner: usize,
    ) -> Result<(), TooLarge> {
        match self.queue.target().service {
            Service::Firehose if document.len() > self.limit() => Err(TooLarge),
            Service::Firehose => {
                self.alone(streams, document, String::new(), owner).await;
                Ok(())
            }
            Service::Kinesis => self.aggregated(streams, document, owner).await,
        }
    }

    /// Queues one payload of the record `owner`, of at most [`MOST_PAYLOAD_BYTES`], as it is.
    pub async fn payload(
        &mut self,
        streams: &mut impl Streams,
        payload: Vec<u8>,
        partition_key: &str,
        owner: usize,
    ) {
        let record = Outgoing {
            data: payload,
            partition_key: key(partition_key),
            owners: vec![owner],
            records: 1,
        };
        self.queue.push(streams, record).await;
    }

    /// Sends what is still queued, and returns what became of everything.
    pub async fn finish(mut self, streams: &mut impl Streams) -> super::Sent {
        self.close_aggregate(streams).await;
        self.queue.finish(streams).await
    }

    async fn aggregated(
        &mut self,
        streams: &mut impl Streams,
        document: &[u8],
        owner: usize,
    ) -> Result<(), TooLarge> {
        let full = self
            .aggregate
            .as_ref()
            .is_some_and(|(aggregate, _)| is_full(aggregate, document.len()));
        if full {
            self.close_aggregate(streams).await;
        }
        let (mut aggregate, mut owners) = self
            .aggregate
            .take()
            .unwrap_or_else(|| (Aggregate::new(document_key(document)), Vec::new()));
        if aggregate.bytes_with(document.len()) > self.limit() {
            // Perhaps too large for the wrapping only: then it travels as it is.
            let partition_key = document_key(document);
            if document.len() + partition_key.len() > self.limit() {
                return Err(TooLarge);
            }
            self.alone(streams, document, partition_key, owner).await;
            return Ok(());
        }
        aggregate.push(document);
        if owners.last() != Some(&owner) {
            owners.push(owner);
        }
        self.aggregate = Some((aggregate, owners));
        Ok(())
    }

    async fn alone(
        &mut self,
        streams: &mut impl Streams,
        data: &[u8],
        partition_key: String,
        owner: usize,
    ) {
        let record = Outgoing {
            data: data.to_vec(),
            partition_key,
            owners: vec![owner],
            records: 1,
        };
        self.queue.push(streams, record).await;
    }

    async fn close_aggregate(&mut self, streams: &mut impl Streams) {
        let Some((aggregate, owners)) = self.aggregate.take() else {
            return;
        };
        let records = aggregate.records();
        if records > 0 {
            let (partition_key, data) = aggregate.finish();
            self.queue
                .push(
                    streams,
                    Outgoing {
                        data,
                        partition_key,
                        owners,
                        records,
                    },
                )
                .await;
        }
    }

    fn limit(&self) -> usize {
        self.queue.target().limits().record_bytes
    }
}

fn is_full(aggregate: &Aggregate, more: usize) -> bool {
    aggregate.records() == kpl::MAX_RECORDS || aggregate.bytes_with(more) > AGGREGATE_BYTES
}

/// A document's own id spreads documents evenly over the shards.
fn document_key(document: &[u8]) -> String {
    key(&String::from_utf8_lossy(
        finished::document_id(document).unwrap_or_default(),
    ))
}

/// A partition key: some text, not longer than Kinesis takes.
fn key(text: &str) -> String {
    if text.is_empty() {
        "-".to_owned()
    } else {
        text.chars().take(KEY_CHARS).collect()
    }
}
