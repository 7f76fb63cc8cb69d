//! Collects records into the batches that the function gets, by size and by time.

use super::record::SourceRecord;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, timeout_at};

/// Cuts what a shard's reader sends into batches.
#[derive(Debug)]
pub struct Batches {
    from: Receiver<SourceRecord>,
    bytes: usize,
    interval: Duration,
    next: Option<SourceRecord>,
}

impl Batches {
    /// Batches of at most `bytes` of data (or of one record that is larger), none of which waits
    /// longer than `interval`.
    #[must_use]
    pub const fn new(from: Receiver<SourceRecord>, bytes: usize, interval: Duration) -> Self {
        Self {
            from,
            bytes,
            interval,
            next: None,
        }
    }

    /// The next batch, or nothing when the reader has ended and all is handed out.
    pub async fn next(&mut self) -> Option<Vec<SourceRecord>> {
        let first = match self.next.take() {
            Some(record) => record,
            None => self.from.recv().await?,
        };
        let deadline = Instant::now() + self.interval;
        let mut size = first.data.len();
        let mut batch = vec![first];
        while let Ok(Some(record)) = timeout_at(deadline, self.from.recv()).await {
            size += record.data.len();
            if size > self.bytes {
                self.next = Some(record);
                break;
            }
            batch.push(record);
        }
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    fn record(bytes: usize) -> SourceRecord {
        SourceRecord {
            data: vec![0; bytes],
            arrival: 0,
            partition_key: String::new(),
            sequence_number: String::new(),
            subsequence_number: 0,
            shard: String::new(),
        }
    }

    #[tokio::test]
    async fn a_batch_ends_before_the_record_that_would_burst_it() {
        let (to, from) = mpsc::channel(10);
        for bytes in [40, 60, 1, 200, 5] {
            to.send(record(bytes)).await.unwrap();
        }
        drop(to);
        let mut batches = Batches::new(from, 100, Duration::from_mins(1));
        let mut lengths = Vec::new();
        while let Some(batch) = batches.next().await {
            lengths.push(batch.len());
        }
        assert_eq!(lengths, [2, 1, 1, 1]);
    }

    #[tokio::test]
    async fn a_batch_is_handed_out_after_the_interval() {
        let (to, from) = mpsc::channel(10);
        to.send(record(1)).await.unwrap();
        let mut batches = Batches::new(from, 100, Duration::from_millis(20));
        assert_eq!(batches.next().await.unwrap().len(), 1);
        drop(to);
        assert!(batches.next().await.is_none());
    }
}
