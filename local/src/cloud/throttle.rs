//! Token buckets, one for each account, Region and operation.

use std::collections::HashMap;
use std::time::Instant;

use super::call::{Call, Place};
use super::refusal::Refusal;
use super::settings::Settings;

/// The buckets that were used so far.
#[derive(Debug, Default)]
pub(super) struct Buckets(HashMap<(Place, String), Bucket>);

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Buckets {
    /// Takes a token for the call. The error is that there is none.
    pub(super) fn take(&mut self, call: &Call, settings: &Settings) -> Result<(), Refusal> {
        let Some(throttle) = settings.throttles.get(&call.operation) else {
            return Ok(());
        };
        let now = Instant::now();
        let key = (call.place(), call.operation.clone());
        let bucket = self.0.entry(key).or_insert(Bucket {
            tokens: throttle.burst,
            filled: now,
        });
        let gained = (now - bucket.filled).as_secs_f64() * throttle.rate;
        bucket.tokens = (bucket.tokens + gained).min(throttle.burst);
        bucket.filled = now;
        if bucket.tokens < 1.0 {
            return Err(exceeded(&call.service));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

/// The services' words for too many calls.
pub(super) fn exceeded(service: &str) -> Refusal {
    match service {
        "organizations" => Refusal::new(
            "TooManyRequestsException",
            "AWS Organizations can't complete your request because another request is already in progress. \
             Try again later.",
        ),
        "kinesis" => Refusal::new("LimitExceededException", "Rate exceeded for the account"),
        "iam" | "sts" => Refusal::new("Throttling", "Rate exceeded"),
        "s3" => Refusal::with_status(503, "SlowDown", "Please reduce your request rate."),
        "ec2" => Refusal::with_status(503, "RequestLimitExceeded", "Request limit exceeded."),
        _ => Refusal::new("ThrottlingException", "Rate exceeded"),
    }
}
