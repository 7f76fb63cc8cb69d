//! Destinations and who may send to them.

use serde_json::{Value, json};

use super::Logs;
use super::admission::{not_delivered, usable_role};
use crate::cloud::answer::Answered;
use crate::cloud::call::Call;
use crate::cloud::documents::allows;
use crate::cloud::refusal::Refusal;
use crate::cloud::services::pages::page;
use crate::cloud::world::World;
use crate::cloudwatch::policy::AccessPolicy;

/// Most bytes of an access policy.
const MOST_BYTES: usize = 5120;

/// A destination.
#[derive(Debug, Clone)]
pub(in crate::cloud) struct Destination {
    /// The stream behind it.
    pub target: String,
    /// The role that writes into the stream.
    pub role: String,
    /// Who may subscribe, as it was put.
    pub policy: Option<String>,
}

impl Destination {
    pub(super) fn dumped(&self) -> String {
        let Self {
            target,
            role,
            policy,
        } = self;
        json!({"to": target, "role": role, "policy": policy}).to_string()
    }

    fn shown(&self, call: &Call, name: &str) -> Value {
        json!({
            "destinationName": name,
            "targetArn": self.target,
            "roleArn": self.role,
            "accessPolicy": self.policy,
            "arn": call.arn(&format!("destination:{name}")),
            "creationTime": 1_767_225_600_000_i64,
        })
    }
}

pub(super) fn describe(logs: &Logs, call: &Call) -> Answered {
    let place = call.place();
    let prefix = call.optional("DestinationNamePrefix").unwrap_or_default();
    let here = logs.destinations.iter();
    let here = here.filter(|((at, name), _)| *at == place && name.starts_with(prefix));
    let (found, next) = page(here, call.optional("nextToken"), 50)?;
    let found = found
        .into_iter()
        .map(|((_, name), found)| found.shown(call, name));
    Ok(json!({"destinations": found.collect::<Vec<_>>(), "nextToken": next}))
}

/// The role and the stream are proved by a test message: it takes a role that CloudWatch Logs can
/// assume on behalf of this account, and that may put records into a stream that takes them.
pub(super) fn put(world: &mut World, call: &Call) -> Answered {
    let name = call.text("destinationName")?;
    let (target, role) = (call.text("targetArn")?, call.text("roleArn")?);
    if !world.streams.takes_records(target) {
        return Err(not_delivered());
    }
    let (_, found) = usable_role(world, role, &call.place()).ok_or_else(not_delivered)?;
    let may = |action, resource| allows(found.policies.values(), action, resource);
    let encrypts = world
        .streams
        .key_of(target)
        .is_none_or(|key| may("kms:GenerateDataKey", key));
    if !may("kinesis:PutRecord", target) || !encrypts {
        return Err(not_delivered());
    }
    let at = (call.place(), name.to_owned());
    let before = world.logs.destinations.get(&at);
    let kept = !world.settings.put_destination_drops_policy;
    let destination = Destination {
        target: target.to_owned(),
        role: role.to_owned(),
        policy: before
            .and_then(|before| before.policy.clone())
            .filter(|_| kept),
    };
    let shown = destination.shown(call, name);
    world.logs.destinations.insert(at, destination);
    Ok(json!({"destination": shown}))
}

pub(super) fn put_policy(logs: &mut Logs, call: &Call) -> Answered {
    let text = call.text("accessPolicy")?;
    if text.len() > MOST_BYTES {
        let message = format!(
            "1 validation error detected: Value at 'accessPolicy' failed to satisfy constraint: Member must have length less than or equal to {MOST_BYTES}"
        );
        return Err(Refusal::parameter(&message));
    }
    let invalid = |error: &dyn std::error::Error| Refusal::parameter(&error.to_string());
    let policy = AccessPolicy::parse(text).map_err(|error| invalid(&error))?;
    let destination = find(logs, call)?;
    let before = destination.policy.as_deref().map(AccessPolicy::parse);
    let by_accounts = matches!(&before, Some(Ok(before)) if !before.names_organization());
    if by_accounts && policy.names_organization() && !call.flag("forceUpdate") {
        return Err(Refusal::parameter(
            "Cannot update existing policy on Subscription Destination. The existing policy specifies AWS Principals \
             by Account Id while the provided policy specifies AWS Principals by Org Id. This can cause subscription \
             delivery failures for Subscriptions using this destination that are not configured with a Role. Use the \
             Force flag to accept this risk.",
        ));
    }
    destination.policy = Some(text.to_owned());
    Ok(Value::Null)
}

pub(super) fn delete(logs: &mut Logs, call: &Call) -> Answered {
    find(logs, call)?;
    let name = call.text("destinationName")?.to_owned();
    logs.destinations.remove(&(call.place(), name));
    Ok(Value::Null)
}

fn find<'a>(logs: &'a mut Logs, call: &Call) -> Result<&'a mut Destination, Refusal> {
    let name = call.text("destinationName")?.to_owned();
    let found = logs.destinations.get_mut(&(call.place(), name));
    found.ok_or_else(|| Refusal::missing("The specified destination does not exist."))
}
