//! What actions have in common that put something new, or something else in place of what is there.

use serde_json::Value;

use super::Sign;
use crate::difference::{Difference, of_policies};

/// Where what stood there before can be looked up.
pub(super) const IN_THE_PLAN: &str = "the plan's `before` has what was there";

/// A change where something is there before, else something new.
pub(super) fn sign<T>(before: Option<&T>) -> Sign {
    match before {
        Some(_) => Sign::Change,
        None => Sign::Add,
    }
}

/// What takes it back: `of_new`, where nothing was there before.
pub(super) fn undo<T>(before: Option<&T>, of_new: String) -> String {
    match before {
        Some(_) => IN_THE_PLAN.to_owned(),
        None => of_new,
    }
}

/// What differs in a policy, called `name`, from the one that is there before.
pub(super) fn differences(name: &str, before: Option<&Value>, after: &Value) -> Vec<Difference> {
    before.map_or_else(Vec::new, |before| of_policies(name, before, after))
}

/// How a subscription sends, be it a filter or an account's policy.
pub(super) struct Sending<'a> {
    pub(super) pattern: &'a str,
    pub(super) role: Option<&'a str>,
    pub(super) distribution: &'a str,
}

impl Sending<'_> {
    /// The values in which it differs from what is there before.
    pub(super) fn changes_from(&self, before: &Self) -> Vec<String> {
        let role = |sending: &Self| sending.role.unwrap_or_default().to_owned();
        let values = [
            ("pattern", before.pattern, self.pattern),
            ("role", &role(before), &role(self)),
            ("distribution", before.distribution, self.distribution),
        ];
        let changed = values.iter().filter(|(_, before, after)| before != after);
        changed
            .map(|(name, before, after)| format!("{name} {before:?} -> {after:?}"))
            .collect()
    }
}
