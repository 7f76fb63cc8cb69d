//! Subscription filters.

use serde_json::{Value, json};

use super::{Logs, admission, reserved};
use crate::cloud::answer::Answered;
use crate::cloud::call::Call;
use crate::cloud::refusal::Refusal;
use crate::cloud::services::pages::page;
use crate::cloud::world::World;

/// A subscription filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cloud) struct Filter {
    /// Where it sends: an ARN.
    pub destination: String,
    /// The role that it sends with.
    pub role: Option<String>,
    /// What it lets through.
    pub pattern: String,
    /// `ByLogStream` or `Random`.
    pub distribution: String,
}

impl Filter {
    pub(super) fn dumped(&self) -> String {
        let Self {
            destination,
            role,
            pattern,
            distribution,
        } = self;
        json!({"to": destination, "role": role, "pattern": pattern, "distribution": distribution})
            .to_string()
    }
}

pub(super) fn describe(logs: &mut Logs, call: &Call) -> Answered {
    let group = logs.group(call)?;
    let name = call.text("logGroupName")?;
    let prefix = call.optional("filterNamePrefix").unwrap_or_default();
    let size = usize::try_from(call.number("limit").unwrap_or(50)).unwrap_or(1);
    let found = group
        .filters
        .iter()
        .filter(|(filter, _)| filter.starts_with(prefix));
    let (found, next) = page(found, call.optional("nextToken"), size)?;
    let shown = |(filter, parts): (&String, &Filter)| {
        json!({
            "logGroupName": name,
            "filterName": filter,
            "filterPattern": parts.pattern,
            "destinationArn": parts.destination,
            "roleArn": parts.role,
            "distribution": parts.distribution,
            "creationTime": 1_767_225_600_000_i64,
        })
    };
    let found: Vec<_> = found.into_iter().map(shown).collect();
    Ok(json!({"subscriptionFilters": found, "nextToken": next}))
}

pub(super) fn put(world: &mut World, call: &Call) -> Answered {
    let group_name = call.text("logGroupName")?;
    let name = call.text("filterName")?.to_owned();
    let filter = Filter {
        destination: call.text("destinationArn")?.to_owned(),
        role: call.optional("roleArn").map(str::to_owned),
        pattern: call.text("filterPattern")?.to_owned(),
        distribution: call
            .optional("distribution")
            .unwrap_or("ByLogStream")
            .to_owned(),
    };
    if name.len() > 512 || name.contains([':', '*']) || filter.pattern.chars().count() > 1024 {
        return Err(Refusal::parameter(
            "filterName or filterPattern is not valid",
        ));
    }
    reserved(group_name)?;
    let most = world.settings.filters_per_log_group;
    let group = world.logs.group(call)?;
    if group.class != "STANDARD" {
        let message = format!(
            "Subscription filters are not supported for log groups of class {}",
            group.class
        );
        return Err(Refusal::parameter(&message));
    }
    if group.filters.len() >= most && !group.filters.contains_key(&name) {
        return Err(Refusal::new(
            "LimitExceededException",
            "Resource limit exceeded.",
        ));
    }
    admission::check(
        world,
        &call.place(),
        &filter.destination,
        filter.role.as_deref(),
        group_name,
    )?;
    world.logs.group(call)?.filters.insert(name, filter);
    Ok(Value::Null)
}

pub(super) fn delete(logs: &mut Logs, call: &Call) -> Answered {
    let name = call.text("filterName")?;
    let gone = logs.group(call)?.filters.remove(name);
    gone.ok_or_else(|| Refusal::missing("The specified subscription filter does not exist."))?;
    Ok(Value::Null)
}
