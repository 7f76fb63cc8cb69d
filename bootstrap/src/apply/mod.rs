//! Does what a plan says, account by account, and reports what became of every step.

mod blocked;
mod order;
mod report;
mod steps;
mod stretches;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

pub use report::{PartReport, Report, StepReport, StepResult};

use crate::bounded::bounded;
use crate::context::{Context, Situation};
use crate::plan::{Part, Plan, Purpose};
use blocked::Blocked;
use order::set_up;
use steps::{Then, run_part};

/// Applies a plan. What fails in one account never stops another: but without the central account's part
/// nobody can be subscribed, and while members still name it, nothing there is taken back. Once somebody
/// asks to stop, no further action is begun.
pub async fn execute(context: &Arc<Context>, situation: &Arc<Situation>, plan: &Plan) -> Report {
    let started = Instant::now();
    let busy: Vec<_> = plan
        .parts()
        .filter(|part| !part.steps.is_empty() && part.failure().is_none())
        .collect();
    let title = if plan.purpose == Purpose::Apply {
        "setting up"
    } else {
        "taking back"
    };
    if !busy.is_empty() {
        let actions = busy.iter().map(|part| part.steps.len()).sum();
        context.interrupt.begin_work();
        context.progress.start_actions(title, busy.len(), actions);
    }
    let (central, members) = match plan.purpose {
        Purpose::Apply => set_up(context, situation, plan).await,
        Purpose::Destroy => {
            let nothing = Arc::new(Blocked::nothing(false));
            let members = run_members(context, situation, &plan.members, &nothing, &[]).await;
            let blocked = Arc::new(Blocked::by_members(&members));
            let central = run_part(context, situation, &plan.central, &blocked, Then::Done).await;
            (central, members)
        }
    };
    context.progress.finish();
    Report::new(central, members, started.elapsed())
}

/// Does the steps of members; `later` are those parts of members that come after them.
async fn run_members(
    context: &Arc<Context>,
    situation: &Arc<Situation>,
    parts: &[Part],
    blocked: &Arc<Blocked>,
    later: &[Part],
) -> Vec<PartReport> {
    let later: BTreeSet<_> = later.iter().map(|part| part.account.clone()).collect();
    bounded(parts.to_vec(), context.concurrency, |part| {
        let (context, situation, blocked) = (
            Arc::clone(context),
            Arc::clone(situation),
            Arc::clone(blocked),
        );
        let then = if later.contains(&part.account) {
            Then::More
        } else {
            Then::Done
        };
        async move { run_part(&context, &situation, &part, &blocked, then).await }
    })
    .await
}
