//! Records of a Kinesis stream, and reading them shard by shard. Which shard a record goes to follows
//! from its partition key, evenly, though not by the ranges of hashes that AWS gives to shards.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::unknown;
use crate::cloud::answer::Answered;
use crate::cloud::call::Call;
use crate::cloud::refusal::Refusal;

/// Most records in one answer.
const PAGE: usize = 10_000;

/// The records of a stream, in the order of their arrival.
#[derive(Debug, Clone, Default)]
pub(super) struct Records(Vec<Record>);

#[derive(Debug, Clone)]
struct Record {
    /// Milliseconds since 1970.
    arrived: i64,
    key: String,
    data: Vec<u8>,
}

/// A place in a shard, as an iterator says it: `STREAM/SHARD/POSITION`.
pub(super) struct Place {
    /// The stream's name.
    pub stream: String,
    shard: usize,
    position: usize,
}

impl Place {
    /// The place that a `GetRecords` names.
    pub(super) fn read(call: &Call) -> Result<Self, Refusal> {
        let text = call.text("ShardIterator")?;
        let mut parts = text.rsplitn(3, '/');
        let (position, shard, stream) = (parts.next(), parts.next(), parts.next());
        let number = |part: Option<&str>| part.and_then(|part| part.parse::<usize>().ok());
        match (stream, number(shard), number(position)) {
            (Some(stream), Some(shard), Some(position)) => Ok(Self {
                stream: stream.to_owned(),
                shard,
                position,
            }),
            _ => Err(invalid("Invalid ShardIterator.")),
        }
    }

    fn text(&self) -> String {
        format!("{}/{}/{}", self.stream, self.shard, self.position)
    }
}

fn invalid(message: &str) -> Refusal {
    Refusal::new("InvalidArgumentException", message)
}

fn shard_id(number: usize) -> String {
    format!("shardId-{number:012}")
}

impl Records {
    /// Adds a record that arrives now.
    pub(super) fn put(&mut self, key: &str, data: Vec<u8>) {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        self.0.push(Record {
            arrived: i64::try_from(now.as_millis()).unwrap_or(i64::MAX),
            key: key.to_owned(),
            data,
        });
    }

    /// `ListShards` and `GetShardIterator` of the stream of that name with so many shards.
    pub(super) fn places(&self, call: &Call, stream: &str, shards: usize) -> Answered {
        if call.operation == "ListShards" {
            let all: Vec<_> = (0..shards)
                .map(|number| json!({"ShardId": shard_id(number)}))
                .collect();
            return Ok(json!({"Shards": all}));
        }
        let wanted = call.text("ShardId")?;
        let shard = (0..shards).find(|number| shard_id(*number) == wanted);
        let shard = shard.ok_or_else(|| Refusal::missing("Shard not found."))?;
        let position = match call.text("ShardIteratorType")? {
            "TRIM_HORIZON" => 0,
            "LATEST" => self.0.len(),
            "AT_TIMESTAMP" => {
                let from = call.parameters["Timestamp"].as_f64();
                let from = from.ok_or_else(|| invalid("AT_TIMESTAMP wants a Timestamp."))?;
                #[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
                let before = |record: &Record| (record.arrived as f64) < from * 1000.0;
                self.0.partition_point(before)
            }
            _ => return Err(unknown(call)),
        };
        let stream = stream.to_owned();
        Ok(json!({"ShardIterator": Place { stream, shard, position }.text()}))
    }

    /// `GetRecords` at a place.
    pub(super) fn read(&self, place: Place, shards: usize) -> Value {
        let Place {
            stream,
            shard,
            position,
        } = place;
        let rest = self.0.iter().enumerate().skip(position);
        let here = rest
            .filter(|(_, record)| shard_of(&record.key, shards) == shard)
            .take(PAGE + 1);
        let mut found: Vec<_> = here.collect();
        let next = if found.len() > PAGE {
            found.pop().map_or(0, |(at, _)| at)
        } else {
            self.0.len()
        };
        let behind = i64::from(next < self.0.len());
        let found: Vec<_> = found
            .into_iter()
            .map(|(at, record)| shown(at, record))
            .collect();
        let next = Place {
            stream,
            shard,
            position: next,
        };
        json!({"Records": found, "NextShardIterator": next.text(), "MillisBehindLatest": behind})
    }
}

fn shard_of(key: &str, shards: usize) -> usize {
    usize::from(Md5::digest(key)[0]) % shards.max(1)
}

fn shown(at: usize, record: &Record) -> Value {
    #[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
    let arrived = record.arrived as f64 / 1000.0;
    json!({
        "SequenceNumber": at.to_string(),
        "ApproximateArrivalTimestamp": arrived,
        "Data": STANDARD.encode(&record.data),
        "PartitionKey": record.key,
    })
}
