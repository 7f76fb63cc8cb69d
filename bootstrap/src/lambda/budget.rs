//! The time that an invocation has, and stopping before it is over.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::interrupt::Interrupt;
use crate::output::Progress;

/// Longest part of the time that is kept for actions that have begun.
const MOST_KEPT: Duration = Duration::from_secs(30);

/// Until when an invocation may begin something, and until when it must have answered.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    start: Instant,
    /// No further action is begun after this.
    stop: Instant,
    /// Whatever still runs then is dropped.
    end: Instant,
}

impl Budget {
    /// Takes the deadline that Lambda tells (`Lambda-Runtime-Deadline-Ms`: milliseconds since 1970).
    pub fn until(deadline: u64) -> Self {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self::new(Duration::from_millis(deadline).saturating_sub(now))
    }

    fn new(left: Duration) -> Self {
        let (start, kept) = (Instant::now(), (left / 10).min(MOST_KEPT));
        Self {
            start,
            stop: start + left.saturating_sub(kept),
            end: start + left.saturating_sub(kept / 4),
        }
    }

    /// How long it took until now.
    pub fn spent(&self) -> Duration {
        self.start.elapsed()
    }

    /// Whether there is time to wait that long and to do something afterwards: a fifth of it all is kept.
    pub fn allows_pause(&self, pause: Duration) -> bool {
        let all = self.stop.saturating_duration_since(self.start);
        self.spent() + pause < all.mul_f32(0.8)
    }

    /// Asks to stop when it is time to; ends when what still runs has to be dropped.
    pub async fn watch(self, interrupt: &Interrupt, progress: &Progress) {
        tokio::time::sleep_until(self.stop.into()).await;
        interrupt.ask();
        progress.line("the function's time is almost over: no further action is begun");
        tokio::time::sleep_until(self.end.into()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_fifteen_minutes_half_a_minute_is_kept_and_of_ten_seconds_one() {
        for (left, stop) in [(900, 870), (10, 9)] {
            let budget = Budget::new(Duration::from_secs(left));
            assert_eq!(budget.stop - budget.start, Duration::from_secs(stop));
            assert!(budget.end > budget.stop);
            assert!(budget.end < budget.start + Duration::from_secs(left));
        }
    }

    #[test]
    fn a_deadline_in_the_past_leaves_no_time() {
        assert!(!Budget::until(0).allows_pause(Duration::ZERO));
    }
}
