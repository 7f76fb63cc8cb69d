//! A sending account: desired against observed.

use serde_json::Value;

use super::account_policy::{by_policy, keeps_a_policy, no_policy};
use super::filters::{canaries_left, filters_elsewhere, log_group};
use super::ownership::{changed_beside_stack, foreign_role, is_our_role, stack_of, take_back_role};
use super::{Part, Skip, Status, Step};
use crate::actions::{Action, Change, CreateRole, UpdateRole};
use crate::aws::iam::Role;
use crate::desired::{Desired, DesiredRole};
use crate::error::Error;
use crate::names::AccountId;
use crate::observed::MemberObserved;
use crate::policies::say_the_same;

/// What is to be done in `account`, which is called `name`.
///
/// # Errors
/// When what is desired can't be put into a policy.
pub fn member_part(
    desired: &Desired,
    observed: &MemberObserved,
    account: &AccountId,
    name: &str,
) -> Result<Part, Error> {
    let mut part = Part::new(account, name, Status::Ready);
    if observed.log_groups.is_empty() && !observed.disabled_regions.is_empty() {
        return Ok(part.failed(no_region(observed)));
    }
    let owner = desired.names.owner();
    for (region, groups) in &observed.log_groups {
        if desired.sends_by_policy(account) {
            by_policy(desired, region, observed, &mut part);
        } else {
            for found in groups {
                log_group(desired, region, found, &mut part);
            }
            no_policy(desired, region, observed, &mut part);
        }
        for found in groups {
            filters_elsewhere(desired, region, found, &mut part);
        }
    }
    let untold = canaries_left(desired, observed, &mut part);
    part.notes.extend(untold);
    skip_disabled_regions(observed, &mut part);
    skip_vanished(observed, &mut part);
    // A role that no filter and no policy names is neither made nor kept.
    let puts = |step: &Step| {
        matches!(
            step.action,
            Action::PutFilter(_) | Action::PutAccountPolicy(_)
        )
    };
    let named = part.log_groups.sending > 0
        || part.steps.iter().any(puts)
        || keeps_a_policy(desired, observed, &part)
        || keeps_a_filter(desired, observed, &part);
    let role = desired.sender_role(account)?.filter(|_| named);
    let disabled = !observed.disabled_regions.is_empty();
    let observed = observed.sender_role.as_ref();
    match role {
        Some(role) => match role_step(&role, observed, owner, &mut part.notes) {
            Ok(step) => part.steps.splice(0..0, step).for_each(drop),
            Err(conflict) => return Ok(part.failed(conflict)),
        },
        // A region may only look disabled, and filters there name the role.
        None if disabled && observed.is_some_and(|role| is_our_role(role, owner)) => {
            part.notes
                .push(role_may_be_named(&desired.names.sender_role()));
        }
        None => {
            let ours = observed.filter(|role| is_our_role(role, owner));
            // A stack's role stays without a word: it may be there for what is yet to come.
            if let Some(found) = ours.filter(|role| stack_of(&role.tags).is_none()) {
                take_back_role(desired, desired.names.sender_role(), found, &mut part);
            }
        }
    }
    Ok(part)
}

/// That the sender role stays, since a region that AWS says isn't enabled can't be looked at.
pub(super) fn role_may_be_named(role: &str) -> String {
    format!("left: the role {role}, which filters in a region that isn't enabled may still name")
}

/// Why an account fails of which no region can be worked in.
fn no_region(observed: &MemberObserved) -> String {
    let regions = observed.disabled_regions.iter();
    let regions = regions.map(|(region, code)| format!("{region} (AWS answers {code})"));
    format!(
        "none of organization.regions seems to be enabled in this account: {}; enable one there, or leave the account \
         out",
        regions.collect::<Vec<_>>().join(", ")
    )
}

/// Says which regions can't hold anything of ours, since the account hasn't enabled them.
pub(super) fn skip_disabled_regions(observed: &MemberObserved, part: &mut Part) {
    for (region, code) in &observed.disabled_regions {
        part.skipped.push(Skip {
            region: region.clone(),
            log_group: "*".to_owned(),
            reason: format!("the region isn't enabled in this account (AWS answers {code})"),
            blocked: false,
        });
    }
}

/// Says which log groups a source wanted that are gone by now.
fn skip_vanished(observed: &MemberObserved, part: &mut Part) {
    for (region, names) in &observed.vanished {
        part.skipped.extend(names.iter().map(|name| Skip {
            region: region.clone(),
            log_group: name.clone(),
            reason: "it vanished while it was read".to_owned(),
            blocked: false,
        }));
    }
}

/// Whether a filter of ours stays on a log group that can't have the one that it should.
fn keeps_a_filter(desired: &Desired, observed: &MemberObserved, part: &Part) -> bool {
    part.skipped.iter().filter(|skip| skip.blocked).any(|skip| {
        let groups = observed.log_groups.get(&skip.region).into_iter().flatten();
        let mut filters = groups
            .filter(|found| found.group.name == skip.log_group)
            .flat_map(|found| &found.filters);
        filters.any(|filter| {
            desired
                .names
                .owns_filter(&filter.name, &filter.destination_arn, &skip.region)
        })
    })
}

/// The step that makes a role what it should be, if it takes one. The error is what stands in the way.
pub(super) fn role_step(
    wanted: &DesiredRole,
    observed: Option<&Role>,
    owner: &str,
    notes: &mut Vec<String>,
) -> Result<Option<Step>, String> {
    let DesiredRole {
        role,
        policy_name,
        policy,
    } = wanted;
    let Some(found) = observed else {
        let action = CreateRole {
            role: role.name.clone(),
            description: role.description.clone(),
            trust: role.trust.clone(),
            policy_name: policy_name.clone(),
            policy: policy.clone(),
            owner: owner.to_owned(),
        };
        return Ok(Some(Step::new(None, Action::CreateRole(action))));
    };
    if !is_our_role(found, owner) {
        return Err(foreign_role(&role.name, owner));
    }
    let others = found
        .policies
        .keys()
        .filter(|name| *name != policy_name)
        .chain(&found.attached);
    for other in others {
        notes.push(format!(
            "the role {} also has the policy {other}, which isn't from here",
            role.name
        ));
    }
    notes.extend(no_longer_trusted(&role.name, &found.trust, &role.trust));
    let before = found.policies.get(policy_name).cloned().unwrap_or_default();
    let change = |before: &Value, after: &Value| {
        (!say_the_same(before, after)).then(|| Change {
            before: before.clone(),
            after: after.clone(),
        })
    };
    let (trust, policy) = (change(&found.trust, &role.trust), change(&before, policy));
    if trust.is_none() && policy.is_none() {
        return Ok(None);
    }
    if let Some(stack) = stack_of(&found.tags) {
        let what = format!("the role {}", role.name);
        notes.push(changed_beside_stack(&what, stack));
    }
    let (role, policy_name, owner) = (role.name.clone(), policy_name.clone(), owner.to_owned());
    Ok(Some(Step::new(
        None,
        Action::UpdateRole(UpdateRole {
            role,
            policy_name,
            trust,
            policy,
            last: false,
            owner,
        }),
    )))
}

/// What to say where a role stops trusting CloudWatch Logs of a region: filters there stop sending.
fn no_longer_trusted(role: &str, before: &Value, after: &Value) -> Option<String> {
    let services = |trust: &Value| -> Vec<String> {
        let service = &trust["Statement"][0]["Principal"]["Service"];
        let one = service.as_str().map(str::to_owned);
        let many = service.as_array().into_iter().flatten();
        one.into_iter()
            .chain(many.filter_map(|name| name.as_str().map(str::to_owned)))
            .collect()
    };
    let kept = services(after);
    let mut gone = services(before);
    gone.retain(|service| service.starts_with("logs.") && !kept.contains(service));
    (!gone.is_empty()).then(|| {
        format!(
            "the role {role} will no longer trust {}: filters of ours that are still in that region stop sending. To \
             take them back first, run `bootstrap destroy` with the region in organization.regions, then apply",
            gone.join(", ")
        )
    })
}
