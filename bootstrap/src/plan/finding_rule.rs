//! The rule that writes GuardDuty's findings into a log group: desired against observed.

use serde_json::Value;

use super::ownership::{left_to_stack, stack_of};
use super::sources::Additions;
use super::{Part, Step};
use crate::actions::{
    Action, DeleteFindingRule, DeleteResourcePolicy, PutFindingRule, PutResourcePolicy,
    other_targets,
};
use crate::aws::events::Rule;
use crate::config::GuardDutySettings;
use crate::desired::{Desired, FINDING_TARGET};
use crate::error::Error;
use crate::names::{AccountId, OWNER_TAG};
use crate::observed::{FindingsObserved, MemberObserved, SourcesObserved};
use crate::policies::say_the_same;

/// Resource policies that an account may have in a region (CloudWatch Logs quotas).
const RESOURCE_POLICIES: usize = 10;

/// Adds what is to be done so that GuardDuty's findings are written into a log group, in the account that
/// has them.
///
/// # Errors
/// When what is desired can't be put into a policy.
pub(super) fn finding_rule(
    desired: &Desired,
    account: &AccountId,
    observed: &mut MemberObserved,
    sources: &SourcesObserved,
    additions: &mut Additions,
) -> Result<(), Error> {
    let Some(settings) = desired.config.guardduty.as_ref().filter(|made| made.rule) else {
        return Ok(());
    };
    let group = &settings.log_group;
    for (region, read) in &sources.findings {
        let found = match read {
            Ok(found) => found,
            Err(error) => {
                additions.conflicts.push(format!(
                    "GuardDuty's findings in {region} aren't looked after: {error}; `bootstrap policies` prints what \
                     the access role needs (access-guardduty)"
                ));
                continue;
            }
        };
        let policy = desired.finding_policy(account, region, settings)?;
        let steps = steps(desired, account, region, settings, found, policy);
        let wanted = (group.name.as_str(), group.retention_days);
        let ready = steps.and_then(|steps| {
            additions.log_group(desired, account, region, wanted, observed)?;
            Ok(steps)
        });
        match ready {
            Ok(steps) => additions.after.extend(steps),
            Err(reason) => additions.conflicts.push(format!(
                "GuardDuty's findings in {region} aren't written into {}: {reason}",
                group.name
            )),
        }
    }
    Ok(())
}

/// The policy and the rule, as far as they differ. The error is what stands in the way.
fn steps(
    desired: &Desired,
    account: &AccountId,
    region: &str,
    settings: &GuardDutySettings,
    found: &FindingsObserved,
    policy: Value,
) -> Result<Vec<Step>, String> {
    let name = desired.names.finding_rule();
    let before = found.policies.iter().find(|policy| policy.name == name);
    if before.is_none() && found.policies.len() >= RESOURCE_POLICIES {
        return Err(format!(
            "the account has {} resource policies of CloudWatch Logs there, and AWS allows {RESOURCE_POLICIES}: remove \
             one that nobody needs",
            found.policies.len()
        ));
    }
    let mut steps = Vec::new();
    let before = before.map(|policy| {
        let text = &policy.document;
        serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()))
    });
    if !before
        .as_ref()
        .is_some_and(|before| say_the_same(before, &policy))
    {
        let action = PutResourcePolicy {
            policy: name.clone(),
            log_group: settings.log_group.name.clone(),
            document: policy,
            before,
        };
        steps.push(Step::new(Some(region), Action::PutResourcePolicy(action)));
    }
    let arn = desired
        .names
        .log_group_arn(region, account, &settings.log_group.name);
    let pattern = Desired::finding_pattern();
    let changes = match &found.rule {
        None => None,
        Some(rule) if !rule.is_owned_by(desired.names.owner()) => {
            return Err(foreign(&name, desired.names.owner()));
        }
        Some(rule) => match changes(rule, &pattern, &arn) {
            None => return Ok(steps),
            some => some,
        },
    };
    let action = PutFindingRule {
        rule: name,
        description: "GuardDuty's findings".to_owned(),
        pattern,
        target: FINDING_TARGET.to_owned(),
        log_group: settings.log_group.name.clone(),
        log_group_arn: arn,
        changes,
        before: found.rule.clone(),
        owner: desired.names.owner().to_owned(),
    };
    steps.push(Step::new(Some(region), Action::PutFindingRule(action)));
    Ok(steps)
}

/// What is wrong with a rule of ours, if something is.
fn changes(rule: &Rule, pattern: &Value, arn: &str) -> Option<String> {
    let target = rule.targets.get(FINDING_TARGET);
    let mut wrong = Vec::new();
    if !rule.enabled {
        wrong.push("disabled -> enabled".to_owned());
    }
    if !say_the_same(&rule.pattern, pattern) {
        wrong.push(format!("pattern {} -> {pattern}", rule.pattern));
    }
    if target.map(|there| there.trim_end_matches(":*")) != Some(arn) {
        let there = target.map_or("none", String::as_str);
        wrong.push(format!("target {there} -> {arn}"));
    }
    (!wrong.is_empty()).then(|| wrong.join(", "))
}

fn foreign(name: &str, owner: &str) -> String {
    format!(
        "the rule {name} exists and isn't ours (it lacks the tag {OWNER_TAG} = {owner}): delete or rename it, or choose \
         another central.destination, which is part of the rule's name"
    )
}

/// Adds that the rule and its policy go, where they are ours.
pub(super) fn destroy_finding_rule(desired: &Desired, sources: &SourcesObserved, part: &mut Part) {
    let (name, owner) = (desired.names.finding_rule(), desired.names.owner());
    for (region, read) in &sources.findings {
        let found = match read {
            Ok(found) => found,
            Err(error) => {
                let left = format!("left: the rule {name} in {region}, if it is there: {error}");
                part.conflicts.push(left);
                continue;
            }
        };
        let stack = found.rule.as_ref().filter(|rule| rule.is_owned_by(owner));
        if let Some(stack) = stack.and_then(|rule| stack_of(&rule.tags)) {
            let what = format!("the rule {name} in {region} and its resource policy");
            part.notes.push(left_to_stack(&what, stack));
            continue;
        }
        let left = match &found.rule {
            None => None,
            Some(rule) if !rule.is_owned_by(owner) => Some(foreign(&name, owner)),
            Some(rule) => other_targets(&rule.targets, FINDING_TARGET)
                .map(|others| format!("the rule {name} has targets that aren't ours: {others}")),
        };
        if let Some(left) = left {
            part.notes.push(format!("left in {region}: {left}"));
            continue;
        }
        if found.rule.is_some() {
            let action = DeleteFindingRule {
                rule: name.clone(),
                target: FINDING_TARGET.to_owned(),
                owner: owner.to_owned(),
            };
            let step = Step::new(Some(region), Action::DeleteFindingRule(action));
            part.steps.push(step);
        }
        if found.policies.iter().any(|policy| policy.name == name) {
            let action = DeleteResourcePolicy {
                policy: name.clone(),
            };
            let step = Step::new(Some(region), Action::DeleteResourcePolicy(action));
            part.steps.push(step);
        }
    }
}
