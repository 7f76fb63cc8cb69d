//! What became of a plan.

use std::time::Duration;

use serde::Serialize;

use crate::actions::{Action, Sign};
use crate::names::AccountId;
use crate::plan::{Part, Step};

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
    /// Steps that are done.
    pub done: usize,
    /// Steps for which there was nothing to do, since what they were for is gone.
    pub gone: usize,
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
    /// What was done.
    #[serde(skip)]
    pub action: Action,
}

impl StepReport {
    /// What became of a step of the plan.
    pub fn of(step: &Step, result: StepResult) -> Self {
        Self {
            region: step.region.clone(),
            sign: step.sign,
            summary: step.summary.clone(),
            result,
            action: step.action.clone(),
        }
    }

    /// Whether it is about that step.
    fn is_of(&self, step: &Step) -> bool {
        self.region == step.region && self.action == step.action
    }
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
    /// Adds what was done there later, and puts all of it in the order of the plan.
    pub(super) fn go_on(&mut self, later: Self, planned: &Part) {
        self.problem = self.problem.take().or(later.problem);
        self.seconds += later.seconds;
        self.steps.extend(later.steps);
        self.steps.sort_by_cached_key(|report| {
            let mut steps = planned.steps.iter();
            steps.position(|step| report.is_of(step))
        });
    }

    /// Steps with a result.
    pub fn count(&self, wanted: impl Fn(&StepResult) -> bool) -> usize {
        self.steps
            .iter()
            .filter(|step| wanted(&step.result))
            .count()
    }

    /// Steps that are done.
    pub fn done(&self) -> usize {
        self.count(|result| *result == StepResult::Done)
    }

    /// Steps for which there was nothing to do, since what they were for is gone.
    pub fn gone(&self) -> usize {
        self.count(|result| *result == StepResult::Gone)
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
            totals.gone += part.gone();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::DeleteFilter;
    use crate::plan::Status;

    #[test]
    fn what_is_done_later_stands_where_the_plan_has_it() {
        let steps = ["a", "b", "c"].map(|log_group| {
            let action = DeleteFilter {
                log_group: log_group.to_owned(),
                filter: "tributary-any".to_owned(),
                destination_arn: String::new(),
                because: None,
            };
            Step::new(Some("eu-central-1"), Action::DeleteFilter(action))
        });
        let account = AccountId::parse("333333333333").unwrap();
        let report = |steps: &[&Step]| PartReport {
            account: account.clone(),
            name: "shop".to_owned(),
            problem: None,
            seconds: 0.0,
            steps: steps
                .iter()
                .map(|step| StepReport::of(step, StepResult::Done))
                .collect(),
        };
        let mut planned = Part::new(&account, "shop", Status::Ready);
        planned.steps = steps.to_vec();
        let mut before = report(&[&steps[0], &steps[2]]);
        before.go_on(report(&[&steps[1]]), &planned);
        let is: Vec<_> = before.steps.iter().map(|step| &step.summary).collect();
        let should: Vec<_> = steps.iter().map(|step| &step.summary).collect();
        assert_eq!(is, should);
    }
}
