//! Sends log events as the service does, one payload a Kinesis record.

use super::batch::{BatchLimits, batches};
use super::envelope;
use super::policy::Sender;
use super::routes::{self, NotSent, Route, RouteError, StreamAddress};
use super::{LogEvent, LogStream};
use crate::aws::Aws;
use aws_sdk_kinesis::{Client, primitives::Blob};
use md5::{Digest, Md5};
use std::fmt::Write;

/// The largest data of one Kinesis record that Firehose takes, in bytes.
const MAX_RECORD: usize = 1_024_000;

/// What became of the events of one log stream.
#[derive(Debug, Default)]
pub struct Sent {
    /// Kinesis records put.
    pub records: usize,
    /// Events in them.
    pub events: usize,
    /// For each filter that leads nowhere, why (or why there is none).
    pub not_sent: Vec<NotSent>,
}

/// Why events that should be delivered could not.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The filters or destinations could not be read.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// A destination could not be read.
    #[error("could not look up the destination {arn}: {source}")]
    Destination {
        /// The destination's ARN.
        arn: String,
        /// What the service said.
        source: Box<aws_sdk_cloudwatchlogs::Error>,
    },
    /// Kinesis refused a record.
    #[error("could not put a payload on the stream {stream}: {source}")]
    Put {
        /// The stream's name.
        stream: String,
        /// What the service said.
        source: Box<aws_sdk_kinesis::Error>,
    },
    /// A payload could not be made.
    #[error("could not compress a payload: {0}")]
    Compress(#[from] std::io::Error),
}

/// CloudWatch Logs of one organization.
#[derive(Debug, Clone)]
pub struct CloudWatchLogs {
    aws: Aws,
    organization: String,
    limits: BatchLimits,
}

impl CloudWatchLogs {
    /// For the accounts of the organization with that id (`o-...`).
    #[must_use]
    pub fn new(aws: Aws, organization: &str) -> Self {
        Self {
            aws,
            organization: organization.to_owned(),
            limits: BatchLimits::default(),
        }
    }

    /// The same with smaller batches.
    #[must_use]
    pub const fn with_limits(mut self, limits: BatchLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sends `events`, in order, wherever the log group's filters lead.
    ///
    /// # Errors
    /// When a service can't be asked or refuses a record; filters that lead nowhere are no error,
    /// see [`Sent::not_sent`].
    pub async fn send(&self, from: &LogStream, events: &[LogEvent]) -> Result<Sent, DeliveryError> {
        let sender = Sender {
            account: &from.account,
            organization: &self.organization,
            path: None,
        };
        let mut sent = Sent::default();
        for route in routes::routes(&self.aws, sender, &from.group).await? {
            match route {
                Ok(route) => self.send_by(&route, from, events, &mut sent).await?,
                Err(reason) => sent.not_sent.push(reason),
            }
        }
        Ok(sent)
    }

    async fn send_by(
        &self,
        route: &Route,
        from: &LogStream,
        events: &[LogEvent],
        sent: &mut Sent,
    ) -> Result<(), DeliveryError> {
        let picked: Vec<&LogEvent> = events
            .iter()
            .filter(|e| route.pattern.picks(&e.message))
            .collect();
        let stream = self.stream(&route.target);
        let key = partition_key(from);
        for batch in batches(&picked, self.limits) {
            for payload in payloads(from, &route.filter, &batch)? {
                stream.put(payload, &key).await?;
                sent.records += 1;
            }
            sent.events += batch.len();
        }
        Ok(())
    }

    /// Sends the message by which the service checks a destination's stream each time the destination
    /// is put, at `timestamp` (milliseconds since 1970). Answers whether the destination exists and
    /// leads to a stream.
    ///
    /// # Errors
    /// As [`CloudWatchLogs::send`].
    pub async fn check(&self, destination: &str, timestamp: i64) -> Result<bool, DeliveryError> {
        let found = routes::destination(&self.aws, destination)
            .await
            .map_err(|source| DeliveryError::Destination {
                arn: destination.to_owned(),
                source: Box::new(source),
            })?;
        let Some(target) = found.and_then(|d| StreamAddress::parse(d.target_arn()?)) else {
            return Ok(false);
        };
        let key = md5_hex(&format!("{destination}:{timestamp}"));
        self.stream(&target)
            .put(envelope::control_message(timestamp)?, &key)
            .await?;
        Ok(true)
    }

    fn stream(&self, address: &StreamAddress) -> Stream {
        Stream {
            client: Client::new(&self.aws.account_in(&address.account, &address.region)),
            name: address.name.clone(),
        }
    }
}

struct Stream {
    client: Client,
    name: String,
}

impl Stream {
    async fn put(&self, payload: Vec<u8>, key: &str) -> Result<(), DeliveryError> {
        self.client
            .put_record()
            .stream_name(&self.name)
            .partition_key(key)
            .data(Blob::new(payload))
            .send()
            .await
            .map_err(|error| DeliveryError::Put {
                stream: self.name.clone(),
                source: Box::new(error.into()),
            })?;
        Ok(())
    }
}

/// The payloads of a batch: one, or halves of it where it doesn't compress into one record.
fn payloads(from: &LogStream, filter: &str, batch: &[&LogEvent]) -> std::io::Result<Vec<Vec<u8>>> {
    let payload = envelope::data_message(from, filter, batch)?;
    if payload.len() <= MAX_RECORD || batch.len() == 1 {
        return Ok(vec![payload]);
    }
    let (first, second) = batch.split_at(batch.len() / 2);
    let mut all = payloads(from, filter, first)?;
    all.extend(payloads(from, filter, second)?);
    Ok(all)
}

/// The partition key of a log stream's records: all of them go to one shard.
fn partition_key(from: &LogStream) -> String {
    md5_hex(&format!("{}:{}:{}", from.account, from.group, from.stream))
}

fn md5_hex(text: &str) -> String {
    Md5::digest(text)
        .iter()
        .fold(String::with_capacity(32), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
