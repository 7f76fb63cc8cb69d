//! Amazon Data Firehose with a Kinesis stream as its source, by the rules of its developer guide.
//!
//! A record's way: [`source`] reads and de-aggregates it, [`batch`] and [`event`] put it into an
//! event for the function, [`invoke`] calls it and tries again, [`answer`] reads what it said,
//! [`s3`], [`search`] or [`endpoint`] deliver; what fails becomes an [`error_record`] in S3. Every record that was
//! read ends in exactly one outcome that [`counters`] counts.

pub mod answer;
pub mod batch;
pub mod bulk;
pub mod counters;
pub mod endpoint;
pub mod error_record;
pub mod event;
pub mod ids;
pub mod invoke;
pub mod objects;
pub mod prefix;
pub mod record;
pub mod requests;
pub mod s3;
pub mod search;
pub mod settings;
pub mod source;
pub mod stream;

pub use counters::{Counters, Snapshot};
pub use endpoint::Endpoint;
pub use settings::{Bucket, Destination, Processor, Search, Settings};
pub use stream::{Firehose, FirehoseError};
