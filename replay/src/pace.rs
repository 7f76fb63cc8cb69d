//! How fast records are sent: the stream carries the live logs at the same time.

use std::time::{Duration, Instant};

use transform::streams::Limits;

/// The first wait after a refusal is at most this long, each later one twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Requests that are tried for the same records, the first one counted.
pub const MOST_ATTEMPTS: u32 = 10;

/// What a shard takes in a second, beside 1 MiB ("Quotas and limits", Amazon Kinesis Data Streams
/// Developer Guide).
const SHARD_RECORDS: f64 = 1000.0;
const SHARD_KIB: f64 = 1024.0;

/// Keeps to a share of a shard: so many bytes a second, and as many records as that share has.
#[derive(Debug)]
pub struct Pace {
    bytes_a_second: f64,
    records_a_second: f64,
    free_at: Instant,
}

impl Pace {
    /// So many KiB a second.
    #[must_use]
    pub fn new(kib: u32) -> Self {
        Self {
            bytes_a_second: f64::from(kib) * 1024.0,
            records_a_second: f64::from(kib) / SHARD_KIB * SHARD_RECORDS,
            free_at: Instant::now(),
        }
    }

    /// The limits of one request: the stream's own, and no more than a second's share.
    #[must_use]
    pub fn limits(&self, stream: Limits) -> Limits {
        Limits {
            request_records: stream.request_records.min(whole(self.records_a_second)),
            request_bytes: stream.request_bytes.min(whole(self.bytes_a_second)),
            ..stream
        }
    }

    /// Waits until so many more `records` of `bytes` in all may be sent.
    pub async fn wait(&mut self, records: usize, bytes: usize) {
        let now = Instant::now();
        if self.free_at > now {
            tokio::time::sleep(self.free_at - now).await;
        }
        let seconds =
            (number(bytes) / self.bytes_a_second).max(number(records) / self.records_a_second);
        self.free_at = self.free_at.max(now) + Duration::from_secs_f64(seconds);
    }
}

/// A rate as a number of things: at least one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive, and above what fits it is the most that fits"
)]
const fn whole(rate: f64) -> usize {
    if rate < 1.0 { 1 } else { rate as usize }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
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
            pace.wait(1, 50 << 10).await;
        }
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(140), "{took:?}");
    }

    #[tokio::test]
    async fn small_records_are_paced_by_their_number() {
        let (mut pace, start) = (Pace::new(1024), Instant::now());
        for _ in 0..4 {
            pace.wait(50, 100).await;
        }
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(140), "{took:?}");
    }

    #[test]
    fn a_request_is_a_second_s_share_at_most_and_never_nothing() {
        let target = "arn:aws:kinesis:eu-central-1:222222222222:stream/raw";
        let stream = transform::streams::Target::from_arn(target)
            .unwrap()
            .limits();
        let share = |kib| {
            let limits = Pace::new(kib).limits(stream);
            (limits.request_records, limits.request_bytes)
        };
        assert_eq!(share(512), (500, 512 << 10));
        assert_eq!(share(100), (97, 100 << 10));
        assert_eq!(share(1), (1, 1 << 10));
        assert_eq!(share(u32::MAX), (500, stream.request_bytes));
    }

    #[test]
    fn attempts_end() {
        assert!(next_wait(1).is_some_and(|wait| wait <= FIRST_WAIT));
        assert_eq!(next_wait(MOST_ATTEMPTS), None);
    }
}
