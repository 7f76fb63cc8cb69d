//! The events that are left of a payload, as gzipped payloads of their own.

use std::ops::Range;

use crate::answer;
use crate::envelope::{Envelope, LogEvent};
use crate::gzip_member::GzipMember;
use crate::streams::{Sender, Streams, TooLarge};

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

/// Where parts go, and how large they may be.
#[derive(Debug)]
pub struct Parts<'p> {
    /// The sender to the source.
    pub sender: &'p mut Sender,
    /// The key under which the record stood in its stream.
    pub partition_key: &'p str,
    /// The record's position in the invocation.
    pub owner: usize,
    /// Bytes of a part's events, before gzip.
    pub text_bytes: usize,
    /// A compressor.
    pub gzip: &'p mut GzipMember,
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

impl Parts<'_> {
    /// Queues all events of `left`; returns how many there are.
    ///
    /// # Errors
    /// [`TooLarge`] where one event alone makes a payload larger than the source takes.
    pub async fn put_back(
        &mut self,
        streams: &mut impl Streams,
        envelopes: &[Envelope<'_>],
        left: &[Leftover],
    ) -> Result<u64, TooLarge> {
        let mut events = 0;
        for leftover in left {
            let envelope = &envelopes[leftover.envelope];
            let mut rest = &envelope.events[leftover.events.clone()];
            events += rest.len() as u64;
            while !rest.is_empty() {
                let (part, after) = rest.split_at(self.fitting(rest));
                self.part(streams, envelope, part).await?;
                rest = after;
            }
        }
        Ok(events)
    }

    /// How many of `events` make one part: at least one.
    fn fitting(&self, events: &[LogEvent<'_>]) -> usize {
        let mut bytes = 0;
        let over = events.iter().position(|event| {
            bytes += event.raw.len() + 1;
            bytes > self.text_bytes
        });
        over.unwrap_or(events.len()).max(1)
    }

    /// Queues `events` as one payload, or as halves where that is too large for the stream.
    async fn part(
        &mut self,
        streams: &mut impl Streams,
        envelope: &Envelope<'_>,
        events: &[LogEvent<'_>],
    ) -> Result<(), TooLarge> {
        let mut open = vec![events];
        while let Some(events) = open.pop() {
            let payload = gzipped(self.gzip, envelope, events);
            let queued = self
                .sender
                .payload(streams, payload, self.partition_key, self.owner)
                .await;
            match (queued, events.split_at(events.len() / 2)) {
                (Ok(()), _) => {}
                (Err(TooLarge), ([], _)) => return Err(TooLarge),
                (Err(TooLarge), (first, second)) => open.extend([second, first]),
            }
        }
        Ok(())
    }
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
