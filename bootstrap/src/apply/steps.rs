//! The steps of one account, in their order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::report::seconds;
use super::stretches::stretches;
use super::{PartReport, StepReport, StepResult};
use crate::actions::{Action, Blocks, Outcome, Site};
use crate::aws::AwsError;
use crate::aws::sessions::Session;
use crate::context::{Context, Situation};
use crate::plan::{Part, Step};
use crate::retry::Retry;

/// What can't be done, since something that it needs failed.
#[derive(Debug, Clone, Default)]
pub(super) struct Blocked {
    everything: Option<String>,
    regions: BTreeMap<String, String>,
    /// By region and name.
    log_groups: BTreeMap<(String, String), String>,
    /// Whether roles or policies were changed moments ago.
    fresh: bool,
}

impl Blocked {
    pub(super) fn nothing(fresh: bool) -> Self {
        Self {
            fresh,
            ..Self::default()
        }
    }

    /// What else the central account can't do after the first of its steps: regions don't matter to it.
    pub(super) fn of_central(part: &Part, central: &PartReport) -> Self {
        let mut blocked = Self::by_central(part, central);
        blocked.regions.clear();
        blocked
    }

    /// What members can't do after the central account's part.
    pub(super) fn by_central(part: &Part, central: &PartReport) -> Self {
        let mut blocked = Self::nothing(!part.steps.is_empty());
        if central.problem.is_some() {
            blocked.everything = Some("the central account can't be worked in".to_owned());
        }
        for (planned, step) in part.steps.iter().zip(&central.steps) {
            if planned.action.act().blocks() == Blocks::Nothing {
                continue;
            }
            match (&step.result, &step.region) {
                (
                    StepResult::Failed(_) | StepResult::NotAttempted(_) | StepResult::Stopped,
                    Some(region),
                ) => {
                    blocked.regions.insert(
                        region.clone(),
                        format!("the destination in {region} isn't set up"),
                    );
                }
                (StepResult::Failed(_), None) => {
                    blocked.everything = Some("the central account isn't set up".to_owned());
                }
                _ => {}
            }
        }
        blocked
    }

    /// The same, and nothing at all while one of these accounts, which send already, isn't ready.
    pub(super) fn by_senders(mut self, planned: &[Part], senders: &[PartReport]) -> Self {
        let failed = senders.iter().filter(|part| part.failure().is_some());
        let failed = failed.map(|part| part.account.as_str());
        // A filter of ours that can't be put again stays as it is, perhaps without a role.
        let stuck = planned.iter().filter(|part| {
            !part.conflicts.is_empty() || part.skipped.iter().any(|skip| skip.blocked)
        });
        let stuck = stuck.map(|part| part.account.as_str());
        let left: BTreeSet<_> = failed.chain(stuck).collect();
        let left: Vec<_> = left.into_iter().collect();
        if !left.is_empty() {
            let why = format!(
                "{} may still send without a role, and would stop: mend or exclude them and run apply again",
                left.join(", ")
            );
            self.everything.get_or_insert(why);
        }
        self
    }

    /// What either of them blocks.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.everything = self.everything.or(other.everything);
        self.regions.extend(other.regions);
        self.log_groups.extend(other.log_groups);
        self.fresh |= other.fresh;
        self
    }

    /// What the central account can't do after the members' parts.
    pub(super) fn by_members(members: &[PartReport]) -> Self {
        let left: Vec<_> = members
            .iter()
            .filter(|part| part.failure().is_some())
            .map(|part| part.account.as_str())
            .collect();
        let everything = (!left.is_empty()).then(|| {
            format!(
                "{} may still send here: run destroy again once that is mended, or exclude them",
                left.join(", ")
            )
        });
        Self {
            everything,
            ..Self::default()
        }
    }

    fn reason(&self, step: &Step) -> Option<String> {
        let region = step.region.as_ref();
        let of_region = || self.regions.get(region?).cloned();
        let of_group = || {
            let group = step.action.act().log_group()?.to_owned();
            self.log_groups.get(&(region?.clone(), group)).cloned()
        };
        self.everything.clone().or_else(of_region).or_else(of_group)
    }

    /// What can't go on by either.
    fn merge(&mut self, other: Self) {
        self.everything = self.everything.take().or(other.everything);
        self.regions.extend(other.regions);
        self.log_groups.extend(other.log_groups);
        self.fresh |= other.fresh;
    }

    /// Notes what can't go on after that step.
    fn failed(&mut self, step: &Step) {
        let reason = format!("this failed before it: {}", step.summary);
        match (step.action.act().blocks(), step.region.clone()) {
            (Blocks::Everything, _) => self.everything = Some(reason),
            (Blocks::Region, Some(region)) => drop(self.regions.insert(region, reason)),
            (Blocks::LogGroup(group), Some(region)) => {
                self.log_groups.insert((region, group.to_owned()), reason);
            }
            (Blocks::Region | Blocks::LogGroup(_), None) | (Blocks::Nothing, _) => {}
        }
    }
}

/// Whether more of an account is to be done after this: the account is counted once, at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// The account is done.
    Done,
    /// Steps of it come later.
    More,
}

/// Does the steps of one account.
pub(super) async fn run_part(
    context: &Context,
    situation: &Situation,
    part: &Part,
    blocked: &Blocked,
    then: Then,
) -> PartReport {
    let mut report = PartReport {
        account: part.account.clone(),
        name: part.name.clone(),
        problem: part.failure().map(str::to_owned),
        seconds: 0.0,
        steps: Vec::new(),
    };
    if part.steps.is_empty() || report.problem.is_some() {
        return report;
    }
    let started = Instant::now();
    if context.interrupt.is_asked() {
        report.steps = part.steps.iter().map(stopped).collect();
    } else {
        match context.open(situation, &part.account).await {
            Ok(session) => report.steps = run_steps(context, &session, part, blocked.clone()).await,
            Err(error) => {
                context.progress.failure(&error.to_string());
                report.problem = Some(error.to_string());
            }
        }
    }
    report.seconds = seconds(started.elapsed());
    if then == Then::Done {
        context.progress.tick();
    }
    report
}

/// Does the steps of a part in their order: regions side by side where nothing keeps them apart.
async fn run_steps(
    context: &Context,
    session: &Arc<dyn Session>,
    part: &Part,
    blocked: Blocked,
) -> Vec<StepReport> {
    let mut course = Course {
        context,
        session,
        part,
        blocked,
        retry: context.retry.clone(),
    };
    let mut reports: Vec<StepReport> = Vec::new();
    for stretch in stretches(&part.steps) {
        let all_good = reports.iter().all(|report| report.result.is_good());
        let lanes = stretch.lanes.iter().map(|lane| {
            let mut course = course.clone();
            async move {
                let reports = course.run(lane, all_good).await;
                (course, reports)
            }
        });
        let mut done = Vec::new();
        for (lane, of_lane) in join_all(lanes).await {
            course.take_over(lane);
            done.extend(of_lane);
        }
        // Back in the plan's order.
        done.sort_by_key(|(number, _)| *number);
        reports.extend(done.into_iter().map(|(_, report)| report));
    }
    reports
}

/// Where the steps of an account are done, and what is known by then.
#[derive(Clone)]
struct Course<'a> {
    context: &'a Context,
    session: &'a Arc<dyn Session>,
    part: &'a Part,
    blocked: Blocked,
    retry: Retry,
}

impl Course<'_> {
    /// Does steps one after the other; each with its number in the plan.
    async fn run(
        &mut self,
        lane: &[(usize, &Step)],
        mut all_good: bool,
    ) -> Vec<(usize, StepReport)> {
        let mut reports = Vec::new();
        for &(number, step) in lane {
            let result = self.step(step, all_good).await;
            self.context.progress.action();
            all_good &= result.is_good();
            reports.push((number, reported(step, result)));
        }
        reports
    }

    async fn step(&mut self, step: &Step, all_good: bool) -> StepResult {
        if self.context.interrupt.is_asked() {
            return StepResult::Stopped;
        }
        if let Some(reason) = self.blocked.reason(step) {
            return StepResult::NotAttempted(reason);
        }
        if step.action.act().comes_last() && !all_good {
            let reason = "something before it failed that may still need it";
            return StepResult::NotAttempted(reason.to_owned());
        }
        let site = Site {
            session: Arc::clone(self.session),
            region: step.region.clone().unwrap_or_default(),
            retry: self.retry.clone(),
            fresh: self.blocked.fresh,
        };
        let answer = run_step(&site, self.part, step).await;
        self.blocked.fresh |= matches!(step.action, Action::CreateRole(_) | Action::UpdateRole(_));
        match answer {
            Ok(result) => result,
            Err(error) if error.is_stopped() => StepResult::Stopped,
            Err(error) => {
                self.blocked.failed(step);
                if site.passes(&error) {
                    // It was waited for in vain; nothing later in this account waits as long again.
                    self.retry.deadline = Duration::ZERO;
                }
                let failure = failure(self.part, step, &error);
                self.context.progress.failure(&failure);
                StepResult::Failed(error.to_string())
            }
        }
    }

    /// Takes over what a lane has found out.
    fn take_over(&mut self, lane: Self) {
        self.blocked.merge(lane.blocked);
        self.retry.deadline = self.retry.deadline.min(lane.retry.deadline);
    }
}

/// A failure as it is told the moment it happens.
fn failure(part: &Part, step: &Step, error: &AwsError) -> String {
    let Part { account, name, .. } = part;
    format!(
        "{account} {name}: {} {}: {error}",
        step.sign.as_char(),
        step.summary
    )
}

fn stopped(step: &Step) -> StepReport {
    reported(step, StepResult::Stopped)
}

fn reported(step: &Step, result: StepResult) -> StepReport {
    StepReport {
        region: step.region.clone(),
        sign: step.sign,
        summary: step.summary.clone(),
        result,
    }
}

async fn run_step(site: &Site, part: &Part, step: &Step) -> Result<StepResult, AwsError> {
    let started = Instant::now();
    let answer = step.action.act().run(site).await;
    tracing::info!(
        account = %part.account,
        region = step.region,
        step = step.summary,
        milliseconds = started.elapsed().as_millis(),
        failed = answer.is_err()
    );
    Ok(match answer? {
        Outcome::Done => StepResult::Done,
        Outcome::Gone => StepResult::Gone,
    })
}
