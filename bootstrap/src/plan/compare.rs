//! How two plans differ, for whoever asked for the first and got the second.

use std::collections::BTreeMap;

use super::{Part, Plan};

/// Line by line, what `now` would do otherwise than `saved`; nothing if they do the same.
pub fn differences(saved: &Plan, now: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for (what, one, other) in [
        (
            "purpose",
            format!("{:?}", saved.purpose),
            format!("{:?}", now.purpose),
        ),
        (
            "organization",
            saved.organization.clone(),
            now.organization.clone(),
        ),
    ] {
        if one != other {
            lines.push(format!("{what}: {one} in the plan, {other} now"));
        }
    }
    let (before, after) = (by_account(saved), by_account(now));
    for (key, part) in &before {
        match after.get(key) {
            Some(other) => lines.extend(part_differences(part, other)),
            None => lines.push(format!(
                "{}: is in the plan, and not among the accounts now",
                part.account
            )),
        }
    }
    for (key, part) in &after {
        if !before.contains_key(key) {
            lines.push(format!("{}: is not in the plan", part.account));
        }
    }
    lines
}

/// The central part and a member's part may be of the same account.
fn by_account(plan: &Plan) -> BTreeMap<(bool, &str), &Part> {
    let central = ((false, plan.central.account.as_str()), &plan.central);
    let members = plan
        .members
        .iter()
        .map(|part| ((true, part.account.as_str()), part));
    std::iter::once(central).chain(members).collect()
}

fn part_differences(saved: &Part, now: &Part) -> Vec<String> {
    let mut lines = Vec::new();
    let account = &saved.account;
    if saved.status != now.status {
        lines.push(format!(
            "{account}: was {:?}, is {:?}",
            saved.status, now.status
        ));
    }
    for step in saved.steps.iter().filter(|step| !now.steps.contains(step)) {
        let region = step.region.as_deref().unwrap_or("global");
        lines.push(format!(
            "{account} {region}: no longer as planned: {} {}",
            step.sign.as_char(),
            step.summary
        ));
    }
    for step in now.steps.iter().filter(|step| !saved.steps.contains(step)) {
        let region = step.region.as_deref().unwrap_or("global");
        lines.push(format!(
            "{account} {region}: not in the plan: {} {}",
            step.sign.as_char(),
            step.summary
        ));
    }
    if lines.is_empty() && saved.steps != now.steps {
        lines.push(format!("{account}: the same steps in another order"));
    }
    lines
}
