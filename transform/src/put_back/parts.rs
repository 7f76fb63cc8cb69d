//! The events that are left of a payload, as gzipped payloads of their own.

use std::ops::Range;

use super::fitting;
use crate::answer;
use crate::envelope::{Envelope, LogEvent};
use crate::gzip_member::GzipMember;
use crate::streams::{MOST_PAYLOAD_BYTES, TooLarge};

/// A part's own answer shall take at most this much: a quarter of what is allowed.
const PART_ANSWER_BYTES: usize = answer::MAX_BYTES / 4;
/// Bounds of a part's text, whatever the estimate says.
const PART_TEXT_BYTES: (usize, usize) = (64 << 10, 4 << 20);

/// Events of one envelope that are left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// The envelope's position in the payload.
    pub envelope: usize,
    /// The events' positions in the envelope.
    pub events: Range<usize>,
}

/// How many bytes of events a part may have, if `events` bytes of them have made `data` bytes of
/// an answer.
#[must_use]
pub fn text_bytes(events: usize, data: usize) -> usize {
    let base64 = data.div_ceil(3) * 4;
    let estimate = PART_ANSWER_BYTES
        .saturating_mul(events)
        .checked_div(base64)
        .unwrap_or(0);
    estimate.clamp(PART_TEXT_BYTES.0, PART_TEXT_BYTES.1)
}

/// The events of `left` as gzipped payloads in their own envelopes, each around at most
/// `text_bytes` bytes of events.
///
/// # Errors
/// [`TooLarge`] where one event alone makes a payload larger than streams take.
pub fn parts(
    envelopes: &[Envelope<'_>],
    left: &[Leftover],
    text_bytes: usize,
    gzip: &mut GzipMember,
) -> Result<Vec<Vec<u8>>, TooLarge> {
    let mut parts = Vec::new();
    for leftover in left {
        let envelope = &envelopes[leftover.envelope];
        let mut rest = &envelope.events[leftover.events.clone()];
        while !rest.is_empty() {
            let (part, after) = rest.split_at(fitting(
                rest.iter().map(|event| event.raw.len()),
                text_bytes,
            ));
            small_enough(envelope, part, gzip, &mut parts)?;
            rest = after;
        }
    }
    Ok(parts)
}

/// Appends `events` as one payload, or as halves where that is too large for a stream.
fn small_enough(
    envelope: &Envelope<'_>,
    events: &[LogEvent<'_>],
    gzip: &mut GzipMember,
    parts: &mut Vec<Vec<u8>>,
) -> Result<(), TooLarge> {
    let payload = gzipped(gzip, envelope, events);
    if payload.len() <= MOST_PAYLOAD_BYTES {
        parts.push(payload.to_vec());
        return Ok(());
    }
    if events.len() < 2 {
        return Err(TooLarge);
    }
    let (first, second) = events.split_at(events.len() / 2);
    small_enough(envelope, first, gzip, parts)?;
    small_enough(envelope, second, gzip, parts)
}

fn gzipped<'g>(
    gzip: &'g mut GzipMember,
    envelope: &Envelope<'_>,
    events: &[LogEvent<'_>],
) -> &'g [u8] {
    gzip.begin();
    gzip.write(envelope.head);
    for (index, event) in events.iter().enumerate() {
        if index > 0 {
            gzip.write(b",");
        }
        gzip.write(event.raw);
    }
    gzip.write(envelope.tail);
    gzip.finish()
}
