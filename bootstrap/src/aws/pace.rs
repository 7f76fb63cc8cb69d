//! Not faster than AWS lets an account be asked: calls that were throttled are repeated as fast as they
//! are let through, and no faster than the configuration says.
//!
//! AWS counts calls by account, region and operation, and refills its buckets at a rate that it doesn't
//! tell everywhere. So the first calls are made at once; when one is throttled, the rate that was let
//! through until then is kept from there on, a little faster with each success and slower with each
//! refusal. Throttling is seen in the HTTP answer, so that every operation of every service is paced.

mod connector;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use connector::Paced;

/// How much slower after a refusal, and how much faster after a success.
const SLOWER: f64 = 1.05;
const FASTER: f64 = 0.995;

/// The slowest that is tried.
const SLOWEST: Duration = Duration::from_secs(2);

/// What is counted to know which rate was let through.
const WINDOW: Duration = Duration::from_secs(1);

/// The paces of one account, by region and operation.
#[derive(Debug)]
pub struct Paces {
    /// Most calls a second in one region, all operations together.
    most: Option<f64>,
    /// How long a throttled call is repeated.
    pub patience: Duration,
    by_key: Mutex<HashMap<String, Arc<Pace>>>,
}

impl Paces {
    /// At most so many calls a second in a region; nothing for as many as AWS takes.
    pub fn new(most: Option<f64>, patience: Duration) -> Self {
        Self {
            most,
            patience,
            by_key: Mutex::default(),
        }
    }

    /// The pace of an operation in a region (`eu-central-1/logs`).
    fn of(&self, region: &str, operation: &str) -> Arc<Pace> {
        self.pace(&format!("{region} {operation}"), None)
    }

    /// The pace of everything in a region, if there is one.
    fn of_region(&self, region: &str) -> Option<Arc<Pace>> {
        let region = region.split('/').next().unwrap_or(region);
        self.most.map(|most| self.pace(region, Some(most)))
    }

    fn pace(&self, key: &str, most: Option<f64>) -> Arc<Pace> {
        let mut paces = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pace) = paces.get(key) {
            return Arc::clone(pace);
        }
        let pace = Arc::new(Pace::new(most));
        paces.insert(key.to_owned(), Arc::clone(&pace));
        pace
    }
}

/// The pace of one operation in one account and region.
#[derive(Debug)]
struct Pace(Mutex<State>);

#[derive(Debug)]
struct State {
    /// Time from one call to the next; nothing while nothing was refused.
    interval: Option<Duration>,
    next: Instant,
    /// Whether calls that weren't made may be made up for; not where the configuration says the rate.
    credit: bool,
    changed: Instant,
    /// When calls were let through lately.
    passed: VecDeque<Instant>,
}

impl Pace {
    fn new(most: Option<f64>) -> Self {
        Self(Mutex::new(State::new(most, Instant::now())))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is this call's turn, and returns when that was.
    async fn turn(&self) -> Instant {
        let at = self.state().turn(Instant::now());
        tokio::time::sleep_until(at.into()).await;
        at
    }

    /// A call was let through.
    fn passed(&self) {
        self.state().passed(Instant::now());
    }

    /// A call whose turn was at `at` was refused.
    fn refused(&self, at: Instant) {
        self.state().refused(at, Instant::now());
    }
}

impl State {
    fn new(most: Option<f64>, now: Instant) -> Self {
        Self {
            interval: most.map(|most| Duration::from_secs_f64(1.0 / most)),
            next: now,
            credit: most.is_none(),
            changed: now,
            passed: VecDeque::new(),
        }
    }

    /// When the next call may be made. What wasn't used of the last second may be made up for at once:
    /// AWS's buckets have refilled by then.
    fn turn(&mut self, now: Instant) -> Instant {
        let Some(interval) = self.interval else {
            return now;
        };
        let earliest = if self.credit {
            now.checked_sub(WINDOW.saturating_sub(interval))
                .unwrap_or(now)
        } else {
            now
        };
        let due = self.next.max(earliest);
        self.next = due + interval;
        due.max(now)
    }

    fn passed(&mut self, now: Instant) {
        if let Some(interval) = &mut self.interval {
            *interval = interval.mul_f64(FASTER);
            return;
        }
        self.forget_before(now);
        self.passed.push_back(now);
    }

    /// Of several refusals that were on the way at once, one counts.
    fn refused(&mut self, at: Instant, now: Instant) {
        if at < self.changed {
            return;
        }
        self.forget_before(now);
        let passed = u32::try_from(self.passed.len()).unwrap_or(u32::MAX);
        let interval = match self.interval {
            Some(interval) => interval.mul_f64(SLOWER),
            // A little slower than what was let through, not to run against it again and again.
            None => (WINDOW / passed.max(1)).mul_f64(1.02),
        };
        let interval = interval.min(SLOWEST);
        self.interval = Some(interval);
        self.changed = now;
        // Turns that were given away already stay: a call given one of them again would go with another.
        self.next = self.next.max(now + interval);
    }

    fn forget_before(&mut self, now: Instant) {
        while self
            .passed
            .front()
            .is_some_and(|&passed| now - passed > WINDOW)
        {
            self.passed.pop_front();
        }
    }
}
