//! What is to be taken back: exactly what is ours.

use super::account_policy::destroy_policies;
use super::filters::canaries_left;
use super::member::{role_may_be_named, skip_disabled_regions};
use super::ownership::{is_our_role, stack_of, take_back_role};
use super::{Part, Status, Step};
use crate::actions::{Action, DeleteDestination, DeleteFilter, DeleteStream, RestoreRetention};
use crate::aws::kinesis::Stream;
use crate::desired::Desired;
use crate::names::{AccountId, RETENTION_BEFORE_TAG};
use crate::observed::{CentralObserved, MemberObserved};

/// What is to be taken back in `account`: the account's policy and the filters first, then the role that they
/// name.
pub fn destroy_member(
    desired: &Desired,
    observed: &MemberObserved,
    account: &AccountId,
    name: &str,
) -> Part {
    let mut part = Part::new(account, name, Status::Ready);
    destroy_policies(desired, observed, &mut part);
    // Something of ours may be left.
    let untold = canaries_left(desired, observed, &mut part);
    part.conflicts.extend(untold);
    skip_disabled_regions(observed, &mut part);
    for (region, groups) in &observed.log_groups {
        for found in groups {
            for filter in &found.filters {
                if desired
                    .names
                    .owns_filter(&filter.name, &filter.destination_arn, region)
                {
                    let action = DeleteFilter {
                        log_group: found.group.name.clone(),
                        filter: filter.name.clone(),
                        destination_arn: filter.destination_arn.clone(),
                        because: None,
                    };
                    part.steps
                        .push(Step::new(Some(region), Action::DeleteFilter(action)));
                } else if desired.names.names_filter(&filter.name) {
                    let (log_group, to) = (&found.group.name, &filter.destination_arn);
                    part.notes.push(format!("left: the filter {} on {log_group} in {region} sends to {to}, so it isn't ours", filter.name));
                }
            }
        }
    }
    take_back_sender_role(desired, observed, &mut part);
    part
}

/// The sender role goes, unless something may still name it, or a stack made it.
fn take_back_sender_role(desired: &Desired, observed: &MemberObserved, part: &mut Part) {
    let (role, owner) = (desired.names.sender_role(), desired.names.owner());
    let Some(found) = &observed.sender_role else {
        return;
    };
    let stack = stack_of(&found.tags).filter(|_| is_our_role(found, owner));
    if let (Some(stack), false) = (stack, part.steps.is_empty()) {
        // A filter has no tags that could tell whose it is.
        part.notes.push(format!(
            "filters go, also those that the CloudFormation stack {stack} made, which then shows them as drifted"
        ));
    }
    if stack.is_none() && is_our_role(found, owner) && !observed.disabled_regions.is_empty() {
        // A region may only look disabled, and filters there name the role.
        let regions = observed.disabled_regions.keys().map(String::as_str);
        let left = until_taken_out(&role_may_be_named(&role), regions);
        part.notes.push(left);
        return;
    }
    take_back_role(desired, role, found, part);
}

/// What to do about what is left for the sake of regions that aren't enabled.
pub(super) fn until_taken_out<'a>(left: &str, regions: impl Iterator<Item = &'a str>) -> String {
    format!(
        "{left}; once nothing of ours is there, take {} out of organization.regions and run destroy again",
        regions.collect::<Vec<_>>().join(", ")
    )
}

/// What is to be taken back in the central account, which is called `name`: destinations, the role that
/// they write as, and the stream, if we created it, nobody else uses it and `keep_stream` isn't asked for.
pub fn destroy_central(
    desired: &Desired,
    observed: &CentralObserved,
    name: &str,
    keep_stream: bool,
) -> Part {
    let mut part = Part::new(&desired.config.central.account, name, Status::Ready);
    let role = desired.names.delivery_role();
    let role_arn = desired.names.role_arn(&part.account, &role);
    for (region, found) in &observed.destinations {
        if found.role_arn == role_arn {
            let action = DeleteDestination {
                destination: found.name.clone(),
                role_arn: role_arn.clone(),
            };
            part.steps
                .push(Step::new(Some(region), Action::DeleteDestination(action)));
        } else {
            let (name, writes_as) = (&found.name, &found.role_arn);
            part.notes.push(format!(
                "left: the destination {name} in {region} writes as {writes_as}, so it isn't ours"
            ));
        }
    }
    if let Some(found) = &observed.delivery_role {
        take_back_role(desired, role, found, &mut part);
    }
    if let Some(stream) = &observed.stream {
        match stream_step(desired, observed, stream, keep_stream) {
            Ok(action) => part
                .steps
                .push(Step::new(Some(&desired.config.central.region), action)),
            Err(reason) => part.notes.push(format!(
                "left: the stream {}: {reason}",
                desired.config.central.stream
            )),
        }
    }
    part
}

/// What happens to the stream; the error is why nothing does.
fn stream_step(
    desired: &Desired,
    observed: &CentralObserved,
    stream: &Stream,
    keep_stream: bool,
) -> Result<Action, String> {
    let name = desired.config.central.stream.clone();
    if stream.deleting {
        return Err("it is being deleted already".to_owned());
    }
    if keep_stream {
        return Err("--keep-stream asks for it".to_owned());
    }
    if !observed.others_on_stream.is_empty() {
        return Err(format!(
            "other destinations write into it: {}",
            observed.others_on_stream.join(", ")
        ));
    }
    if !stream.is_owned_by(desired.names.owner()) {
        let before = stream
            .tags
            .get(RETENTION_BEFORE_TAG)
            .and_then(|hours| hours.parse().ok());
        let from = stream.retention_hours;
        // What isn't the retention that we set was set by somebody else since.
        let ours = from == desired.config.central.retention_hours;
        return match before {
            Some(before) => Ok(Action::RestoreRetention(RestoreRetention {
                stream: name,
                from,
                to: if ours { before } else { from },
            })),
            None => Err("it was there before us".to_owned()),
        };
    }
    if stream.consumers > 0 {
        return Err(format!(
            "consumers are registered on it ({})",
            stream.consumers
        ));
    }
    Ok(Action::DeleteStream(DeleteStream {
        stream: name,
        owner: desired.names.owner().to_owned(),
    }))
}
