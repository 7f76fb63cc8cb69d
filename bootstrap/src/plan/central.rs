//! The central account: desired against observed.

use serde_json::Value;

use super::member::role_step;
use super::stream::stream_steps;
use super::{Part, Status, Step};
use crate::actions::{Action, PutAccessPolicy, PutDestination};
use crate::aws::logs::Destination;
use crate::config::Trust;
use crate::desired::Desired;
use crate::error::Error;
use crate::observed::CentralObserved;
use crate::policies::say_the_same;

/// What is to be done in the central account, which is called `name`.
///
/// # Errors
/// When what is desired can't be put into a policy.
pub fn central_part(
    desired: &Desired,
    observed: &CentralObserved,
    name: &str,
) -> Result<Part, Error> {
    let mut part = Part::new(&desired.config.central.account, name, Status::Ready);
    if observed
        .stream
        .as_ref()
        .is_some_and(|stream| stream.deleting)
    {
        let name = &desired.config.central.stream;
        return Ok(part.failed(format!(
            "the stream {name} is being deleted: run this again once it is gone"
        )));
    }
    let in_use = !observed.destinations.is_empty() || !observed.others_on_stream.is_empty();
    let stream = observed.stream.as_ref();
    let stream = stream_steps(desired, stream, in_use, &mut part.notes)?;
    part.steps.extend(stream.first);
    let role = desired.delivery_role(&stream.keys)?;
    match role_step(
        &role,
        observed.delivery_role.as_ref(),
        desired.names.owner(),
        &mut part.notes,
    ) {
        Ok(step) => part.steps.extend(step),
        Err(conflict) => return Ok(part.failed(conflict)),
    }
    part.steps.extend(stream.encryption);
    for region in &desired.config.organization.regions {
        let policy = desired.access_policy(region)?;
        match destination(desired, region, observed.destinations.get(region), policy) {
            Ok(steps) => part.steps.extend(steps),
            Err(conflict) => return Ok(part.failed(conflict)),
        }
    }
    part.steps.extend(stream.role);
    part.steps.extend(stream.capacity);
    Ok(part)
}

fn destination(
    desired: &Desired,
    region: &str,
    observed: Option<&Destination>,
    policy: Value,
) -> Result<Vec<Step>, String> {
    let names = &desired.names;
    let (name, target) = (&desired.config.central.destination, names.stream_arn());
    let role_arn = names.role_arn(&desired.config.central.account, &names.delivery_role());
    if let Some(found) = observed.filter(|found| found.role_arn != role_arn) {
        return Err(format!(
            "the destination {name} in {region} exists and isn't ours (it writes as {}): delete it, or choose another \
             central.destination",
            found.role_arn
        ));
    }
    let before = observed.and_then(|found| found.access_policy.as_deref());
    let before =
        before.map(|text| serde_json::from_str(text).unwrap_or(Value::String(text.to_owned())));
    let moved = observed.is_none_or(|found| found.target_arn != target);
    let mut steps = Vec::new();
    if moved {
        let target_before = observed.map(|found| found.target_arn.clone());
        let action = PutDestination {
            destination: name.clone(),
            target_arn: target,
            role_arn,
            target_before,
        };
        steps.push(Step::new(Some(region), Action::PutDestination(action)));
    }
    if moved
        || !before
            .as_ref()
            .is_some_and(|before| say_the_same(before, &policy))
    {
        let admits = match desired.config.organization.trust {
            Trust::Organization => format!("the organization {}", desired.organization_id()),
            Trust::Accounts => format!("{} accounts", desired.accounts().len()),
        };
        let action = PutAccessPolicy {
            destination: name.clone(),
            policy,
            admits,
            before,
        };
        steps.push(Step::new(Some(region), Action::PutAccessPolicy(action)));
    }
    Ok(steps)
}
