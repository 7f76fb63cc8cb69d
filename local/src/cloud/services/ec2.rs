//! EC2: VPCs and their flow logs into log groups. Failures of `CreateFlowLogs` come as `Unsuccessful`
//! with status 200, as AWS answers them.
//!
//! Where AWS's behaviour isn't documented: a role that the service can't assume, or not yet, is refused
//! at once with a code of the stand-in's own choice. AWS may take it, and fail to deliver.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::unknown;
use crate::cloud::answer::Answered;
use crate::cloud::call::{Call, Place};
use crate::cloud::documents::{allows, trusts_service};
use crate::cloud::refusal::Refusal;
use crate::cloud::world::World;

/// VPCs and flow logs.
#[derive(Debug, Clone, Default)]
pub(in crate::cloud) struct Networks {
    /// The account that a VPC belongs to, by the place in which it is seen and its id.
    pub vpcs: BTreeMap<(Place, String), String>,
    flow_logs: BTreeMap<(Place, String), FlowLog>,
}

#[derive(Debug, Clone)]
struct FlowLog {
    token: Option<String>,
    resource: String,
    traffic: String,
    log_group: String,
    role: String,
    format: String,
    interval: i64,
    tags: BTreeMap<String, String>,
}

const DEFAULT_FORMAT: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} \
     ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

impl Networks {
    pub(in crate::cloud) fn dump(&self, dump: &mut BTreeMap<String, String>) {
        for ((Place { account, region }, _), log) in &self.flow_logs {
            let key = format!("{account} {region} flow log of {}", log.resource);
            let FlowLog {
                traffic,
                log_group,
                role,
                format,
                interval,
                tags,
                ..
            } = log;
            let shown = json!({"traffic": traffic, "group": log_group, "role": role, "format": format,
                "interval": interval, "tags": tags});
            // Two of one VPC are two lines.
            let line = dump.entry(key).or_default();
            line.push_str(&shown.to_string());
        }
    }
}

pub(super) fn answer(world: &mut World, call: &Call) -> Answered {
    let place = call.place();
    match call.operation.as_str() {
        "DescribeVpcs" => {
            let here = world.networks.vpcs.iter();
            let here = here.filter(|((at, _), _)| *at == place);
            let found: Vec<_> = here
                .map(
                    |((_, id), owner)| json!({"vpcId": id, "ownerId": owner, "state": "available"}),
                )
                .collect();
            Ok(json!({"vpcSet": found}))
        }
        "DescribeFlowLogs" => Ok(describe(&world.networks, call)),
        "CreateFlowLogs" => create(world, call),
        "DeleteFlowLogs" => {
            let id = call.text("FlowLogId.1")?.to_owned();
            match world.networks.flow_logs.remove(&(place, id.clone())) {
                Some(_) => Ok(json!({"unsuccessful": []})),
                None => Err(Refusal::new(
                    "InvalidFlowLogId.NotFound",
                    &format!("These flow log ids in the input list are not found: {id}"),
                )),
            }
        }
        _ => Err(unknown(call)),
    }
}

fn describe(networks: &Networks, call: &Call) -> Value {
    let place = call.place();
    let wanted = call.optional("Filter.1.Value.1");
    let here = networks.flow_logs.iter().filter(|((at, _), log)| {
        *at == place && wanted.is_none_or(|resource| resource == log.resource)
    });
    let found: Vec<_> = here
        .map(|((_, id), log)| {
            let tags = log.tags.iter();
            let tags: Vec<_> = tags
                .map(|(key, value)| json!({"key": key, "value": value}))
                .collect();
            json!({
                "flowLogId": id,
                "resourceId": log.resource,
                "trafficType": log.traffic,
                "logDestinationType": "cloud-watch-logs",
                "logGroupName": log.log_group,
                "deliverLogsPermissionArn": log.role,
                "deliverLogsStatus": "SUCCESS",
                "flowLogStatus": "ACTIVE",
                "logFormat": log.format,
                "maxAggregationInterval": log.interval,
                "tagSet": tags,
            })
        })
        .collect();
    json!({"flowLogSet": found})
}

fn create(world: &mut World, call: &Call) -> Answered {
    let place = call.place();
    let resource = call.text("ResourceId.1")?.to_owned();
    let token = call.optional("ClientToken").map(str::to_owned);
    let mut known = world.networks.flow_logs.iter();
    let same = known.find(|((at, _), log)| *at == place && token.is_some() && log.token == token);
    if let Some(((_, id), _)) = same {
        return Ok(json!({"flowLogIdSet": [id], "unsuccessful": []}));
    }
    if let Err(refusal) = check(world, call, &resource) {
        let error = json!({"code": refusal.code, "message": refusal.message});
        let failed = json!([{"error": error, "resourceId": resource}]);
        return Ok(json!({"flowLogIdSet": [], "unsuccessful": failed}));
    }
    let text = |name: &str| call.optional(name).unwrap_or_default().to_owned();
    let flow_logs = &mut world.networks.flow_logs;
    let id = format!("fl-{:017x}", flow_logs.len() + 1);
    let tag = text("TagSpecification.1.Tag.1.Key");
    let log = FlowLog {
        token,
        resource,
        traffic: call.text("TrafficType")?.to_owned(),
        log_group: call.text("LogGroupName")?.to_owned(),
        role: text("DeliverLogsPermissionArn"),
        format: call
            .optional("LogFormat")
            .unwrap_or(DEFAULT_FORMAT)
            .to_owned(),
        interval: call.number("MaxAggregationInterval").unwrap_or(600),
        tags: (!tag.is_empty())
            .then(|| (tag, text("TagSpecification.1.Tag.1.Value")))
            .into_iter()
            .collect(),
    };
    flow_logs.insert((place, id.clone()), log);
    Ok(json!({"flowLogIdSet": [id], "unsuccessful": []}))
}

/// Whether the flow log can be created.
fn check(world: &World, call: &Call, resource: &str) -> Result<(), Refusal> {
    let place = call.place();
    let owner = world
        .networks
        .vpcs
        .get(&(place.clone(), resource.to_owned()));
    let missing = || {
        let message = format!("The vpc ID '{resource}' does not exist");
        Refusal::new("InvalidVpcId.NotFound", &message)
    };
    if owner.ok_or_else(missing)? != &place.account {
        let message = "You are not the owner of this VPC";
        return Err(Refusal::new("UnauthorizedOperation", message));
    }
    let group = call.text("LogGroupName")?;
    let mut others = world.networks.flow_logs.iter();
    let same = |log: &FlowLog| log.resource == resource && log.log_group == group;
    if others.any(|((at, _), log)| *at == place && same(log)) {
        let message =
            "There is an existing Flow Log with the same configuration and log destination.";
        return Err(Refusal::new("FlowLogAlreadyExists", message));
    }
    let arn = call.text("DeliverLogsPermissionArn")?;
    let source = format!(
        "arn:aws:ec2:{}:{}:vpc-flow-log/fl-0",
        place.region, place.account
    );
    let target = format!(
        "arn:aws:logs:{}:{}:log-group:{group}:*",
        place.region, place.account
    );
    let usable = world.roles.by_arn(arn).is_some_and(|(_, role)| {
        trusts_service(&role.trust, "vpc-flow-logs.amazonaws.com", &source)
            && allows(role.policies.values(), "logs:PutLogEvents", &target)
            && role.changed.elapsed() >= world.settings.role_ready_after
    });
    if usable {
        return Ok(());
    }
    let message = format!("Access Denied for the role {arn}: it can't be assumed or can't write");
    Err(Refusal::new("InvalidParameter", &message))
}
