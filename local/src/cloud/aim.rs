//! Faults for single calls, told by what they do, for which account and where.
//!
//! Accounts are worked in at once, so that the n-th call of an operation is another one in each run;
//! the n-th for an account in a Region is the same.

use std::collections::BTreeMap;

use hyper::{Response, body::Bytes};

use super::answer::{Answered, response};
use super::call::Call;
use super::refusal::Refusal;
use super::throttle::exceeded;

/// The calls of an operation for an account in a Region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The service as signatures name it: `logs`.
    pub service: String,
    /// The operation: `PutSubscriptionFilter`.
    pub operation: String,
    /// The account that it is for: the one that it acts in, and for `AssumeRole` the role's.
    pub account: String,
    /// The Region that it is signed for.
    pub region: String,
}

/// A fault for one of these calls, or for all.
#[derive(Debug, Clone)]
pub struct Aim {
    /// Which calls.
    pub target: Target,
    /// The n-th (from 1); nothing for each.
    pub nth: Option<usize>,
    /// What happens to it.
    pub strike: Strike,
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strike {
    /// It has no effect and is denied, in the service's own words.
    Denied,
    /// It has no effect and is answered with the service's error for too many calls.
    Throttled,
    /// It has no effect, and the connection is closed without an answer.
    LostBefore,
    /// It has its effect, and the connection is closed without an answer.
    LostAfter,
    /// It has no effect, and there is neither an answer nor an end.
    HeldBefore,
    /// It has its effect, and there is neither an answer nor an end.
    HeldAfter,
}

/// All aims, with what was called so far.
#[derive(Debug, Default)]
pub(super) struct Aims {
    all: Vec<Aim>,
    counts: BTreeMap<Target, usize>,
    struck: usize,
}

impl Target {
    /// Whether the operation only reads.
    #[must_use]
    pub fn reads(&self) -> bool {
        let reads = [
            "Describe",
            "List",
            "Get",
            "AssumeRole",
            "Filter",
            "Lookup",
            "Head",
        ];
        reads.iter().any(|read| self.operation.starts_with(read))
    }

    /// What a call is.
    pub(super) fn of(call: &Call) -> Self {
        let role = call.optional("RoleArn");
        let role = role.filter(|_| call.operation == "AssumeRole");
        let owner = role.and_then(|arn| arn.split(':').nth(4));
        Self {
            service: call.service.clone(),
            operation: call.operation.clone(),
            account: owner.unwrap_or(&call.account).to_owned(),
            region: call.region.clone(),
        }
    }
}

impl Aims {
    pub(super) fn add(&mut self, aim: Aim) {
        self.all.push(aim);
    }

    pub(super) fn heal(&mut self) {
        self.all.clear();
    }

    /// How many calls were struck so far.
    pub(super) fn struck(&self) -> usize {
        self.struck
    }

    /// Counts a call, and returns what is to happen to it.
    pub(super) fn strike(&mut self, target: &Target) -> Option<Strike> {
        let count = self.counts.entry(target.clone()).or_default();
        *count += 1;
        let meant = |aim: &&Aim| aim.target == *target && aim.nth.is_none_or(|nth| nth == *count);
        self.all.iter().find(meant).map(|aim| aim.strike)
    }

    /// Notes that a call was struck, and has had its effect if it has one.
    pub(super) fn done(&mut self) {
        self.struck += 1;
    }
}

impl Strike {
    /// Whether the call has its effect all the same.
    pub(super) fn has_effect(self) -> bool {
        matches!(self, Self::LostAfter | Self::HeldAfter)
    }

    /// The answer, for a fault that has one.
    pub(super) fn answer(self, call: &Call) -> Option<Response<Bytes>> {
        let refusal: Answered = match self {
            Self::Denied => Err(denied(&call.service)),
            Self::Throttled => Err(exceeded(&call.service)),
            _ => return None,
        };
        Some(response(Some(call), &refusal))
    }
}

/// The services' words for what the caller may not do.
fn denied(service: &str) -> Refusal {
    let message = "Injected by a test: not authorized to perform this operation";
    match service {
        "iam" | "sts" | "s3" => Refusal::denied("AccessDenied", message),
        "ec2" => Refusal::denied("UnauthorizedOperation", message),
        _ => Refusal::new("AccessDeniedException", message),
    }
}
