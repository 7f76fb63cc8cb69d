//! What an invocation answers, and what it counts.

use serde::Serialize;

use super::held::Held;
use crate::actions::{Action, Sign};
use crate::apply::{Report, StepResult};
use crate::names::AccountId;
use crate::plan::{Plan, Status};

/// As many entries of a list are told; Lambda and CloudWatch Logs take no more than some hundred kilobytes.
const MOST: usize = 50;

/// What became of an event.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Answer {
    /// What the event asked for: `everything`, `accounts`, `log group` or `nothing`.
    pub asked: &'static str,
    /// Why there was nothing to do, where the event said so by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Accounts that the event names and the configuration leaves out, with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// Totals.
    #[serde(flatten)]
    pub counts: Counts,
    /// Accounts in which not everything was done, at most 50 of them.
    pub failures: Vec<Failed>,
    /// What stays until somebody removes it, at most 50 of it.
    pub held: Vec<Held>,
    /// What should be and can't, at most 50 of it.
    pub blocked_by: Vec<String>,
}

/// Totals of an invocation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Counts {
    /// Accounts that were looked at; the central one only where its own part was.
    pub accounts: usize,
    /// Of these, those in which not everything was done.
    pub accounts_failed: usize,
    /// Subscription filters that are new.
    pub filters_added: usize,
    /// Actions that are done.
    pub actions_done: usize,
    /// Actions that failed.
    pub actions_failed: usize,
    /// Actions that were not begun.
    pub actions_left: usize,
    /// Removals that were not done.
    pub removals_held: usize,
    /// Log groups, and other things, that should be and can't.
    pub blocked: usize,
}

/// An account in which not everything was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Failed {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// The first reason.
    pub reason: String,
}

impl Answer {
    /// For an event that asks for nothing.
    pub fn nothing(reason: String) -> Self {
        Self {
            asked: "nothing",
            reason: Some(reason),
            ..Self::default()
        }
    }

    /// For a plan that was applied.
    pub fn new(asked: &'static str, plan: &Plan, report: &Report, held: Vec<Held>) -> Self {
        let mut failures = Vec::new();
        for part in report.parts() {
            let Some(reason) = part.failure() else {
                continue;
            };
            // The central account is one of the members too, where it sends.
            if failures
                .iter()
                .all(|failed: &Failed| failed.account != part.account)
            {
                failures.push(Failed {
                    account: part.account.clone(),
                    name: part.name.clone(),
                    reason: reason.to_owned(),
                });
            }
        }
        let blocked = blocked(plan);
        let counts = Counts {
            accounts: accounts(plan),
            accounts_failed: failures.len(),
            filters_added: filters_added(report),
            actions_done: report.totals.done,
            actions_failed: report.totals.failed,
            actions_left: report.totals.left,
            removals_held: held.len(),
            blocked: blocked.len(),
        };
        let mut answer = Self {
            asked,
            reason: None,
            left_out: Vec::new(),
            counts,
            failures,
            held,
            blocked_by: blocked,
        };
        answer.failures.truncate(MOST);
        answer.held.truncate(MOST);
        answer.blocked_by.truncate(MOST);
        answer
    }
}

fn accounts(plan: &Plan) -> usize {
    let looked_at = plan
        .parts()
        .filter(|part| !matches!(part.status, Status::Skipped(_)));
    let mut accounts: Vec<_> = looked_at.map(|part| &part.account).collect();
    accounts.sort();
    accounts.dedup();
    accounts.len()
}

fn filters_added(report: &Report) -> usize {
    let steps = report.parts().flat_map(|part| &part.steps);
    let added = steps.filter(|step| {
        step.sign == Sign::Add
            && matches!(step.action, Action::PutFilter(_))
            && step.result == StepResult::Done
    });
    added.count()
}

fn blocked(plan: &Plan) -> Vec<String> {
    plan.parts()
        .flat_map(|part| {
            let account = &part.account;
            let skipped = part.skipped.iter().filter(|skip| skip.blocked);
            let skipped = skipped.map(move |skip| {
                format!(
                    "{account} {}: {} doesn't send: {}",
                    skip.region, skip.log_group, skip.reason
                )
            });
            let conflicts = part.conflicts.iter();
            skipped.chain(conflicts.map(move |text| format!("{account}: {text}")))
        })
        .collect()
}
