//! How two plans differ, for whoever asked for the first and got the second.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Part, Plan, Purpose, Status, Step};
use crate::difference::{Difference, of_values};

/// Line by line, what `now` would do otherwise than `saved`; nothing if they do the same.
pub fn differences(saved: &Plan, now: &Plan) -> Vec<String> {
    if let Some(line) = another_plan(saved, now) {
        return vec![line];
    }
    let mut lines = Vec::new();
    let configuration = of_values("configuration", &saved.configuration, &now.configuration);
    lines.extend(configuration.iter().map(shown));
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

/// Where the two have so little to do with each other that details would only hide it.
fn another_plan(saved: &Plan, now: &Plan) -> Option<String> {
    let (one, other) = (&saved.organization, &now.organization);
    if one != other {
        return Some(format!(
            "it is a plan for the organization {one}, and the credentials belong to the organization {other}: use \
             credentials of that one's management account, {} (AWS_PROFILE)",
            saved.management_account
        ));
    }
    let (one, other) = (&saved.central.account, &now.central.account);
    if one != other {
        return Some(format!(
            "it is a plan for the central account {one}, and the configuration says central.account = \"{other}\": \
             name the configuration that it was made with (--config FILE)"
        ));
    }
    let verb = |purpose| match purpose {
        Purpose::Apply => "apply",
        Purpose::Destroy => "destroy",
    };
    let (one, other) = (verb(saved.purpose), verb(now.purpose));
    (one != other).then(|| format!("it is a plan for {one}, and this is {other}"))
}

/// `place: a, b in the plan, c now`.
fn shown(difference: &Difference) -> String {
    let listed = |values: &[String]| match values {
        [] => "nothing".to_owned(),
        values => values.join(", "),
    };
    format!(
        "{}: {} in the plan, {} now",
        difference.place,
        listed(&difference.before),
        listed(&difference.after)
    )
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
    if !alike(&saved.status, &now.status) {
        let (was, is) = (said(&saved.status), said(&now.status));
        lines.push(format!("{account}: was {was}, is {is}"));
    }
    let mut new: Vec<_> = now
        .steps
        .iter()
        .filter(|step| !saved.steps.contains(step))
        .collect();
    for step in saved.steps.iter().filter(|step| !now.steps.contains(step)) {
        let same = |other: &&Step| other.region == step.region && other.summary == step.summary;
        match new.iter().position(same) {
            Some(index) => lines.extend(otherwise(account.as_str(), step, new.remove(index))),
            None => lines.push(line(account.as_str(), "no longer as planned", step)),
        }
    }
    let new = new.iter();
    lines.extend(new.map(|step| line(account.as_str(), "not in the plan", step)));
    if lines.is_empty() && saved.steps != now.steps {
        lines.push(format!("{account}: the same steps in another order"));
    }
    lines
}

/// Whether as much can be done there. The reasons don't count: no step hangs on them, and a refusal's words may be
/// others each time, such as the name of a session.
fn alike(saved: &Status, now: &Status) -> bool {
    std::mem::discriminant(saved) == std::mem::discriminant(now)
}

fn line(account: &str, what: &str, step: &Step) -> String {
    let region = step.region.as_deref().unwrap_or("global");
    format!(
        "{account} {region}: {what}: {} {}",
        step.sign.as_char(),
        step.summary
    )
}

/// What differs between two steps that are called the same.
fn otherwise(account: &str, saved: &Step, now: &Step) -> Vec<String> {
    let value = |step: &Step| serde_json::to_value(&step.action).unwrap_or(Value::Null);
    let differences = of_values("its action", &value(saved), &value(now));
    let head = line(account, "otherwise than planned", saved);
    let lines = differences.iter().map(|it| format!("  {}", shown(it)));
    std::iter::once(head).chain(lines).collect()
}

fn said(status: &Status) -> String {
    match status {
        Status::Ready => "ready".to_owned(),
        Status::Skipped(reason) => format!("skipped ({reason})"),
        Status::Failed(reason) => format!("failed ({reason})"),
    }
}
