//! Removals that the function leaves to somebody who looks at them first.

use serde::Serialize;

use crate::actions::{Action, Sign};
use crate::names::AccountId;
use crate::plan::{Part, Plan, Step};

/// Something that would be removed or would stop sending, and stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The account.
    pub account: AccountId,
    /// The region, for what has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What would be done.
    pub summary: String,
}

/// The plan without its removals, unless it `may_remove`, and these. A filter or policy whose log groups go on
/// sending by another one isn't held: they would be sent twice. What only somebody who has read the plan may
/// decide is held in any case.
pub fn hold(mut plan: Plan, may_remove: bool) -> (Plan, Vec<Held>) {
    let mut held = Vec::new();
    for part in std::iter::once(&mut plan.central).chain(&mut plan.members) {
        held.extend(hold_of(part, may_remove));
    }
    (plan.counted(), held)
}

fn hold_of(part: &mut Part, may_remove: bool) -> Vec<Held> {
    let removes = |step: &Step| !may_remove && step.sign == Sign::Remove && !step.is_replacement();
    let steps = || part.steps.iter().map(|step| (step, &step.action));
    let filter_stays =
        steps().any(|(step, action)| removes(step) && matches!(action, Action::DeleteFilter(_)));
    let puts = steps()
        .any(|(_, action)| matches!(action, Action::PutFilter(_) | Action::PutAccountPolicy(_)));
    // The role would let only the log groups of today's sources send: where nothing new needs that, the
    // filters that stay go on sending.
    let role_stays = filter_stays && !puts;
    let stays = |step: &Step| match step.action {
        Action::ForceAccessPolicy(_) => true,
        Action::UpdateRole(_) if role_stays => true,
        _ => removes(step),
    };
    let account = part.account.clone();
    let (held, kept): (Vec<_>, Vec<_>) =
        std::mem::take(&mut part.steps).into_iter().partition(stays);
    part.steps = kept;
    let held = held.into_iter().map(|step| Held {
        account: account.clone(),
        region: step.region,
        summary: step.summary,
    });
    held.collect()
}
