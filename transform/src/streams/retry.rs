//! When to try again, and when to give up.
//!
//! Exponential back-off with full jitter: AWS Architecture Blog, "Exponential Backoff And Jitter".

use std::time::{Duration, Instant};

/// The first wait is at most this long, each later one twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Requests that are tried for the same records, the first one counted.
const MOST_ATTEMPTS: u32 = 10;
/// What has to be left of the function's time to write and send the answer.
const TIME_TO_ANSWER: Duration = Duration::from_secs(3);

/// When the invocation has to be answered.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// An invocation that may last as long as it likes.
    pub const NONE: Self = Self(None);

    /// An invocation that is ended after `time` from now.
    #[must_use]
    pub fn after(time: Duration) -> Self {
        // A short time can't spare seconds: a quarter of it then has to do for the answer.
        let spare = TIME_TO_ANSWER.min(time / 4);
        Self(Instant::now().checked_add(time.saturating_sub(spare)))
    }

    /// The time until work has to stop so that the answer is still sent; `None` without an end.
    #[must_use]
    pub fn left(self) -> Option<Duration> {
        self.0
            .map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// Whether it is time to answer.
    #[must_use]
    pub fn is_over(self) -> bool {
        self.left().is_some_and(|left| left.is_zero())
    }
}

/// The attempts to put the same records.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    done: u32,
}

impl Attempts {
    /// How long to wait before the next attempt; `None` where there is none.
    pub(super) fn next_wait(&mut self, deadline: Deadline) -> Option<Duration> {
        self.done += 1;
        if self.done >= MOST_ATTEMPTS {
            return None;
        }
        let longest = FIRST_WAIT
            .saturating_mul(1 << (self.done - 1).min(16))
            .min(LONGEST_WAIT);
        let wait = longest.mul_f64(fastrand::f64());
        match deadline.left() {
            Some(left) if wait >= left => None,
            _ => Some(wait),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_end_and_their_waits_stay_below_half_a_minute_together() {
        for _ in 0..100 {
            let mut attempts = Attempts::default();
            let waits: Vec<Duration> =
                std::iter::from_fn(|| attempts.next_wait(Deadline::NONE)).collect();
            assert_eq!(waits.len(), MOST_ATTEMPTS as usize - 1);
            assert!(
                waits.iter().sum::<Duration>() < Duration::from_secs(30),
                "{waits:?}"
            );
            assert!(waits[0] <= FIRST_WAIT);
        }
    }

    #[test]
    fn no_attempt_is_made_that_could_not_be_answered_any_more() {
        let over = Deadline::after(Duration::ZERO);
        assert!(over.is_over());
        assert_eq!(Attempts::default().next_wait(over), None);
        let long = Deadline::after(Duration::from_mins(1));
        assert!(
            long.left()
                .is_some_and(|left| left <= Duration::from_secs(57))
        );
    }
}
