//! What was called.

use std::collections::BTreeMap;

use super::aim::Target;

/// A call that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The operation.
    pub operation: String,
    /// The account that it acted in.
    pub account: String,
    /// The Region that it was signed for.
    pub region: String,
    /// What it is, and for which account.
    pub target: Target,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It has a result.
    Answered,
    /// The service refused it.
    Refused,
    /// There were too many.
    Throttled,
    /// A rule of a test made it fail.
    Faulted,
}

impl Seen {
    /// Whether the operation only reads.
    #[must_use]
    pub fn reads(&self) -> bool {
        self.target.reads()
    }
}

/// Calls by operation.
#[must_use]
pub fn by_operation<'a>(calls: impl IntoIterator<Item = &'a Seen>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for call in calls {
        *counts.entry(call.operation.clone()).or_default() += 1;
    }
    counts
}
