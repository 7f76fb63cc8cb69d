//! The cases: each recorded call with each fault, all of them or one of each class.

use std::collections::BTreeMap;
use std::fmt;

use local::cloud::{Aim, MANAGEMENT, Strike, Target};

use super::record::Record;
use crate::bootstrap::LOGGING;

/// What is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Sets up.
    Apply,
    /// Sets up again, by another configuration.
    Change,
    /// Takes back.
    Destroy,
}

impl Verb {
    /// All of them, in this order.
    pub const ALL: [Self; 3] = [Self::Apply, Self::Change, Self::Destroy];

    /// The command line.
    pub(super) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Apply => &["apply", "--yes"],
            Self::Change => &["apply", "--yes", "--force-access-policy"],
            Self::Destroy => &["destroy", "--yes", "--delete-logs"],
        }
    }
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The call is denied once.
    Denied,
    /// Each call of its kind is denied, for the account and Region.
    DeniedAlways,
    /// It comes too soon.
    Throttled,
    /// It is lost on its way.
    LostBefore,
    /// Its answer is lost: it has had its effect, and is repeated.
    LostAfter,
    /// The program is killed while it calls, before anything happened.
    KilledBefore,
    /// The program is killed when the call has had its effect, before it knows.
    KilledAfter,
}

impl Fault {
    const ALL: [Self; 7] = [
        Self::Denied,
        Self::DeniedAlways,
        Self::Throttled,
        Self::LostBefore,
        Self::LostAfter,
        Self::KilledBefore,
        Self::KilledAfter,
    ];

    fn strike(self) -> Strike {
        match self {
            Self::Denied | Self::DeniedAlways => Strike::Denied,
            Self::Throttled => Strike::Throttled,
            Self::LostBefore => Strike::LostBefore,
            Self::LostAfter => Strike::LostAfter,
            Self::KilledBefore => Strike::HeldBefore,
            Self::KilledAfter => Strike::HeldAfter,
        }
    }
}

/// One call that goes wrong in one run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Case {
    /// The run.
    pub verb: Verb,
    /// The call.
    pub target: Target,
    /// Which of these (from 1); nothing for all.
    pub nth: Option<usize>,
    /// What happens to it.
    pub fault: Fault,
}

impl fmt::Display for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Target {
            operation,
            account,
            region,
            ..
        } = &self.target;
        let nth = self.nth.map_or("every".to_owned(), |nth| format!("{nth}."));
        let (verb, fault) = (self.verb, self.fault);
        write!(
            formatter,
            "{verb:?}: {nth} {operation} for {account} in {region}: {fault:?}"
        )
    }
}

impl Case {
    /// The fault as the stand-in takes it.
    pub(super) fn aim(&self) -> Aim {
        Aim {
            target: self.target.clone(),
            nth: self.nth,
            strike: self.fault.strike(),
        }
    }

    /// What is much alike: the verb, the operation, the kind of account and the fault. What only reads is alike
    /// in every verb, in every account that sends, and whether it came or not.
    fn class(&self) -> (Option<Verb>, String, &'static str, Fault) {
        let reads = self.target.reads();
        let role = match self.target.account.as_str() {
            MANAGEMENT if !reads => "management",
            LOGGING => "central",
            _ => "member",
        };
        let fault = match self.fault {
            Fault::LostAfter if reads => Fault::LostBefore,
            Fault::KilledAfter if reads => Fault::KilledBefore,
            fault => fault,
        };
        let verb = (!reads).then_some(self.verb);
        (verb, self.target.operation.clone(), role, fault)
    }
}

/// How many of the cases are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// Each call with each fault.
    Full,
    /// Of each operation, kind of account and fault one.
    Classes,
}

/// The cases of all verbs.
#[must_use]
pub fn cases(record: &Record, coverage: Coverage) -> Vec<Case> {
    let verbs = Verb::ALL.into_iter();
    let all: Vec<_> = verbs.flat_map(|verb| of_verb(record, verb)).collect();
    if coverage == Coverage::Full {
        return all;
    }
    let mut classes: BTreeMap<_, Vec<Case>> = BTreeMap::new();
    for case in all {
        classes.entry(case.class()).or_default().push(case);
    }
    let chosen = classes.into_values().enumerate();
    // Not always the first: the later ones find more done.
    let chosen = chosen.map(|(place, mut alike)| alike.swap_remove(place % alike.len()));
    chosen.collect()
}

fn of_verb(record: &Record, verb: Verb) -> Vec<Case> {
    let mut counts: BTreeMap<Target, usize> = BTreeMap::new();
    let mut cases = Vec::new();
    for call in record.calls(verb) {
        let count = counts.entry(call.target.clone()).or_default();
        *count += 1;
        for fault in Fault::ALL {
            let nth = (fault != Fault::DeniedAlways).then_some(*count);
            if nth.is_none() && *count > 1 {
                continue;
            }
            let target = call.target.clone();
            cases.push(Case {
                verb,
                target,
                nth,
                fault,
            });
        }
    }
    cases
}
