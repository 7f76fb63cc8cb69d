//! The pauses between tries: "an initial back-off time (1 second) with a jitter factor of (15%)", twice as
//! long each time, "capped by a maximum interval of 2 minutes".

use std::time::Duration;

const LONGEST: Duration = Duration::from_mins(2);

/// The pauses that are left.
#[derive(Debug)]
pub(super) struct Backoff {
    pause: Duration,
    left: Duration,
}

impl Backoff {
    /// Begins with `first`; all pauses together take at most `all`.
    pub(super) const fn new(first: Duration, all: Duration) -> Self {
        Self {
            pause: first,
            left: all,
        }
    }

    /// The next pause; nothing when the time is over.
    pub(super) fn next(&mut self) -> Option<Duration> {
        if self.left.is_zero() {
            return None;
        }
        let pause = jittered(self.pause).min(self.left);
        self.left -= pause;
        self.pause = (self.pause * 2).min(LONGEST);
        Some(pause)
    }
}

/// Between 85 and 115 hundredths of it.
fn jittered(pause: Duration) -> Duration {
    let nanoseconds = jiff::Timestamp::now().subsec_nanosecond().unsigned_abs();
    pause * (850 + nanoseconds % 301) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_two_minutes_and_end_with_the_duration() {
        let hour = Duration::from_hours(1);
        let mut backoff = Backoff::new(Duration::from_secs(1), hour);
        let pauses: Vec<Duration> = std::iter::from_fn(|| backoff.next()).collect();
        assert_eq!(pauses.iter().sum::<Duration>(), hour);
        for (n, pause) in pauses[..pauses.len() - 1].iter().enumerate() {
            let wanted = Duration::from_secs(1 << n.min(7)).min(LONGEST);
            assert!(
                (wanted * 85 / 100..=wanted * 115 / 100).contains(pause),
                "{n}: {pause:?}"
            );
        }
        assert!(Backoff::new(hour, Duration::ZERO).next().is_none());
    }
}
