//! CloudWatch Logs: log groups with their subscription filters, destinations, account policies, events.

mod account_policies;
mod admission;
mod delivery;
mod destinations;
mod filters;
mod groups;

use std::collections::{BTreeMap, HashMap};

use serde_json::json;

pub(in crate::cloud) use account_policies::AccountPolicy;
pub(in crate::cloud) use destinations::Destination;
pub(in crate::cloud) use filters::Filter;
pub(in crate::cloud) use groups::{Group, reserved};

use super::unknown;
use crate::cloud::answer::Answered;
use crate::cloud::call::{Call, Place};
use crate::cloud::refusal::Refusal;
use crate::cloud::world::World;

/// What there is in every account and Region.
#[derive(Debug, Clone, Default)]
pub(in crate::cloud) struct Logs {
    /// Log groups by place and name.
    pub groups: HashMap<Place, BTreeMap<String, Group>>,
    /// Destinations by place and name.
    pub destinations: BTreeMap<(Place, String), Destination>,
    /// Account policies by place and name.
    pub account_policies: BTreeMap<(Place, String), AccountPolicy>,
    /// Resource policies by place and name: the document as it was put.
    pub resource_policies: BTreeMap<(Place, String), String>,
}

impl Logs {
    /// A log group, or the refusal of one that is not there.
    fn group(&mut self, call: &Call) -> Result<&mut Group, Refusal> {
        let name = call.text("logGroupName")?;
        let group = self.groups.get_mut(&call.place());
        group
            .and_then(|groups| groups.get_mut(name))
            .ok_or_else(|| Refusal::missing("The specified log group does not exist."))
    }

    pub(in crate::cloud) fn dump(&self, dump: &mut BTreeMap<String, String>) {
        for (Place { account, region }, groups) in &self.groups {
            for (name, group) in groups {
                let key = format!("{account} {region} log group {name}");
                for (filter, parts) in &group.filters {
                    dump.insert(format!("{key} filter {filter}"), parts.dumped());
                }
                let Group {
                    class,
                    retention,
                    tags,
                    ..
                } = group;
                let shown = json!({"class": class, "retention": retention, "tags": tags});
                dump.insert(key, shown.to_string());
            }
        }
        let place = |Place { account, region }: &Place| format!("{account} {region}");
        for ((at, name), found) in &self.destinations {
            dump.insert(format!("{} destination {name}", place(at)), found.dumped());
        }
        for ((at, name), found) in &self.account_policies {
            dump.insert(
                format!("{} account policy {name}", place(at)),
                found.dumped(),
            );
        }
        for ((at, name), found) in &self.resource_policies {
            dump.insert(
                format!("{} resource policy {name}", place(at)),
                found.clone(),
            );
        }
    }
}

/// The destinations that a log group's events reach.
pub(in crate::cloud) fn reached(world: &World, place: &Place, log_group: &str) -> Vec<String> {
    let group = world
        .logs
        .groups
        .get(place)
        .and_then(|groups| groups.get(log_group));
    let Some(group) = group else {
        return Vec::new();
    };
    let filters = group.filters.values();
    let of_filters = filters.map(|filter| (filter.destination.as_str(), filter.role.as_deref()));
    let policies = world.logs.account_policies.iter();
    let policies = policies.filter(|((at, _), policy)| at == place && policy.covers(log_group));
    let of_policies = policies.filter_map(|(_, policy)| policy.target());
    let all = of_filters.chain(of_policies);
    let reaching =
        all.filter(|(to, role)| admission::check(world, place, to, *role, log_group).is_ok());
    reaching.map(|(to, _)| to.to_owned()).collect()
}

pub(super) fn answer(world: &mut World, call: &Call) -> Answered {
    match call.operation.as_str() {
        "CreateLogGroup"
        | "DeleteLogGroup"
        | "DescribeLogGroups"
        | "ListTagsForResource"
        | "PutRetentionPolicy"
        | "DeleteRetentionPolicy"
        | "CreateLogStream"
        | "DescribeLogStreams"
        | "GetLogEvents" => groups::answer(&mut world.logs, call),
        "PutLogEvents" => {
            let answer = groups::answer(&mut world.logs, call)?;
            delivery::deliver(world, call);
            Ok(answer)
        }
        "DescribeSubscriptionFilters" => filters::describe(&mut world.logs, call),
        "PutSubscriptionFilter" => filters::put(world, call),
        "DeleteSubscriptionFilter" => filters::delete(&mut world.logs, call),
        "DescribeDestinations" => destinations::describe(&world.logs, call),
        "PutDestination" => destinations::put(world, call),
        "PutDestinationPolicy" => destinations::put_policy(&mut world.logs, call),
        "DeleteDestination" => destinations::delete(&mut world.logs, call),
        "DescribeAccountPolicies" => account_policies::describe(&world.logs, call),
        "PutAccountPolicy" => account_policies::put(world, call),
        "DeleteAccountPolicy" => account_policies::delete(&mut world.logs, call),
        "DescribeResourcePolicies" | "PutResourcePolicy" | "DeleteResourcePolicy" => {
            resource_policies(&mut world.logs, call)
        }
        _ => Err(unknown(call)),
    }
}

/// Resource policies: at most ten in an account and Region.
fn resource_policies(logs: &mut Logs, call: &Call) -> Answered {
    let shown = |name: &str, document: &str| json!({"policyName": name, "policyDocument": document, "lastUpdatedTime": 0});
    let place = call.place();
    let policies = &mut logs.resource_policies;
    if call.operation == "DescribeResourcePolicies" {
        let here = policies.iter().filter(|((at, _), _)| *at == place);
        let found: Vec<_> = here.map(|((_, name), text)| shown(name, text)).collect();
        return Ok(json!({"resourcePolicies": found}));
    }
    let key = (place, call.text("policyName")?.to_owned());
    if call.operation == "DeleteResourcePolicy" {
        let gone = policies.remove(&key);
        gone.ok_or_else(|| Refusal::missing("Policy with that name does not exist."))?;
        return Ok(serde_json::Value::Null);
    }
    let count = policies.keys().filter(|(at, _)| *at == key.0).count();
    if count >= 10 && !policies.contains_key(&key) {
        return Err(Refusal::new(
            "LimitExceededException",
            "Resource limit exceeded.",
        ));
    }
    let document = call.text("policyDocument")?.to_owned();
    let answer = json!({"resourcePolicy": shown(&key.1, &document)});
    policies.insert(key, document);
    Ok(answer)
}
