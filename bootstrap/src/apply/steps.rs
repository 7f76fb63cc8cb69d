//! The steps of one account, in their order.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;

use super::blocked::Blocked;
use super::report::seconds;
use super::stretches::stretches;
use super::{PartReport, StepReport, StepResult};
use crate::actions::{Action, Outcome, Site};
use crate::aws::AwsError;
use crate::aws::sessions::Session;
use crate::context::{Context, Situation};
use crate::plan::{Part, Step};
use crate::retry::Retry;

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
            reports.push((number, StepReport::of(step, result)));
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
                    self.retry.give_up();
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
        self.retry.merge(&lane.retry);
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
    StepReport::of(step, StepResult::Stopped)
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
