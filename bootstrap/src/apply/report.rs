//! What became of a plan.

use serde::Serialize;

use crate::actions::Sign;
use crate::names::AccountId;

/// What became of every account.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The central account.
    pub central: PartReport,
    /// The accounts that send.
    pub members: Vec<PartReport>,
}

/// What became of one account.
#[derive(Debug, Clone, Serialize)]
pub struct PartReport {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Why nothing could be done there at all.
    pub problem: Option<String>,
    /// What became of every step.
    pub steps: Vec<StepReport>,
}

/// What became of one step.
#[derive(Debug, Clone, Serialize)]
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

    /// The first reason why something is not done.
    pub fn failure(&self) -> Option<&str> {
        let of_steps = self.steps.iter().find_map(|step| match &step.result {
            StepResult::Failed(reason) => Some(reason.as_str()),
            StepResult::Done | StepResult::Gone | StepResult::NotAttempted(_) => None,
        });
        let left = self.steps.iter().find_map(|step| match &step.result {
            StepResult::NotAttempted(reason) => Some(reason.as_str()),
            StepResult::Done | StepResult::Gone | StepResult::Failed(_) => None,
        });
        self.problem.as_deref().or(of_steps).or(left)
    }
}

impl Report {
    /// All parts, the central account's first.
    pub fn parts(&self) -> impl Iterator<Item = &PartReport> {
        std::iter::once(&self.central).chain(&self.members)
    }

    /// Whether everything was done everywhere.
    pub fn succeeded(&self) -> bool {
        self.parts().all(|part| part.failure().is_none())
    }
}
