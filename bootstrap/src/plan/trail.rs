//! The organization's trail and its log group: desired against observed.

use std::collections::BTreeSet;

use super::member::role_step;
use super::ownership::{foreign_role, is_our_role, left_to_stack, stack_of, take_back_role};
use super::sources::Additions;
use super::{Part, Step};
use crate::actions::{Action, SetTrailLogGroup, UnsetTrailLogGroup};
use crate::aws::trails::Trail;
use crate::config::CloudTrailSettings;
use crate::desired::Desired;
use crate::error::Error;
use crate::names::AccountId;
use crate::observed::{MemberObserved, SourcesObserved, TrailsObserved};

/// What to do about access, for whoever lacks it.
const REMEDY: &str =
    "`bootstrap policies` prints what whoever runs bootstrap needs (access-cloudtrail)";

/// Adds what is to be done so that the organization's trail is delivered to a log group, in the
/// management account.
///
/// # Errors
/// When what is desired can't be put into a policy.
pub(super) fn trails(
    desired: &Desired,
    account: &AccountId,
    observed: &mut MemberObserved,
    sources: &SourcesObserved,
    additions: &mut Additions,
) -> Result<(), Error> {
    let settings = desired.config.cloudtrail.as_ref();
    let creates = settings.is_some_and(|settings| settings.create_log_group);
    let found = match &sources.trails {
        None => return Ok(()),
        Some(Ok(found)) => found,
        Some(Err(error)) => {
            let said = format!("the organization's trails can't be read: {error}; {REMEDY}");
            if creates {
                additions.conflicts.push(said);
            } else {
                additions.notes.push(said);
            }
            return Ok(());
        }
    };
    if creates && found.trails.is_empty() {
        additions.conflicts.push(
            "no trail of the organization is seen in the first of organization.regions: create one for all regions, \
             or take [cloudtrail] out"
                .to_owned(),
        );
    }
    // One role for all of them: each has a log group in its home region.
    let (mut regions, mut undelivered) = (BTreeSet::new(), Vec::new());
    for trail in &found.trails {
        match &trail.log_group_arn {
            Some(arn) => {
                delivered(desired, account, trail, arn, observed, additions);
                if is_ours(desired, account, trail, arn) {
                    regions.insert(trail.home_region.clone());
                }
            }
            None if creates => match log_group(desired, account, trail, observed, found, additions) {
                Ok(()) => {
                    regions.insert(trail.home_region.clone());
                    undelivered.push(trail);
                }
                Err(reason) => additions.conflicts.push(format!(
                    "the trail {} of the organization is delivered to no log group: {reason}",
                    trail.name
                )),
            },
            None => additions.conflicts.push(format!(
                "the trail {} of the organization is delivered to no log group, so that nothing of it is sent: name one \
                 for it, or have it made ([cloudtrail] create_log_group = true)",
                trail.name
            )),
        }
    }
    let Some(settings) = settings.filter(|_| !regions.is_empty()) else {
        return Ok(());
    };
    our_role(desired, account, (&regions, settings), found, additions)?;
    let steps = undelivered.into_iter();
    let steps = steps.map(|trail| delivery(desired, account, trail, settings));
    additions.after.extend(steps);
    Ok(())
}

/// Says what keeps the events of a trail from being sent that is delivered to a log group.
fn delivered(
    desired: &Desired,
    account: &AccountId,
    trail: &Trail,
    arn: &str,
    observed: &mut MemberObserved,
    additions: &mut Additions,
) {
    let parts: Vec<_> = arn.splitn(7, ':').collect();
    let (&[_, _, _, region, of_account, _, name], config) = (&parts[..], &desired.config) else {
        return;
    };
    let name = name.trim_end_matches(":*");
    if of_account != account.as_str() {
        return;
    }
    let head = format!(
        "the trail {} of the organization is delivered to {name} in {region}",
        trail.name
    );
    if !config.organization.regions.iter().any(|one| one == region) {
        additions.conflicts.push(format!(
            "{head}, which is none of organization.regions, so that nothing of it is sent: add the region"
        ));
        return;
    }
    if config.source_of(name).is_none() {
        additions.conflicts.push(format!(
            "{head}, which no source takes, so that nothing of it is sent: add it to a source of the dataset cloudtrail"
        ));
        return;
    }
    let names = &desired.names;
    let ours = trail.role_arn == Some(names.role_arn(account, &names.trail_role()));
    if let (true, Some(settings)) = (ours, &config.cloudtrail) {
        // Somebody may have deleted it.
        let wanted = (name, settings.log_group.retention_days);
        let _ = additions.log_group(desired, account, region, wanted, observed);
    }
}

/// Whether a trail is delivered to our log group in its home region as our role. The role is for these log
/// groups alone: what another one needs isn't taken from it.
fn is_ours(desired: &Desired, account: &AccountId, trail: &Trail, arn: &str) -> bool {
    let (names, region) = (&desired.names, trail.home_region.as_str());
    let Some(settings) = &desired.config.cloudtrail else {
        return false;
    };
    let group = names.log_group_arn(region, account, &settings.log_group.name);
    trail.role_arn == Some(names.role_arn(account, &names.trail_role()))
        && arn.trim_end_matches(":*") == group
}

/// Brings the role of ours to what it should be that trails with these home regions deliver as.
fn our_role(
    desired: &Desired,
    account: &AccountId,
    (regions, settings): (&BTreeSet<String>, &CloudTrailSettings),
    found: &TrailsObserved,
    additions: &mut Additions,
) -> Result<(), Error> {
    let wanted = desired.trail_role(account, regions, settings)?;
    let (there, owner) = (found.role.as_ref(), desired.names.owner());
    match role_step(&wanted, there, owner, &mut additions.notes) {
        Ok(step) => additions.after.extend(step),
        Err(conflict) => additions.conflicts.push(format!(
            "the organization's trails deliver as a role that can't be looked after: {conflict}"
        )),
    }
    Ok(())
}

/// Wants the log group that a trail is to be delivered to. The error is why that can't be.
fn log_group(
    desired: &Desired,
    account: &AccountId,
    trail: &Trail,
    observed: &mut MemberObserved,
    found: &TrailsObserved,
    additions: &mut Additions,
) -> Result<(), String> {
    let Some(settings) = &desired.config.cloudtrail else {
        return Ok(());
    };
    let (region, names) = (trail.home_region.as_str(), &desired.names);
    if !observed.log_groups.contains_key(region) {
        return Err(format!(
            "its home region {region} is none of organization.regions that the account has enabled: add it there"
        ));
    }
    let role = found.role.as_ref();
    if role.is_some_and(|role| !is_our_role(role, names.owner())) {
        return Err(foreign_role(&names.trail_role(), names.owner()));
    }
    let group = &settings.log_group;
    let wanted = (group.name.as_str(), group.retention_days);
    additions.log_group(desired, account, region, wanted, observed)
}

/// That a trail delivers to our log group in its home region.
fn delivery(
    desired: &Desired,
    account: &AccountId,
    trail: &Trail,
    settings: &CloudTrailSettings,
) -> Step {
    let (names, region, name) = (
        &desired.names,
        trail.home_region.as_str(),
        &settings.log_group.name,
    );
    let arn = names.log_group_arn(region, account, name);
    let action = SetTrailLogGroup {
        trail: trail.arn.clone(),
        log_group: name.clone(),
        log_group_arn: format!("{arn}:*"),
        role_arn: names.role_arn(account, &names.trail_role()),
    };
    Step::new(Some(region), Action::SetTrailLogGroup(action))
}

/// Adds that a trail that delivers as our role delivers to no log group any more, and that the role goes.
pub(super) fn destroy_trails(desired: &Desired, sources: &SourcesObserved, part: &mut Part) {
    if desired.config.cloudtrail.is_none() {
        return;
    }
    let (name, owner) = (desired.names.trail_role(), desired.names.owner());
    let found = match &sources.trails {
        None => return,
        Some(Ok(found)) => found,
        Some(Err(error)) => {
            part.conflicts.push(format!(
                "left: the organization's trails, which can't be read: {error}; {REMEDY}"
            ));
            return;
        }
    };
    let role_arn = desired.names.role_arn(&part.account, &name);
    let ours = |trail: &&Trail| trail.role_arn.as_ref() == Some(&role_arn);
    let stack = found.role.as_ref().filter(|role| is_our_role(role, owner));
    if let Some(stack) = stack.and_then(|role| stack_of(&role.tags)) {
        let what = format!("the role {name} and the trail that delivers as it");
        part.notes.push(left_to_stack(&what, stack));
        return;
    }
    for trail in found.trails.iter().filter(ours) {
        let action = UnsetTrailLogGroup {
            trail: trail.arn.clone(),
            role_arn: role_arn.clone(),
        };
        let step = Step::new(Some(&trail.home_region), Action::UnsetTrailLogGroup(action));
        part.steps.push(step);
    }
    if let Some(role) = &found.role {
        take_back_role(desired, name, role, part);
    }
}
