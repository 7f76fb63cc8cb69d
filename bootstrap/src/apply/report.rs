//! What became of a plan.

use std::time::Duration;

use serde::Serialize;

use crate::actions::Sign;
use crate::names::AccountId;

/// What became of every account.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Report {
    /// The central account.
    pub central: PartReport,
    /// The accounts that send.
    pub members: Vec<PartReport>,
    /// Totals over all accounts.
    pub totals: Totals,
    /// Whether somebody stopped it before its end.
    pub stopped: bool,
    /// How long it took.
    pub seconds: f64,
}

/// What became of the steps of all accounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Totals {
    /// Steps that are done, or for which there was nothing to do.
    pub done: usize,
    /// Steps that failed.
    pub failed: usize,
    /// Steps that were not begun.
    pub left: usize,
}

/// What became of one account.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PartReport {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Why nothing could be done there at all.
    pub problem: Option<String>,
    /// How long it took.
    pub seconds: f64,
    /// What became of every step.
    pub steps: Vec<StepReport>,
}

/// What became of one step.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StepReport {
    /// The region, for what has one.
    pub region: Option<String>,
    /// Adds, changes or removes.
    pub sign: Sign,
    /// What it does, for people.
    pub summary: String,
    /// How it ended.
    #[serde(flatten)]
    pub result: StepResult,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "result", content = "reason", rename_all = "kebab-case")]
pub enum StepResult {
    /// Done.
    Done,
    /// What it was for is no longer there.
    Gone,
    /// It failed, and why.
    Failed(String),
    /// It was left, since something before it failed.
    NotAttempted(String),
    /// It was left, since somebody asked to stop.
    Stopped,
}

impl StepResult {
    /// Whether it is done, or there was nothing to do.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Done | Self::Gone)
    }
}

impl PartReport {
    /// Steps with a result.
    pub fn count(&self, wanted: impl Fn(&StepResult) -> bool) -> usize {
        self.steps
            .iter()
            .filter(|step| wanted(&step.result))
            .count()
    }

    /// Steps that are done, or for which there was nothing to do.
    pub fn done(&self) -> usize {
        self.count(|result| matches!(result, StepResult::Done | StepResult::Gone))
    }

    /// Steps that failed.
    pub fn failed(&self) -> usize {
        self.count(|result| matches!(result, StepResult::Failed(_)))
    }

    /// Steps that were not begun.
    pub fn left(&self) -> usize {
        self.count(|result| matches!(result, StepResult::NotAttempted(_) | StepResult::Stopped))
    }

    /// The first reason why something is not done.
    pub fn failure(&self) -> Option<&str> {
        let of_steps = self.steps.iter().find_map(|step| match &step.result {
            StepResult::Failed(reason) => Some(reason.as_str()),
            _ => None,
        });
        let left = self.steps.iter().find_map(|step| match &step.result {
            StepResult::NotAttempted(reason) => Some(reason.as_str()),
            StepResult::Stopped => Some("it was stopped"),
            _ => None,
        });
        self.problem.as_deref().or(of_steps).or(left)
    }
}

/// A time as seconds, to the millisecond.
pub(super) fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

impl Report {
    /// Puts together what became of every account, and how long that took.
    pub fn new(central: PartReport, members: Vec<PartReport>, took: Duration) -> Self {
        let mut report = Self {
            central,
            members,
            totals: Totals::default(),
            stopped: false,
            seconds: seconds(took),
        };
        let mut totals = Totals::default();
        for part in report.parts() {
            totals.done += part.done();
            totals.failed += part.failed();
            totals.left += part.left();
        }
        let is_stopped = |part: &PartReport| part.count(|it| *it == StepResult::Stopped) > 0;
        let stopped = report.parts().any(is_stopped);
        (report.totals, report.stopped) = (totals, stopped);
        report
    }

    /// All parts, the central account's first.
    pub fn parts(&self) -> impl Iterator<Item = &PartReport> {
        std::iter::once(&self.central).chain(&self.members)
    }

    /// Whether everything was done everywhere.
    pub fn succeeded(&self) -> bool {
        self.parts().all(|part| part.failure().is_none())
    }
}
