//! The steps of one account, in their order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::report::seconds;
use super::{PartReport, StepReport, StepResult};
use crate::actions::{Action, Blocks, Outcome, Site};
use crate::aws::AwsError;
use crate::aws::sessions::Session;
use crate::context::{Context, Situation};
use crate::plan::{Part, Step};

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
    pub(super) fn by_senders(mut self, senders: &[PartReport]) -> Self {
        let left = senders.iter().filter(|part| part.failure().is_some());
        let left: Vec<_> = left.map(|part| part.account.as_str()).collect();
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

/// Does the steps of one account.
pub(super) async fn run_part(
    context: &Context,
    situation: &Situation,
    part: &Part,
    blocked: &Blocked,
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
    context.progress.tick();
    report
}

async fn run_steps(
    context: &Context,
    session: &Arc<dyn Session>,
    part: &Part,
    mut blocked: Blocked,
) -> Vec<StepReport> {
    let mut reports: Vec<StepReport> = Vec::new();
    let mut retry = context.retry.clone();
    for step in &part.steps {
        let good =
            |report: &StepReport| matches!(report.result, StepResult::Done | StepResult::Gone);
        let result = if context.interrupt.is_asked() {
            StepResult::Stopped
        } else if let Some(reason) = blocked.reason(step) {
            StepResult::NotAttempted(reason)
        } else if step.action.act().comes_last() && !reports.iter().all(good) {
            StepResult::NotAttempted("something before it failed that may still need it".to_owned())
        } else {
            let region = step.region.clone().unwrap_or_default();
            let (session, fresh) = (Arc::clone(session), blocked.fresh);
            let site = Site {
                session,
                region,
                retry: retry.clone(),
                fresh,
            };
            match run_step(&site, part, step).await {
                Ok(result) => result,
                Err(error) if error.is_stopped() => StepResult::Stopped,
                Err(error) => {
                    blocked.failed(step);
                    if site.passes(&error) {
                        // It was waited for in vain; nothing later in this account waits as long again.
                        retry.deadline = Duration::ZERO;
                    }
                    context.progress.failure(&failure(part, step, &error));
                    StepResult::Failed(error.to_string())
                }
            }
        };
        context.progress.action();
        blocked.fresh |= matches!(step.action, Action::CreateRole(_) | Action::UpdateRole(_));
        reports.push(reported(step, result));
    }
    reports
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
