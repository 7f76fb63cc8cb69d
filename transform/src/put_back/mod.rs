//! What doesn't fit into an answer goes back to where it came from, and comes again.
//!
//! The rest of a payload returns as payloads: the same envelope around fewer events, each small
//! enough that its own answer fits with ease. Every pass answers at least one event of a record,
//! so that nothing goes round for ever.

mod finished_parts;
mod parts;

pub use finished_parts::finished_parts;
pub use parts::{Leftover, parts, text_bytes};

use crate::event::{FirehoseEvent, Record};
use crate::streams::Target;

/// How many of the things of these sizes make one part of at most `most` bytes, a byte between them: at
/// least one.
fn fitting(sizes: impl Iterator<Item = usize>, most: usize) -> usize {
    let mut bytes = 0;
    let fits = |size: &usize| {
        bytes += size + 1;
        bytes <= most
    };
    sizes.take_while(fits).count().max(1)
}

/// The source of an event's records: the Kinesis stream that Firehose reads, or else the delivery
/// stream itself. `None` where the event names neither.
#[must_use]
pub fn source(event: &FirehoseEvent<'_>) -> Option<Target> {
    let arn = event
        .source_stream_arn
        .as_str()
        .or(event.delivery_stream_arn.as_str())?;
    Target::from_arn(arn).ok()
}

/// The key under which parts of a record are put back: its own.
#[must_use]
pub fn partition_key<'r>(record: &'r Record<'_>) -> &'r str {
    let key = record.kinesis.0.partition_key.as_str();
    key.or(record.id.as_str()).unwrap_or_default()
}
