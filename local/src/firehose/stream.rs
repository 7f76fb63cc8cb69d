//! A delivery stream that runs: for each shard a reader and its batches, one destination for all.

use super::batch::Batches;
use super::counters::{Counters, Outcome, Snapshot};
use super::error_record::ErrorRecord;
use super::event::Origin;
use super::invoke::process;
use super::objects::Objects;
use super::record::{Item, PartitionKeys, Processed, SourceRecord};
use super::settings::{Bucket, Destination, Processor, Settings};
use super::source::{Reader, shards};
use super::{endpoint, s3, search};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;

/// Invocations under way at once for each shard ("Amazon Data Firehose quota").
const INVOCATIONS: usize = 5;
/// Records that wait between two steps.
const WAITING: usize = 2000;

/// A delivery stream could not be made.
#[derive(Debug, thiserror::Error)]
#[error("could not read the stream {stream} of the delivery stream {name}: {source}")]
pub struct FirehoseError {
    name: String,
    stream: String,
    source: Box<aws_sdk_kinesis::Error>,
}

/// A delivery stream that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Firehose {
    name: String,
    counters: Arc<Counters>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Firehose {
    /// Makes and starts a delivery stream.
    ///
    /// # Errors
    /// When its source can't be read.
    pub async fn start(settings: Settings) -> Result<Self, FirehoseError> {
        let source = &settings.source;
        let config = settings.aws.account_in(&source.account, &source.region);
        let client = aws_sdk_kinesis::Client::new(&config);
        let shards = shards(&client, &source.name)
            .await
            .map_err(|error| FirehoseError {
                name: settings.name.clone(),
                stream: source.name.clone(),
                source: Box::new(error),
            })?;
        let counters = Arc::new(Counters::new(shards.len()));
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let (to, from) = mpsc::channel(WAITING);
        for (index, shard) in shards.into_iter().enumerate() {
            let (to_batches, records) = mpsc::channel(WAITING);
            tasks.spawn(
                Reader {
                    client: client.clone(),
                    stream: source.name.clone(),
                    shard,
                    index,
                    counters: Arc::clone(&counters),
                    to: to_batches,
                    stop: stopped.clone(),
                }
                .run(),
            );
            let processing = Step::new(&settings, to.clone(), &counters);
            tasks.spawn(processing.run(records));
        }
        spawn_destination(&mut tasks, &settings, from, &counters);
        Ok(Self {
            name: settings.name,
            counters,
            stop,
            tasks,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it has done so far.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.counters.snapshot()
    }

    /// Whether all that its source held at `since`, and all that was put back meanwhile, is through.
    #[must_use]
    pub fn is_through(&self, since: Instant) -> bool {
        self.counters.is_through(since)
    }

    /// Stops reading, lets everything that was read come to its outcome, and says what was done.
    pub async fn stop(mut self) -> Snapshot {
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
        self.counters.snapshot()
    }
}

fn spawn_destination(
    tasks: &mut JoinSet<()>,
    settings: &Settings,
    from: mpsc::Receiver<Item>,
    counters: &Arc<Counters>,
) {
    let objects = |bucket: &Bucket| {
        let client = settings.aws.s3(&settings.source.account);
        Objects::new(
            client,
            bucket.clone(),
            settings.name.clone(),
            Arc::clone(counters),
        )
    };
    match &settings.destination {
        Destination::S3(bucket) => tasks.spawn(s3::deliver(from, objects(bucket))),
        Destination::OpenSearch(to, bucket) => tasks.spawn(search::deliver(
            from,
            to.clone(),
            objects(bucket),
            Arc::clone(counters),
        )),
        Destination::HttpEndpoint(to, bucket) => tasks.spawn(endpoint::deliver(
            from,
            to.clone(),
            settings.arn(),
            objects(bucket),
            Arc::clone(counters),
        )),
    };
}

/// What happens between a shard's reader and the destination.
struct Step {
    processor: Option<Arc<Processor>>,
    origin: Arc<Origin>,
    to: mpsc::Sender<Item>,
    counters: Arc<Counters>,
}

impl Step {
    fn new(settings: &Settings, to: mpsc::Sender<Item>, counters: &Arc<Counters>) -> Self {
        Self {
            processor: settings.processor.clone().map(Arc::new),
            origin: Arc::new(Origin {
                source: settings.source.arn(),
                delivery_stream: settings.arn(),
                region: settings.source.region.clone(),
            }),
            to,
            counters: Arc::clone(counters),
        }
    }

    async fn run(self, mut records: mpsc::Receiver<SourceRecord>) {
        let Some(processor) = self.processor else {
            while let Some(record) = records.recv().await {
                let item = Item::Deliver {
                    id: record.id(),
                    data_id: record.data_id(),
                    arrival: record.arrival,
                    data: record.data,
                    keys: PartitionKeys::new(),
                };
                let _ = self.to.send(item).await;
            }
            return;
        };
        let mut batches = Batches::new(records, processor.buffer_bytes, processor.buffer_interval);
        let permits = Arc::new(Semaphore::new(INVOCATIONS));
        let mut under_way = JoinSet::new();
        while let Some(batch) = batches.next().await {
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                break;
            };
            let (processor, origin) = (Arc::clone(&processor), Arc::clone(&self.origin));
            let (to, counters) = (self.to.clone(), Arc::clone(&self.counters));
            under_way.spawn(async move {
                let outcomes = process(&processor, &origin, &batch, &counters).await;
                drop(permit);
                hand_on(batch, outcomes, &processor.arn, &to, &counters).await;
            });
            while under_way.try_join_next().is_some() {}
        }
        while under_way.join_next().await.is_some() {}
    }
}

async fn hand_on(
    batch: Vec<SourceRecord>,
    outcomes: Vec<Processed>,
    lambda: &str,
    to: &mpsc::Sender<Item>,
    counters: &Counters,
) {
    let mut dropped = 0;
    for (record, processed) in batch.into_iter().zip(outcomes) {
        let arrival = record.arrival;
        let item = match processed {
            Processed::Ok(data, keys) => Item::Deliver {
                data,
                arrival,
                id: record.id(),
                data_id: record.data_id(),
                keys,
            },
            Processed::Failed(failure) => Item::Fail {
                line: ErrorRecord::processing(&record, &failure, lambda).line(),
                arrival,
                code: failure.code,
            },
            Processed::Dropped => {
                dropped += 1;
                continue;
            }
        };
        let _ = to.send(item).await;
    }
    counters.settle(std::iter::repeat_n(Outcome::Dropped, dropped));
}
