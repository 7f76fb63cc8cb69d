//! CloudTrail: trails of all regions, and the log group that each delivers to.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::unknown;
use crate::cloud::answer::Answered;
use crate::cloud::call::{Call, Place};
use crate::cloud::documents::{allows, trusts_service};
use crate::cloud::refusal::Refusal;
use crate::cloud::world::World;

/// Trails by home and name.
pub(in crate::cloud) type Trails = BTreeMap<(Place, String), Trail>;

/// A trail of all regions.
#[derive(Debug, Clone, Default)]
pub(in crate::cloud) struct Trail {
    /// Whether it is of the whole organization.
    pub of_organization: bool,
    /// ARN of the log group that it delivers to.
    pub log_group: Option<String>,
    /// ARN of the role that it delivers as.
    pub role: Option<String>,
}

pub(in crate::cloud) fn dump(trails: &Trails, dump: &mut BTreeMap<String, String>) {
    for ((place, name), trail) in trails {
        let key = format!("{} {} trail {name}", place.account, place.region);
        dump.insert(
            key,
            json!({"group": trail.log_group, "role": trail.role}).to_string(),
        );
    }
}

pub(super) fn answer(world: &mut World, call: &Call) -> Answered {
    match call.operation.as_str() {
        "DescribeTrails" => {
            let own = world.trails.iter();
            let own = own.filter(|((place, _), _)| place.account == call.account);
            let found: Vec<_> = own
                .map(|((place, name), trail)| {
                    json!({
                        "Name": name,
                        "TrailARN": arn(place, name),
                        "HomeRegion": place.region,
                        "IsMultiRegionTrail": true,
                        "IsOrganizationTrail": trail.of_organization,
                        "CloudWatchLogsLogGroupArn": trail.log_group,
                        "CloudWatchLogsRoleArn": trail.role,
                    })
                })
                .collect();
            Ok(json!({"trailList": found}))
        }
        "UpdateTrail" => update(world, call),
        _ => Err(unknown(call)),
    }
}

fn update(world: &mut World, call: &Call) -> Answered {
    let name = call.text("Name")?;
    let wanted = |place: &Place, own: &str| own == name || arn(place, own) == name;
    let keys = world.trails.keys();
    let mut keys = keys.filter(|(place, own)| place.account == call.account && wanted(place, own));
    let key = keys
        .next()
        .cloned()
        .ok_or_else(|| Refusal::new("TrailNotFoundException", &format!("Unknown trail: {name}")))?;
    if key.0.region != call.region {
        let message = format!("The trail's home region is {}", key.0.region);
        return Err(Refusal::new("InvalidHomeRegionException", &message));
    }
    let group = call
        .optional("CloudWatchLogsLogGroupArn")
        .unwrap_or_default()
        .to_owned();
    let role = call
        .optional("CloudWatchLogsRoleArn")
        .unwrap_or_default()
        .to_owned();
    if !group.is_empty() || !role.is_empty() {
        check(world, call, &group, &role)?;
    }
    if let Some(trail) = world.trails.get_mut(&key) {
        let some = |text: String| (!text.is_empty()).then_some(text);
        trail.log_group = some(group);
        trail.role = some(role);
    }
    Ok(Value::Null)
}

/// Whether CloudTrail could write into the log group.
fn check(world: &World, call: &Call, group: &str, role: &str) -> Result<(), Refusal> {
    let known = world.roles.by_arn(role).filter(|(_, role)| {
        trusts_service(&role.trust, "cloudtrail.amazonaws.com", "")
            && role.changed.elapsed() >= world.settings.role_ready_after
    });
    let Some((_, found)) = known else {
        let message = "Access denied. Verify in IAM that the role can be assumed.";
        return Err(Refusal::new(
            "InvalidCloudWatchLogsRoleArnException",
            message,
        ));
    };
    let name = group.split_once(":log-group:").map_or("", |(_, name)| name);
    let name = name.trim_end_matches(":*");
    let groups = world.logs.groups.get(&call.place());
    let there = groups.is_some_and(|groups| groups.contains_key(name));
    let arn = group.trim_end_matches(":*");
    let stream = format!("{arn}:log-stream:o-exampleorgid_{}", call.account);
    if there && allows(found.policies.values(), "logs:PutLogEvents", &stream) {
        return Ok(());
    }
    let message = "Access denied. Check the permissions for your role.";
    Err(Refusal::new(
        "InvalidCloudWatchLogsLogGroupArnException",
        message,
    ))
}

fn arn(place: &Place, name: &str) -> String {
    format!(
        "arn:aws:cloudtrail:{}:{}:trail/{name}",
        place.region, place.account
    )
}
