//! Removals that the function leaves to somebody who looks at them first.

use serde::Serialize;

use super::withdrawn::without_withdrawal;
use crate::actions::{Action, Change, PutAccessPolicy, PutAccountPolicy, Sign, UpdateRole};
use crate::desired::{Desired, LONGEST_ACCESS_POLICY, LONGEST_INLINE_POLICY, LONGEST_TRUST};
use crate::names::AccountId;
use crate::plan::{Part, Plan, Step};
use crate::policies::say_the_same;

/// Something that would be removed or would stop sending, and stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Held {
    /// The account.
    pub account: AccountId,
    /// The region, for what has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What would be done.
    pub summary: String,
}

/// The plan without what it removes or withdraws, unless it `may_remove`, and that. A filter or policy whose
/// log groups go on sending by another one isn't held: they would be sent twice. What only somebody who has
/// read the plan may decide is held in any case.
pub fn hold(mut plan: Plan, desired: &Desired, may_remove: bool) -> (Plan, Vec<Held>) {
    let mut held = Vec::new();
    for part in std::iter::once(&mut plan.central).chain(&mut plan.members) {
        held.extend(hold_of(part, desired, may_remove));
    }
    (plan.counted(), held)
}

fn hold_of(part: &mut Part, desired: &Desired, may_remove: bool) -> Vec<Held> {
    let steps = std::mem::take(&mut part.steps);
    // A destination that is put again may lose its access policy.
    let puts: Vec<_> = steps
        .iter()
        .filter(|step| matches!(step.action, Action::PutDestination(_)))
        .map(|step| step.region.clone())
        .collect();
    let mut held = Vec::new();
    for step in steps {
        let told = Held {
            account: part.account.clone(),
            region: step.region.clone(),
            summary: step.summary.clone(),
        };
        let is_put_again = puts.contains(&step.region);
        let kept = match &step.action {
            Action::PutAccountPolicy(put) if !may_remove => {
                let loops = |name: &String| desired.is_kept_from_looping(&part.account, name);
                match account_policy(put, loops) {
                    None => Kept::Whole(step),
                    Some(put) => {
                        let needed = put.before.as_ref() != Some(&put.policy);
                        let action = Action::PutAccountPolicy(put);
                        Kept::Part(needed.then(|| Step::new(step.region.as_deref(), action)))
                    }
                }
            }
            _ => kept(step, may_remove, is_put_again),
        };
        match kept {
            Kept::Whole(step) => part.steps.push(step),
            Kept::Part(step) => {
                part.steps.extend(step);
                held.push(told);
            }
        }
    }
    held
}

/// What becomes of a step.
enum Kept {
    /// It is done.
    Whole(Step),
    /// This much of it is done; the rest is held.
    Part(Option<Step>),
}

fn kept(step: Step, may_remove: bool, is_put_again: bool) -> Kept {
    if matches!(step.action, Action::ForceAccessPolicy(_)) {
        return Kept::Part(None);
    }
    if may_remove {
        return Kept::Whole(step);
    }
    if step.sign == Sign::Remove && !step.is_replacement() {
        return Kept::Part(None);
    }
    let region = step.region.as_deref();
    match &step.action {
        // What comes last takes away the key that another one has replaced.
        Action::UpdateRole(update) if !update.last => match role(update) {
            None => Kept::Whole(step),
            Some(update) => {
                let changes = update.trust.is_some() || update.policy.is_some();
                Kept::Part(changes.then(|| Step::new(region, Action::UpdateRole(update))))
            }
        },
        Action::PutAccessPolicy(put) => match access_policy(put) {
            None => Kept::Whole(step),
            Some(put) => {
                let same = put
                    .before
                    .as_ref()
                    .is_some_and(|before| say_the_same(before, &put.policy));
                let needed = is_put_again || !same;
                Kept::Part(needed.then(|| Step::new(region, Action::PutAccessPolicy(put))))
            }
        },
        _ => Kept::Whole(step),
    }
}

/// The update without what it withdraws: log groups, services or accounts. None if it withdraws nothing.
fn role(update: &UpdateRole) -> Option<UpdateRole> {
    let instead = |change: &Option<Change>, longest| {
        let change = change.as_ref()?;
        without_withdrawal(&change.before, &change.after, longest)
    };
    let trust = instead(&update.trust, LONGEST_TRUST);
    let policy = instead(&update.policy, LONGEST_INLINE_POLICY);
    if trust.is_none() && policy.is_none() {
        return None;
    }
    let changed = |change: &Option<Change>, instead: Option<_>| {
        let mut change = change.clone()?;
        change.after = instead.unwrap_or(change.after);
        (!say_the_same(&change.before, &change.after)).then_some(change)
    };
    Some(UpdateRole {
        trust: changed(&update.trust, trust),
        policy: changed(&update.policy, policy),
        ..update.clone()
    })
}

/// The policy of an account without the names that it would newly leave out and that send until now; what
/// would make a loop is left out in any case. None if there are no such names.
fn account_policy(
    put: &PutAccountPolicy,
    loops: impl Fn(&String) -> bool,
) -> Option<PutAccountPolicy> {
    let before = &put.before.as_ref()?.except;
    let sends = |name: &String| !before.contains(name) && !loops(name);
    if !put.policy.except.iter().any(sends) {
        return None;
    }
    let mut put = put.clone();
    put.policy.except.retain(|name| !sends(name));
    Some(put)
}

/// The same for whom a destination admits.
fn access_policy(put: &PutAccessPolicy) -> Option<PutAccessPolicy> {
    let policy = without_withdrawal(put.before.as_ref()?, &put.policy, LONGEST_ACCESS_POLICY)?;
    Some(PutAccessPolicy {
        policy,
        admits: format!("{}, and whom it admitted before", put.admits),
        ..put.clone()
    })
}
