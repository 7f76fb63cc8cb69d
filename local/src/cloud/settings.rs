//! What the stand-in is like: how fast, how strict, how patient.

use std::collections::BTreeMap;
use std::time::Duration;

/// How the stand-in behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long each call takes.
    pub latency: Duration,
    /// How many calls of an operation an account may make in a Region; operations that aren't named
    /// are never throttled.
    pub throttles: BTreeMap<String, Throttle>,
    /// Subscription filters that a log group may hold (quota L-87E7D306).
    pub filters_per_log_group: usize,
    /// How long a new or changed role is unknown to CloudWatch Logs.
    pub role_ready_after: Duration,
    /// How long a stream is `CREATING`, and `UPDATING` after each change.
    pub stream_ready_after: Duration,
    /// How long the credentials of an assumed role are good, whatever the caller asks for.
    pub session_lasts: Duration,
    /// Whether `PutDestination` on a destination that is there takes its access policy away.
    pub put_destination_drops_policy: bool,
    /// Whether every list of Organizations begins with an empty page that has a token.
    pub empty_first_pages: bool,
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttle {
    /// Calls a second.
    pub rate: f64,
    /// Calls at once after a pause.
    pub burst: f64,
}

impl Throttle {
    /// So many calls a second, and as many at once.
    #[must_use]
    pub fn per_second(rate: u32) -> Self {
        let rate = f64::from(rate);
        Self { rate, burst: rate }
    }
}

impl Default for Settings {
    /// No waiting and no throttles, everything ready at once; the quotas of AWS.
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            throttles: BTreeMap::new(),
            filters_per_log_group: 5,
            role_ready_after: Duration::ZERO,
            stream_ready_after: Duration::ZERO,
            session_lasts: Duration::from_hours(1),
            put_destination_drops_policy: false,
            empty_first_pages: false,
        }
    }
}
