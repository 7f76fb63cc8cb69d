//! What becomes of events that are put: they go to the streams behind the destinations that the log
//! group's filters and the account's policy lead to. What leads nowhere is dropped, as AWS drops what it
//! is denied.

use super::admission::{self, usable_role};
use crate::cloud::call::{Call, Place};
use crate::cloud::documents::allows;
use crate::cloud::world::World;
use crate::cloudwatch::event_id::EventIds;
use crate::cloudwatch::pattern::Pattern;
use crate::cloudwatch::{LogEvent, LogStream, envelope};

/// A way out of a log group.
struct Route {
    /// Name of the filter or policy.
    name: String,
    pattern: String,
    /// The stream's ARN.
    stream: String,
}

/// Delivers the events of a `PutLogEvents`.
pub(super) fn deliver(world: &mut World, call: &Call) {
    let text = |key: &str| call.optional(key).unwrap_or_default().to_owned();
    let from = LogStream {
        account: call.account.clone(),
        group: text("logGroupName"),
        stream: text("logStreamName"),
    };
    let events = events(call);
    for route in routes(world, &call.place(), &from.group) {
        let Ok(pattern) = Pattern::parse(&route.pattern) else {
            continue;
        };
        let picked: Vec<_> = events
            .iter()
            .filter(|event| pattern.picks(&event.message))
            .collect();
        if picked.is_empty() {
            continue;
        }
        if let Ok(payload) = envelope::data_message(&from, &route.name, &picked) {
            let key = format!("{}:{}:{}", from.account, from.group, from.stream);
            world.streams.put(&route.stream, &key, payload);
        }
    }
}

fn events(call: &Call) -> Vec<LogEvent> {
    let put = call.parameters["logEvents"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let first = put.first().and_then(|event| event["timestamp"].as_u64());
    let ids = EventIds::at(first.unwrap_or_default()).next_batch(put.len());
    let event = |(id, event): (String, &serde_json::Value)| LogEvent {
        id,
        timestamp: event["timestamp"].as_i64().unwrap_or_default(),
        message: event["message"].as_str().unwrap_or_default().to_owned(),
    };
    ids.into_iter().zip(&put).map(event).collect()
}

fn routes(world: &World, place: &Place, log_group: &str) -> Vec<Route> {
    let group = world
        .logs
        .groups
        .get(place)
        .and_then(|groups| groups.get(log_group));
    let filters = group
        .into_iter()
        .flat_map(|group| &group.filters)
        .map(|(name, filter)| {
            (
                name,
                filter.pattern.clone(),
                filter.destination.as_str(),
                filter.role.as_deref(),
            )
        });
    let policies = world.logs.account_policies.iter();
    let policies = policies.filter(|((at, _), policy)| at == place && policy.covers(log_group));
    let policies = policies.filter_map(|((_, name), policy)| {
        let (target, role) = policy.target()?;
        Some((name, policy.pattern(), target, role))
    });
    let all = filters.chain(policies);
    let admitted =
        all.filter(|(_, _, to, role)| admission::check(world, place, to, *role, log_group).is_ok());
    let routes = admitted.filter_map(|(name, pattern, to, _)| {
        Some(Route {
            name: name.clone(),
            pattern,
            stream: stream_behind(world, to)?,
        })
    });
    routes.collect()
}

/// The stream behind a destination, if the destination's role may put records into it.
fn stream_behind(world: &World, destination: &str) -> Option<String> {
    let ["arn", _, "logs", region, owner, "destination", name] =
        *destination.split(':').collect::<Vec<_>>()
    else {
        return None;
    };
    let at = Place::new(owner, region);
    let found = world
        .logs
        .destinations
        .get(&(at.clone(), name.to_owned()))?;
    let (_, role) = usable_role(world, &found.role, &at)?;
    allows(role.policies.values(), "kinesis:PutRecord", &found.target).then(|| found.target.clone())
}
