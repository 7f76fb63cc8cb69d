//! What a delivery stream is told when it is made, with the service's defaults.

use super::endpoint::Endpoint;
use crate::{aws::Aws, cloudwatch::routes::StreamAddress, function::Function};
use std::{fmt, sync::Arc, time::Duration};

/// A delivery stream.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it runs.
    pub aws: Aws,
    /// Its name.
    pub name: String,
    /// The Kinesis stream that it reads, from the oldest record on.
    pub source: StreamAddress,
    /// The function that it calls; without one, records are delivered as they are.
    pub processor: Option<Processor>,
    /// Where records go.
    pub destination: Destination,
}

impl Settings {
    /// The delivery stream's ARN: it is in its source's account and Region.
    #[must_use]
    pub fn arn(&self) -> String {
        let StreamAddress {
            region, account, ..
        } = &self.source;
        format!(
            "arn:aws:firehose:{region}:{account}:deliverystream/{}",
            self.name
        )
    }
}

/// The transformation by a function.
#[derive(Clone)]
pub struct Processor {
    /// What is called.
    pub function: Arc<dyn Function>,
    /// Its ARN, as error records name it.
    pub arn: String,
    /// `BufferSizeInMBs`: bytes of data (before base64) in one event.
    pub buffer_bytes: usize,
    /// `BufferIntervalInSeconds`: how long the first record of an event waits for others.
    pub buffer_interval: Duration,
    /// `NumberOfRetries` after an invocation that failed.
    pub retries: u32,
    /// How long an invocation may take: five minutes in the service.
    pub timeout: Duration,
}

impl Processor {
    /// Calls `function` with the service's defaults: events of 1 MB or 60 s, three retries.
    #[must_use]
    pub fn new(function: Arc<dyn Function>, arn: &str) -> Self {
        Self {
            function,
            arn: arn.to_owned(),
            buffer_bytes: 1024 * 1024,
            buffer_interval: Duration::from_mins(1),
            retries: 3,
            timeout: Duration::from_mins(5),
        }
    }
}

impl fmt::Debug for Processor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Processor")
            .field("arn", &self.arn)
            .finish_non_exhaustive()
    }
}

/// Where a delivery stream's records go.
#[derive(Debug, Clone)]
pub enum Destination {
    /// Objects in S3, uncompressed: the function has compressed what it wants compressed.
    S3(Bucket),
    /// Documents in OpenSearch; what it refuses goes to the bucket's error prefix.
    OpenSearch(Search, Bucket),
    /// Records to an HTTP endpoint; what it doesn't take goes to the bucket's error prefix.
    HttpEndpoint(Endpoint, Bucket),
}

/// A bucket and how objects are named and cut in it.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// The bucket's name.
    pub name: String,
    /// `Prefix`, with `!{timestamp:...}` expressions.
    pub prefix: String,
    /// `ErrorOutputPrefix`, with `!{firehose:error-output-type}`.
    pub error_prefix: String,
    /// `FileExtension`, such as `.gz`; empty for none.
    pub extension: String,
    /// `SizeInMBs`: bytes in one object.
    pub buffer_bytes: usize,
    /// `IntervalInSeconds`: how long an object's first record waits for others.
    pub buffer_interval: Duration,
    /// How long a refused object is tried again (24 hours in the service).
    pub retry_for: Duration,
}

impl Bucket {
    /// That bucket with the service's defaults: objects of 5 MB or 300 s.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            prefix: String::new(),
            error_prefix: "!{firehose:error-output-type}/".to_owned(),
            extension: String::new(),
            buffer_bytes: 5 * 1024 * 1024,
            buffer_interval: Duration::from_mins(5),
            retry_for: Duration::from_mins(1),
        }
    }
}

/// An OpenSearch cluster and the index that records are sent to.
#[derive(Debug, Clone)]
pub struct Search {
    /// The cluster's address, without a slash at its end.
    pub url: String,
    /// `IndexName`, with `NoRotation`.
    pub index: String,
    /// `SizeInMBs`: bytes of documents in one bulk request.
    pub buffer_bytes: usize,
    /// `IntervalInSeconds`: how long a bulk request's first document waits for others.
    pub buffer_interval: Duration,
    /// `RetryOptions.DurationInSeconds`: how long a busy cluster is asked again.
    pub retry_for: Duration,
    /// Bulk requests under way at once.
    pub at_once: usize,
}

impl Search {
    /// That cluster and index with the service's defaults: 5 MB or 300 s, tried again for 300 s.
    #[must_use]
    pub fn new(url: &str, index: &str) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            index: index.to_owned(),
            buffer_bytes: 5 * 1024 * 1024,
            buffer_interval: Duration::from_mins(5),
            retry_for: Duration::from_mins(5),
            at_once: 2,
        }
    }
}
