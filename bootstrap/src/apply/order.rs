//! Who comes before whom where a plan sets up: the central account, then the members; where the
//! destination stops admitting accounts by their ids, those accounts before that; and at the very end what
//! the central account takes long for and nobody waits for.

use std::sync::Arc;

use super::blocked::Blocked;
use super::steps::{Then, run_part};
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
    let (soon, last) = divided(&plan.central, |step| step.action.act().comes_after_all());
    let then = if last.steps.is_empty() {
        Then::Done
    } else {
        Then::More
    };
    let (mut central, members) = with_members(context, situation, plan, (&soon, then)).await;
    if !last.steps.is_empty() {
        let blocked = Blocked::of_central(&central);
        let report = run_part(context, situation, &last, &blocked, Then::Done).await;
        central.go_on(report, &plan.central);
    }
    (central, members)
}

/// The same without what comes after all; `then` is whether anything does.
async fn with_members(
    context: &Arc<Context>,
    situation: &Arc<Situation>,
    plan: &Plan,
    (central, then): (&Part, Then),
) -> (PartReport, Vec<PartReport>) {
    let is_late = |step: &Step| step.action.act().after_members().is_some();
    let (first, late) = divided(central, is_late);
    let nothing = Blocked::nothing(false);
    if late.steps.is_empty() {
        let central = run_part(context, situation, &first, &nothing, then).await;
        let blocked = Arc::new(Blocked::by_central(&central));
        let members = run_members(context, situation, &plan.members, &blocked, &[]).await;
        return (central, members);
    }
    let mut central = run_part(context, situation, &first, &nothing, Then::More).await;
    let blocked = Blocked::by_central(&central);
    // What sends already, and would stop if it weren't ready; then the step; then what isn't admitted
    // before it.
    let (senders, others) = senders_first(&plan.members, &late);
    let blocked = Arc::new(blocked);
    let mut members = run_members(context, situation, &senders, &blocked, &others).await;
    let held_back = Blocked::clone(&blocked).by_senders(&senders, &members);
    let report = run_part(context, situation, &late, &held_back, then).await;
    let blocked = Blocked::clone(&blocked).and(Blocked::by_central(&report));
    for later in run_members(context, situation, &others, &Arc::new(blocked), &[]).await {
        let mut before = members.iter_mut();
        let before = before.find(|report| report.account == later.account);
        let mut planned = plan.members.iter();
        match (before, planned.find(|part| part.account == later.account)) {
            (Some(report), Some(part)) => report.go_on(later, part),
            _ => members.push(later),
        }
    }
    let place = |report: &PartReport| {
        let mut parts = plan.members.iter();
        parts.position(|part| part.account == report.account)
    };
    members.sort_by_key(place);
    central.go_on(report, &plan.central);
    (central, members)
}

/// What of the members' parts comes before the `late` steps, and what after them. Each region's destination
/// has a policy of its own: an account may be admitted in one region until now, and in another only then.
fn senders_first(members: &[Part], late: &Part) -> (Vec<Part>, Vec<Part>) {
    let (mut senders, mut others) = (Vec::new(), Vec::new());
    for part in members {
        if !late.steps.iter().any(|step| waits(step, &part.account)) {
            others.push(part.clone());
            continue;
        }
        let (mut before, mut after) = (part.clone(), part.clone());
        (before.steps, after.steps) = (Vec::new(), Vec::new());
        for step in &part.steps {
            let of_region = |late: &&Step| late.region == step.region;
            let early = match &step.region {
                Some(_) => {
                    let mut late = late.steps.iter().filter(of_region);
                    late.all(|late| waits(late, &part.account))
                }
                // A role comes before everything that follows it, and after all that stands before it.
                None => after.steps.is_empty(),
            };
            let steps = if early {
                &mut before.steps
            } else {
                &mut after.steps
            };
            steps.push(step.clone());
        }
        senders.push(before);
        if !after.steps.is_empty() {
            others.push(after);
        }
    }
    (senders, others)
}

fn waits(step: &Step, account: &AccountId) -> bool {
    let members = step.action.act().after_members();
    members.is_some_and(|members| members.contains(account))
}

/// What of the central account's part comes first, and what is late and comes after members, at its end.
fn divided(central: &Part, is_late: impl Fn(&Step) -> bool) -> (Part, Part) {
    let (mut first, mut late) = (central.clone(), central.clone());
    first.steps.retain(|step| !is_late(step));
    late.steps.retain(|step| is_late(step));
    (first, late)
}
