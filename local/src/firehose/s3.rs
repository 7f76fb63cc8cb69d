//! The destination S3: records one after the other in objects, failed ones in objects of their own,
//! and with dynamic partitioning those of each partition in their own.

use super::counters::Outcome;
use super::error_record::PROCESSING_FAILED;
use super::objects::Objects;
use super::record::{Item, PartitionKeys};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::time::interval;

/// How often the age of open objects is looked at.
const TICK: Duration = Duration::from_millis(100);

/// Delivers until all senders have gone; then writes what is left.
pub async fn deliver(mut from: Receiver<Item>, objects: Objects) {
    let mut failed = objects.errors(PROCESSING_FAILED);
    let mut partitions: BTreeMap<PartitionKeys, Objects> = BTreeMap::new();
    let mut tick = interval(TICK);
    loop {
        tokio::select! {
            item = from.recv() => match item {
                Some(Item::Deliver { data, arrival, keys, .. }) => {
                    let keys = objects.partition_of(keys);
                    let partition = partitions.entry(keys).or_insert_with_key(|keys| objects.partition(keys));
                    partition.add(&data, arrival, Outcome::Delivered).await;
                }
                Some(Item::Fail { line, arrival, code }) => failed.add(&line, arrival, Outcome::Failed(code)).await,
                None => break,
            },
            _ = tick.tick() => {
                for partition in partitions.values_mut() {
                    partition.write_if_due().await;
                }
                failed.write_if_due().await;
            }
        }
    }
    for partition in partitions.values_mut() {
        partition.write().await;
    }
    failed.write().await;
}
