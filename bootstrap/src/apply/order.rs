//! Who comes before whom where a plan sets up: the central account, then the members; and where the
//! destination stops admitting accounts by their ids, those accounts before that.

use std::sync::Arc;

use super::steps::{Blocked, run_part};
use super::{PartReport, run_members};
use crate::context::{Context, Situation};
use crate::names::AccountId;
use crate::plan::{Part, Plan, Step};

/// Sets up the central account and the members; the reports stand in the plan's order.
pub(super) async fn set_up(
    context: &Arc<Context>,
    situation: &Arc<Situation>,
    plan: &Plan,
) -> (PartReport, Vec<PartReport>) {
    let (first, late) = in_two(&plan.central);
    let nothing = Blocked::nothing(false);
    let mut central = run_part(context, situation, &first, &nothing).await;
    let blocked = Blocked::by_central(&first, &central);
    if late.steps.is_empty() {
        let members = run_members(context, situation, &plan.members, &Arc::new(blocked)).await;
        return (central, members);
    }
    // Those that send already, and would stop if they weren't ready; then the step; then the others, which
    // aren't admitted before it.
    let waits_for = |account: &AccountId| late.steps.iter().any(|step| waits(step, account));
    let (senders, others): (Vec<_>, Vec<_>) = plan
        .members
        .iter()
        .cloned()
        .partition(|part| waits_for(&part.account));
    let blocked = Arc::new(blocked);
    let mut members = run_members(context, situation, &senders, &blocked).await;
    let held_back = Blocked::clone(&blocked).by_senders(&senders, &members);
    let report = run_part(context, situation, &late, &held_back).await;
    let blocked = Blocked::clone(&blocked).and(Blocked::by_central(&late, &report));
    members.extend(run_members(context, situation, &others, &Arc::new(blocked)).await);
    let place = |report: &PartReport| {
        let mut parts = plan.members.iter();
        parts.position(|part| part.account == report.account)
    };
    members.sort_by_key(place);
    central.problem = central.problem.or(report.problem);
    central.seconds += report.seconds;
    central.steps.extend(report.steps);
    (central, members)
}

fn waits(step: &Step, account: &AccountId) -> bool {
    let members = step.action.act().after_members();
    members.is_some_and(|members| members.contains(account))
}

/// What of the central account's part comes before the members, and what after them, at its end.
fn in_two(central: &Part) -> (Part, Part) {
    let is_late = |step: &Step| step.action.act().after_members().is_some();
    let (mut first, mut late) = (central.clone(), central.clone());
    first.steps.retain(|step| !is_late(step));
    late.steps.retain(is_late);
    (first, late)
}
