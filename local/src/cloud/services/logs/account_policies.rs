//! Account policies. Of `SUBSCRIPTION_FILTER_POLICY` an account has one in a Region, which sends every
//! log group, those that come later too, but for those that its selection criteria name.

use serde_json::{Value, json};

use super::{Logs, admission};
use crate::cloud::answer::Answered;
use crate::cloud::call::Call;
use crate::cloud::refusal::Refusal;
use crate::cloud::world::World;

const SUBSCRIPTION: &str = "SUBSCRIPTION_FILTER_POLICY";

/// Most characters of a policy document, and most bytes of selection criteria.
const MOST_CHARACTERS: usize = 30_720;
const MOST_BYTES: usize = 25 * 1024;

/// An account policy.
#[derive(Debug, Clone)]
pub(in crate::cloud) struct AccountPolicy {
    kind: String,
    document: String,
    criteria: Option<String>,
    /// Destination and role, of a subscription.
    target: Option<(String, Option<String>)>,
}

impl AccountPolicy {
    pub(super) fn dumped(&self) -> String {
        let Self {
            kind,
            document,
            criteria,
            ..
        } = self;
        json!({"type": kind, "document": document, "criteria": criteria}).to_string()
    }

    /// Whether it sends a log group.
    pub(super) fn covers(&self, log_group: &str) -> bool {
        let left_out = self.criteria.as_deref().map(left_out).and_then(Result::ok);
        self.kind == SUBSCRIPTION
            && left_out.is_none_or(|names| !names.iter().any(|name| name == log_group))
    }

    /// Where a subscription sends, and the role that it sends with.
    pub(super) fn target(&self) -> Option<(&str, Option<&str>)> {
        let (target, role) = self.target.as_ref()?;
        Some((target, role.as_deref()))
    }

    /// What a subscription lets through.
    pub(super) fn pattern(&self) -> String {
        let document: Value = serde_json::from_str(&self.document).unwrap_or_default();
        document["FilterPattern"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    fn shown(&self, call: &Call, name: &str) -> Value {
        json!({
            "policyName": name,
            "policyDocument": self.document,
            "policyType": self.kind,
            "scope": "ALL",
            "selectionCriteria": self.criteria,
            "accountId": call.account,
            "lastUpdatedTime": 1_767_225_600_000_i64,
        })
    }
}

/// The names of `LogGroupName NOT IN ["a", "b"]`, the one form that a subscription's criteria have.
fn left_out(criteria: &str) -> Result<Vec<String>, Refusal> {
    let invalid = || Refusal::parameter("selectionCriteria is not valid");
    if criteria.len() > MOST_BYTES {
        return Err(invalid());
    }
    let list = criteria
        .trim()
        .strip_prefix("LogGroupName")
        .map(str::trim_start);
    let list = list.and_then(|rest| rest.strip_prefix("NOT IN"));
    serde_json::from_str(list.ok_or_else(invalid)?).map_err(|_| invalid())
}

pub(super) fn describe(logs: &Logs, call: &Call) -> Answered {
    let place = call.place();
    let kind = call.text("policyType")?;
    let wanted = call.optional("policyName");
    let here = logs.account_policies.iter().filter(|((at, name), policy)| {
        *at == place && policy.kind == kind && wanted.is_none_or(|wanted| wanted == name)
    });
    let found: Vec<_> = here
        .map(|((_, name), policy)| policy.shown(call, name))
        .collect();
    Ok(json!({"accountPolicies": found}))
}

pub(super) fn put(world: &mut World, call: &Call) -> Answered {
    let name = call.text("policyName")?.to_owned();
    let mut policy = AccountPolicy {
        kind: call.text("policyType")?.to_owned(),
        document: call.text("policyDocument")?.to_owned(),
        criteria: call.optional("selectionCriteria").map(str::to_owned),
        target: None,
    };
    if policy.kind == SUBSCRIPTION {
        policy.target = Some(check(world, call, &name, &policy)?);
    }
    let shown = policy.shown(call, &name);
    let key = (call.place(), name);
    world.logs.account_policies.insert(key, policy);
    Ok(json!({"accountPolicy": shown}))
}

/// Destination and role of a subscription that may be put.
fn check(
    world: &World,
    call: &Call,
    name: &str,
    policy: &AccountPolicy,
) -> Result<(String, Option<String>), Refusal> {
    let invalid = |message: &str| Refusal::parameter(message);
    if policy.document.chars().count() > MOST_CHARACTERS {
        return Err(invalid("policyDocument is longer than 30720 characters"));
    }
    let document: Value = serde_json::from_str(&policy.document)
        .map_err(|_| invalid("policyDocument is not valid JSON"))?;
    let target = document["DestinationArn"].as_str();
    let target = target.ok_or_else(|| invalid("policyDocument has no DestinationArn"))?;
    if let Some(criteria) = &policy.criteria {
        left_out(criteria)?;
    }
    let place = call.place();
    let mut others = world.logs.account_policies.iter();
    let other = others
        .any(|((at, found), policy)| *at == place && found != name && policy.kind == SUBSCRIPTION);
    if other {
        return Err(Refusal::new(
            "LimitExceededException",
            "Resource limit exceeded.",
        ));
    }
    let role = document["RoleArn"].as_str();
    admission::check(world, &place, target, role, "*")?;
    Ok((target.to_owned(), role.map(str::to_owned)))
}

pub(super) fn delete(logs: &mut Logs, call: &Call) -> Answered {
    let key = (call.place(), call.text("policyName")?.to_owned());
    let kind = call.text("policyType")?;
    match logs.account_policies.get(&key) {
        Some(policy) if policy.kind == kind => {
            logs.account_policies.remove(&key);
            Ok(Value::Null)
        }
        _ => Err(Refusal::missing("The specified policy does not exist.")),
    }
}
