//! Reads a shard of the source stream from its oldest record on, and de-aggregates.

use super::counters::Counters;
use super::record::SourceRecord;
use crate::kpl;
use aws_sdk_kinesis::{Client, Error, types::Record, types::ShardIteratorType};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// How long a shard rests after it was read: five reads a second is what a shard allows.
const REST: Duration = Duration::from_millis(200);
/// How long a shard rests after a request that failed.
const REST_AFTER_ERROR: Duration = Duration::from_millis(500);
/// Bytes that one request should bring.
const WANTED: usize = 8 * 1024 * 1024;
/// Above that number of records in one, Firehose doesn't de-aggregate.
const MAX_AGGREGATED: usize = 500;

/// The reader of one shard.
#[derive(Debug)]
pub struct Reader {
    /// For the account of the stream.
    pub client: Client,
    /// The stream's name.
    pub stream: String,
    /// The shard's id.
    pub shard: String,
    /// Its position among the stream's shards.
    pub index: usize,
    /// Where reads are counted.
    pub counters: Arc<Counters>,
    /// Where records go.
    pub to: mpsc::Sender<SourceRecord>,
    /// Turns true when reading has to end.
    pub stop: watch::Receiver<bool>,
}

/// The ids of the shards of `stream`.
///
/// # Errors
/// When Kinesis refuses to list them: the stream doesn't exist, for example.
pub async fn shards(client: &Client, stream: &str) -> Result<Vec<String>, Error> {
    let mut ids = Vec::new();
    let mut page = client.list_shards().stream_name(stream).send().await?;
    loop {
        ids.extend(
            page.shards()
                .iter()
                .map(|shard| shard.shard_id().to_owned()),
        );
        let Some(token) = page.next_token() else {
            return Ok(ids);
        };
        page = client.list_shards().next_token(token).send().await?;
    }
}

/// Where a reader stands in its shard.
#[derive(Default)]
struct Position {
    iterator: Option<String>,
    last: Option<String>,
    limit: i32,
}

impl Reader {
    /// Reads until told to stop.
    pub async fn run(mut self) {
        let mut position = Position {
            limit: 10,
            ..Position::default()
        };
        while !*self.stop.borrow() {
            let rest = match self.poll(&mut position).await {
                Ok(true) => Duration::ZERO,
                Ok(false) => REST,
                Err(error) => {
                    position.iterator = None;
                    self.counters.problem(format!(
                        "could not read {} of {}: {error}",
                        self.shard, self.stream
                    ));
                    REST_AFTER_ERROR
                }
            };
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                _ = self.stop.changed() => {}
            }
        }
    }

    /// Reads once; true where there may be more.
    async fn poll(&self, position: &mut Position) -> Result<bool, Error> {
        let iterator = match position.iterator.take() {
            Some(iterator) => iterator,
            None => self.iterator(position.last.as_deref()).await?,
        };
        let asked = Instant::now();
        let output = self
            .client
            .get_records()
            .shard_iterator(iterator)
            .limit(position.limit)
            .send()
            .await?;
        position.iterator = output.next_shard_iterator;
        if let Some(last) = output.records.last() {
            position.last = Some(last.sequence_number().to_owned());
        }
        let bytes: usize = output.records.iter().map(|r| r.data().as_ref().len()).sum();
        position.limit = next_limit(output.records.len(), bytes).unwrap_or(position.limit);
        let records: Vec<SourceRecord> = output
            .records
            .iter()
            .flat_map(|r| self.user_records(r))
            .collect();
        self.counters.read(self.index, records.len(), asked);
        let found = !records.is_empty();
        for record in records {
            if self.to.send(record).await.is_err() {
                return Ok(false);
            }
        }
        Ok(found)
    }

    async fn iterator(&self, after: Option<&str>) -> Result<String, Error> {
        let request = self
            .client
            .get_shard_iterator()
            .stream_name(&self.stream)
            .shard_id(&self.shard);
        let request = match after {
            Some(last) => request
                .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                .starting_sequence_number(last),
            None => request.shard_iterator_type(ShardIteratorType::TrimHorizon),
        };
        Ok(request.send().await?.shard_iterator.unwrap_or_default())
    }

    fn user_records(&self, record: &Record) -> Vec<SourceRecord> {
        let arrival = record
            .approximate_arrival_timestamp()
            .and_then(|time| time.to_millis().ok())
            .unwrap_or_default();
        let make = |(n, (partition_key, data)): (usize, (String, Vec<u8>))| SourceRecord {
            data,
            arrival,
            partition_key,
            sequence_number: record.sequence_number().to_owned(),
            subsequence_number: n,
            shard: self.shard.clone(),
        };
        let data = record.data().as_ref();
        match kpl::user_records(data) {
            Some(inner) if inner.len() <= MAX_AGGREGATED => inner
                .into_iter()
                .map(|user| (user.partition_key, user.data))
                .enumerate()
                .map(make)
                .collect(),
            _ => vec![make((
                0,
                (
                    record.partition_key().unwrap_or_default().to_owned(),
                    data.to_vec(),
                ),
            ))],
        }
    }
}

/// How many records of the size just seen a request should ask for.
fn next_limit(records: usize, bytes: usize) -> Option<i32> {
    let average = bytes.checked_div(records)?.max(1);
    i32::try_from((WANTED / average).clamp(1, 1000)).ok()
}
