//! Cuts the events of a log stream into the batches that travel as one payload each.

use super::LogEvent;

/// How large a batch may grow.
#[derive(Debug, Clone, Copy)]
pub struct BatchLimits {
    /// Bytes of messages, each counted with 26 bytes more.
    pub bytes: usize,
    /// Number of events.
    pub events: usize,
}

impl Default for BatchLimits {
    /// The limits of a batch of log events (`PutLogEvents` in the CloudWatch Logs API reference).
    fn default() -> Self {
        Self {
            bytes: 1_048_576,
            events: 10_000,
        }
    }
}

/// What the service adds to each message when it counts a batch's bytes.
const OVERHEAD: usize = 26;

/// `events` in order, cut so that each piece is within `limits`; a single event that is larger
/// stands alone.
#[must_use]
pub fn batches<'a>(events: &[&'a LogEvent], limits: BatchLimits) -> Vec<Vec<&'a LogEvent>> {
    let mut all = Vec::new();
    let mut current = Vec::new();
    let mut bytes = 0;
    for &event in events {
        let size = event.message.len() + OVERHEAD;
        if !current.is_empty() && (bytes + size > limits.bytes || current.len() == limits.events) {
            all.push(std::mem::take(&mut current));
            bytes = 0;
        }
        bytes += size;
        current.push(event);
    }
    if !current.is_empty() {
        all.push(current);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(sizes: &[usize]) -> Vec<LogEvent> {
        let event = |(n, size): (usize, &usize)| LogEvent {
            id: n.to_string(),
            timestamp: 0,
            message: "x".repeat(*size),
        };
        sizes.iter().enumerate().map(event).collect()
    }

    fn lengths(sizes: &[usize], limits: BatchLimits) -> Vec<usize> {
        let events = events(sizes);
        let borrowed: Vec<&LogEvent> = events.iter().collect();
        batches(&borrowed, limits).iter().map(Vec::len).collect()
    }

    #[test]
    fn a_batch_ends_before_the_event_that_would_burst_it() {
        let limits = BatchLimits {
            bytes: 100,
            events: 10,
        };
        assert_eq!(lengths(&[24, 24, 24, 74, 75], limits), [2, 1, 1, 1]);
    }

    #[test]
    fn a_batch_holds_no_more_events_than_allowed() {
        let limits = BatchLimits {
            bytes: 10_000,
            events: 3,
        };
        assert_eq!(lengths(&[1; 7], limits), [3, 3, 1]);
        assert_eq!(lengths(&[], limits), [0; 0]);
    }
}
