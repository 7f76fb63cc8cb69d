//! Records on their way to a stream: put back to the source, or sent to the search side.
//!
//! [`Sender`] gathers them into requests and repeats what a stream refuses; [`Streams`] is the
//! narrow place behind which AWS stands.

mod aws;
mod failure;
mod firehose;
mod kinesis;
pub mod kpl;
mod queue;
mod retry;
mod sender;
mod target;

pub use aws::AwsStreams;
pub(crate) use aws::{credentials, endpoint};
pub use queue::Sent;
pub use retry::Deadline;
pub use sender::{MOST_PAYLOAD_BYTES, Sender, TooLarge};
pub use target::{Limits, Service, Target, TargetError};

/// One record of a request.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The record's bytes.
    pub data: Vec<u8>,
    /// Where in a Kinesis stream it goes; Firehose takes none.
    pub partition_key: String,
    /// The positions, in the invocation, of the records that it stems from.
    pub owners: Vec<usize>,
    /// How many records the reader gets out of it.
    pub records: usize,
}

/// A record of a request that the stream did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its position in the request.
    pub index: usize,
    /// The stream's error code.
    pub code: String,
}

/// A request that failed as a whole: whether anything was stored is unknown.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct RequestError {
    /// The same request may succeed later.
    pub retryable: bool,
    /// What the service, or the way to it, said.
    pub message: String,
}

impl RequestError {
    fn no_time() -> Self {
        Self {
            retryable: false,
            message: "no time was left to wait for an answer".to_owned(),
        }
    }
}

/// What can put records to streams.
pub trait Streams {
    /// Puts `records` (within the limits of one request) to `target`; returns those that were refused.
    ///
    /// # Errors
    /// [`RequestError`] where the request failed as a whole.
    fn put(
        &mut self,
        target: &Target,
        records: &[Outgoing],
    ) -> impl Future<Output = Result<Vec<Refused>, RequestError>>;
}

/// No streams at all: for reading events without AWS. What would have to be put fails.
#[derive(Debug, Default, Clone, Copy)]
pub struct NoStreams;

impl Streams for NoStreams {
    async fn put(&mut self, target: &Target, _: &[Outgoing]) -> Result<Vec<Refused>, RequestError> {
        Err(RequestError {
            retryable: false,
            message: format!("{target} is not called from here"),
        })
    }
}
