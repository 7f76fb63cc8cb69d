//! The steps of one account, in their order.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{PartReport, StepReport, StepResult};
use crate::actions::{Action, Blocks, Outcome, Site};
use crate::aws::sessions::Session;
use crate::context::{Context, Situation};
use crate::plan::{Part, Step};

/// What can't be done, since something that it needs failed.
#[derive(Debug, Clone, Default)]
pub(super) struct Blocked {
    everything: Option<String>,
    regions: BTreeMap<String, String>,
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

    /// What members can't do after the central account's part; `fresh` if it had anything to do.
    pub(super) fn by_central(central: &PartReport, fresh: bool) -> Self {
        let mut blocked = Self::nothing(fresh);
        if central.problem.is_some() {
            blocked.everything = Some("the central account can't be worked in".to_owned());
        }
        for step in &central.steps {
            match (&step.result, &step.region) {
                (StepResult::Failed(_) | StepResult::NotAttempted(_), Some(region)) => {
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

    fn reason(&self, region: Option<&str>) -> Option<String> {
        self.everything
            .clone()
            .or_else(|| self.regions.get(region?).cloned())
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
        steps: Vec::new(),
    };
    if part.steps.is_empty() || report.problem.is_some() {
        return report;
    }
    match context.open(situation, &part.account).await {
        Ok(session) => report.steps = run_steps(context, &session, part, blocked.clone()).await,
        Err(error) => report.problem = Some(error.to_string()),
    }
    let failed = report.count(|result| matches!(result, StepResult::Failed(_)));
    context.progress.tick(&format!(
        "{} {}: {} of {} done, {failed} failed",
        part.account,
        part.name,
        report.done(),
        part.steps.len()
    ));
    report
}

async fn run_steps(
    context: &Context,
    session: &Arc<dyn Session>,
    part: &Part,
    mut blocked: Blocked,
) -> Vec<StepReport> {
    let mut reports: Vec<StepReport> = Vec::new();
    for step in &part.steps {
        let act = step.action.act();
        let complete = reports
            .iter()
            .all(|report| matches!(report.result, StepResult::Done | StepResult::Gone));
        let result = if let Some(reason) = blocked.reason(step.region.as_deref()) {
            StepResult::NotAttempted(reason)
        } else if act.comes_last() && !complete {
            StepResult::NotAttempted("something before it failed that may still need it".to_owned())
        } else {
            run_step(context, session, part, step, blocked.fresh).await
        };
        if let StepResult::Failed(_) = &result {
            let reason = || format!("this failed before it: {}", step.summary);
            match (act.blocks(), &step.region) {
                (Blocks::Everything, _) => blocked.everything = Some(reason()),
                (Blocks::Region, Some(region)) => {
                    blocked.regions.insert(region.clone(), reason());
                }
                (Blocks::Region, None) | (Blocks::Nothing, _) => {}
            }
        }
        blocked.fresh |= matches!(step.action, Action::CreateRole(_) | Action::UpdateRole(_));
        let (region, sign, summary) = (step.region.clone(), step.sign, step.summary.clone());
        reports.push(StepReport {
            region,
            sign,
            summary,
            result,
        });
    }
    reports
}

async fn run_step(
    context: &Context,
    session: &Arc<dyn Session>,
    part: &Part,
    step: &Step,
    fresh: bool,
) -> StepResult {
    let region = step.region.clone().unwrap_or_default();
    let site = Site {
        session: Arc::clone(session),
        region,
        retry: context.retry.clone(),
        fresh,
    };
    let started = std::time::Instant::now();
    let answer = step.action.act().run(&site).await;
    tracing::info!(account = %part.account, region = step.region, step = step.summary, milliseconds = started.elapsed().as_millis(), failed = answer.is_err());
    match answer {
        Ok(Outcome::Done) => StepResult::Done,
        Ok(Outcome::Gone) => StepResult::Gone,
        Err(error) => StepResult::Failed(error.to_string()),
    }
}
