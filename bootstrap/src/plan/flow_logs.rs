//! Flow logs for VPCs that have none: desired against observed.

use super::destroy::until_taken_out;
use super::member::role_step;
use super::ownership::{is_our_role, left_to_stack, stack_of, take_back_role};
use super::sources::Additions;
use super::{Part, Step};
use crate::actions::{Action, CreateFlowLog, DeleteFlowLog};
use crate::aws::ec2::{FlowLog, Vpc};
use crate::config::FlowLogsSettings;
use crate::desired::Desired;
use crate::error::Error;
use crate::names::AccountId;
use crate::observed::{FlowLogsObserved, MemberObserved};

/// What to do about access, for whoever lacks it.
const REMEDY: &str = "`bootstrap policies` prints what the access role needs (access-flow-logs, access-flow-logs-create)";

/// Adds what is to be done about flow logs in `account`.
///
/// # Errors
/// When what is desired can't be put into a policy.
pub(super) fn flow_logs(
    desired: &Desired,
    account: &AccountId,
    observed: &mut MemberObserved,
    found: &FlowLogsObserved,
    additions: &mut Additions,
) -> Result<(), Error> {
    let Some(settings) = desired.config.flow_logs.as_ref().filter(|made| made.create) else {
        return Ok(());
    };
    let (mut without, mut ours) = (Vec::new(), false);
    for (region, read) in &found.flow_logs {
        let (flow_logs, vpcs) = match (read, found.vpcs.get(region)) {
            (Ok(flow_logs), Some(Ok(vpcs))) => (flow_logs, vpcs),
            (Err(error), _) | (_, Some(Err(error))) => {
                additions.conflicts.push(format!(
                    "no flow logs are created in {region}, since those that there are can't be read: {error}; {REMEDY}"
                ));
                continue;
            }
            (Ok(_), None) => continue,
        };
        for vpc in vpcs.iter().filter(|vpc| is_own(vpc, account)) {
            let of_vpc = flow_logs.iter().filter(|log| log.resource == vpc.id);
            let of_vpc: Vec<_> = of_vpc.collect();
            if of_vpc.is_empty() {
                without.push((region, vpc));
            } else {
                ours |= of_vpc
                    .iter()
                    .any(|log| log.is_owned_by(desired.names.owner()));
                check(desired, settings, region, &of_vpc, additions);
            }
        }
    }
    if without.is_empty() && !ours {
        return Ok(());
    }
    let role = desired.flow_logs_role(account, settings)?;
    // The role first: where it isn't ours, nothing is made for it either.
    let mut notes = Vec::new();
    let role = match &found.role {
        Some(Ok(there)) => role_step(&role, there.as_ref(), desired.names.owner(), &mut notes),
        Some(Err(error)) => Err(format!("its role can't be read: {error}; {REMEDY}")),
        None => Ok(None),
    };
    let role = match role {
        Ok(role) => role,
        Err(conflict) => {
            let conflict = format!("no flow logs are created: {conflict}");
            additions.conflicts.push(conflict);
            return Ok(());
        }
    };
    let mut steps = Vec::new();
    for (region, vpc) in without {
        let step = creation(desired, account, region, vpc, observed, additions);
        steps.extend(step);
    }
    if !steps.is_empty() || ours {
        additions.notes.extend(notes);
        additions.after.extend(role.into_iter().chain(steps));
    }
    Ok(())
}

/// Whether a VPC belongs to the account: of a shared one only its owner can make flow logs.
fn is_own(vpc: &Vpc, account: &AccountId) -> bool {
    vpc.owner.is_empty() || vpc.owner == account.as_str()
}

/// The flow log for a VPC that has none, and its log group.
fn creation(
    desired: &Desired,
    account: &AccountId,
    region: &str,
    vpc: &Vpc,
    observed: &mut MemberObserved,
    additions: &mut Additions,
) -> Option<Step> {
    let settings = desired.config.flow_logs.as_ref()?;
    let log_group = settings.log_group(&vpc.id);
    let wanted = (log_group.as_str(), settings.retention_days);
    if let Err(reason) = additions.log_group(desired, account, region, wanted, observed) {
        additions.conflicts.push(format!(
            "{} in {region} has no flow log, and none is made into {log_group}, which would not be sent: {reason}",
            vpc.id
        ));
        return None;
    }
    let names = &desired.names;
    let action = CreateFlowLog {
        vpc: vpc.id.clone(),
        log_group,
        role_arn: names.role_arn(account, &names.flow_logs_role()),
        format: settings.format.clone(),
        traffic: settings.traffic.as_aws().to_owned(),
        interval_seconds: settings.interval_seconds,
        owner: names.owner().to_owned(),
    };
    Some(Step::new(Some(region), Action::CreateFlowLog(action)))
}

/// Says what is wrong with the flow logs that a VPC has.
fn check(
    desired: &Desired,
    settings: &FlowLogsSettings,
    region: &str,
    of_vpc: &[&FlowLog],
    additions: &mut Additions,
) {
    for log in of_vpc {
        let head = format!("the flow log {} of {} in {region}", log.id, log.resource);
        if log.is_owned_by(desired.names.owner()) {
            if let Some(failure) = &log.failure {
                additions
                    .conflicts
                    .push(format!("{head} can't deliver: {failure}"));
            }
            for (what, is, should) in drift(settings, log) {
                additions.conflicts.push(format!(
                    "{head} has the {what} {is:?}, which should be {should:?}: flow logs can't be changed, so delete \
                     it, and `apply` makes a new one"
                ));
            }
        }
    }
    let sent = |log: &&&FlowLog| {
        let group = log.log_group.as_ref();
        group.is_some_and(|group| desired.config.source_of(group).is_some())
    };
    if let (None, Some(log)) = (of_vpc.iter().find(sent), of_vpc.first()) {
        let to = log.log_group.as_ref().unwrap_or(&log.destination);
        additions.notes.push(format!(
            "{} in {region} has flow logs already, and they go to {} {to}, from where nothing is sent: none is added \
             beside them",
            log.resource, log.destination_type
        ));
    }
}

/// What a flow log of ours has and shouldn't have; what EC2 doesn't say is left out.
fn drift(settings: &FlowLogsSettings, log: &FlowLog) -> Vec<(&'static str, String, String)> {
    let default = crate::desired::DEFAULT_FORMAT;
    let spaced = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let format = settings.format.as_deref().unwrap_or(default);
    let interval = match log.interval_seconds {
        0 => String::new(),
        seconds => seconds.to_string(),
    };
    let log_group = log.log_group.clone().unwrap_or_default();
    let pairs = [
        ("format", spaced(&log.format), spaced(format)),
        (
            "traffic",
            log.traffic.clone(),
            settings.traffic.as_aws().to_owned(),
        ),
        ("interval", interval, settings.interval_seconds.to_string()),
        ("log group", log_group, settings.log_group(&log.resource)),
    ];
    let differ = |(_, is, should): &(_, String, String)| !is.is_empty() && is != should;
    pairs.into_iter().filter(differ).collect()
}

/// Adds that the flow logs that are ours go, and then the role that they write as.
pub(super) fn destroy_flow_logs(desired: &Desired, found: &FlowLogsObserved, part: &mut Part) {
    if desired.config.flow_logs.is_none() {
        return;
    }
    let (owner, role) = (desired.names.owner(), desired.names.flow_logs_role());
    let mut unread = false;
    for (region, read) in &found.flow_logs {
        let flow_logs = match read {
            Ok(flow_logs) => flow_logs,
            Err(error) => {
                unread = true;
                part.conflicts.push(format!(
                    "left: flow logs in {region}, if there are any of ours, since they can't be read: {error}; {REMEDY}"
                ));
                continue;
            }
        };
        for log in flow_logs.iter().filter(|log| log.is_owned_by(owner)) {
            if let Some(stack) = stack_of(&log.tags) {
                let what = format!("the flow log {} of {} in {region}", log.id, log.resource);
                part.notes.push(left_to_stack(&what, stack));
                continue;
            }
            let action = DeleteFlowLog {
                flow_log: log.id.clone(),
                vpc: log.resource.clone(),
                owner: owner.to_owned(),
            };
            let step = Step::new(Some(region), Action::DeleteFlowLog(action));
            part.steps.push(step);
        }
    }
    match &found.role {
        Some(Ok(Some(there))) if unread && is_our_role(there, owner) => {
            part.notes.push(format!(
                "left: the role {role}, which flow logs may still need"
            ));
        }
        // A region may only look disabled, and flow logs there write as the role.
        Some(Ok(Some(there)))
            if !found.disabled_regions.is_empty()
                && is_our_role(there, owner)
                && stack_of(&there.tags).is_none() =>
        {
            let left = format!(
                "left: the role {role}, which flow logs in a region that isn't enabled may still need"
            );
            let regions = found.disabled_regions.iter().map(String::as_str);
            part.notes.push(until_taken_out(&left, regions));
        }
        Some(Ok(Some(there))) => take_back_role(desired, role, there, part),
        Some(Err(error)) => part
            .conflicts
            .push(format!("left: the role {role}: {error}")),
        Some(Ok(None)) | None => {}
    }
}
