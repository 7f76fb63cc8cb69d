//! Collects bytes into objects of a bucket, by size and by time, and writes them.

use super::counters::{Counters, Outcome};
use super::prefix::{Name, object_key};
use super::record::PartitionKeys;
use super::settings::Bucket;
use aws_sdk_s3::{Client, primitives::ByteStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Pause between two tries of a refused object.
const PAUSE: Duration = Duration::from_millis(500);

/// Where and under which names objects are written.
#[derive(Debug, Clone)]
pub struct Objects {
    client: Client,
    bucket: Bucket,
    stream: String,
    error_type: Option<&'static str>,
    keys: PartitionKeys,
    counters: Arc<Counters>,
    open: Option<Open>,
}

#[derive(Debug, Clone)]
struct Open {
    bytes: Vec<u8>,
    outcomes: Vec<Outcome>,
    first_arrival: i64,
    since: Instant,
}

impl Objects {
    /// Objects of delivered data of the delivery stream `stream`.
    #[must_use]
    pub const fn new(
        client: Client,
        bucket: Bucket,
        stream: String,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            client,
            bucket,
            stream,
            error_type: None,
            keys: PartitionKeys::new(),
            counters,
            open: None,
        }
    }

    /// The same bucket's objects of error records of that type.
    #[must_use]
    pub fn errors(&self, error_type: &'static str) -> Self {
        Self {
            error_type: Some(error_type),
            open: None,
            ..self.clone()
        }
    }

    /// Those of the keys by which the prefix tells partitions apart.
    #[must_use]
    pub fn partition_of(&self, mut keys: PartitionKeys) -> PartitionKeys {
        keys.retain(|key, _| self.bucket.prefix.contains(&format!(":{key}}}")));
        keys
    }

    /// The same bucket's objects of one partition.
    #[must_use]
    pub fn partition(&self, keys: &PartitionKeys) -> Self {
        Self {
            keys: keys.clone(),
            open: None,
            ..self.clone()
        }
    }

    /// Adds one record that arrived at `arrival` and will have had `outcome` once the object is
    /// written; writes the object when it is full.
    pub async fn add(&mut self, bytes: &[u8], arrival: i64, outcome: Outcome) {
        let open = self.open.get_or_insert_with(|| Open {
            bytes: Vec::new(),
            outcomes: Vec::new(),
            first_arrival: arrival,
            since: Instant::now(),
        });
        open.bytes.extend_from_slice(bytes);
        open.outcomes.push(outcome);
        if open.bytes.len() >= self.bucket.buffer_bytes {
            self.write().await;
        }
    }

    /// Writes the object when it has waited long enough.
    pub async fn write_if_due(&mut self) {
        let interval = self.bucket.buffer_interval;
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.since.elapsed() >= interval)
        {
            self.write().await;
        }
    }

    /// Writes what was collected, and settles its records.
    pub async fn write(&mut self) {
        let Some(open) = self.open.take() else { return };
        if self.put(open.bytes, open.first_arrival).await {
            self.counters.settle(open.outcomes);
        } else {
            self.counters
                .settle(open.outcomes.iter().map(|_| Outcome::Undelivered));
        }
    }

    async fn put(&self, bytes: Vec<u8>, arrival: i64) -> bool {
        let (prefix, extension) = match self.error_type {
            Some(_) => (&self.bucket.error_prefix, ""),
            None => (&self.bucket.prefix, self.bucket.extension.as_str()),
        };
        let name = Name {
            stream: &self.stream,
            arrival,
            error_type: self.error_type,
            keys: &self.keys,
        };
        let key = match object_key(prefix, &name, extension) {
            Ok(key) => key,
            Err(error) => {
                self.counters.problem(error.to_string());
                return false;
            }
        };
        let give_up = Instant::now() + self.bucket.retry_for;
        loop {
            let body = ByteStream::from(bytes.clone());
            let put = self.client.put_object().bucket(&self.bucket.name).key(&key);
            let Err(error) = put.body(body).send().await else {
                return true;
            };
            let error = aws_sdk_s3::Error::from(error);
            self.counters.problem(format!(
                "the bucket {} refused {key}: {error}",
                self.bucket.name
            ));
            if Instant::now() >= give_up {
                return false;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
