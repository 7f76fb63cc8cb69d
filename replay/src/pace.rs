//! How fast records are sent: the stream carries the live logs at the same time.

use std::time::{Duration, Instant};

/// The first wait after a refusal is at most this long, each later one twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Requests that are tried for the same records, the first one counted.
pub const MOST_ATTEMPTS: u32 = 10;

/// Keeps to a number of bytes a second.
#[derive(Debug)]
pub struct Pace {
    bytes_a_second: f64,
    free_at: Instant,
}

impl Pace {
    /// So many KiB a second.
    #[must_use]
    pub fn new(kib: u32) -> Self {
        Self {
            bytes_a_second: f64::from(kib) * 1024.0,
            free_at: Instant::now(),
        }
    }

    /// Waits until `bytes` more may be sent.
    pub async fn wait(&mut self, bytes: usize) {
        let now = Instant::now();
        if self.free_at > now {
            tokio::time::sleep(self.free_at - now).await;
        }
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let takes = Duration::from_secs_f64(f64::from(bytes) / self.bytes_a_second);
        self.free_at = self.free_at.max(now) + takes;
    }
}

/// How long to wait before the next attempt, after `done` of them: exponential back-off with full
/// jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"); nothing where there is none.
#[must_use]
pub fn next_wait(done: u32) -> Option<Duration> {
    if done >= MOST_ATTEMPTS {
        return None;
    }
    let longest = FIRST_WAIT.saturating_mul(1 << done.saturating_sub(1).min(16));
    Some(longest.min(LONGEST_WAIT).mul_f64(fastrand::f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn more_than_the_rate_has_to_wait() {
        let (mut pace, start) = (Pace::new(1024), Instant::now());
        for _ in 0..4 {
            pace.wait(50 << 10).await;
        }
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(140), "{took:?}");
    }

    #[test]
    fn attempts_end() {
        assert!(next_wait(1).is_some_and(|wait| wait <= FIRST_WAIT));
        assert_eq!(next_wait(MOST_ATTEMPTS), None);
    }
}
