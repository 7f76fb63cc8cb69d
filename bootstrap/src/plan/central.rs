//! The central account: desired against observed.

use super::destination::destination_steps;
use super::member::role_step;
use super::stream::stream_steps;
use super::{Part, Status};
use crate::desired::Desired;
use crate::error::Error;
use crate::observed::CentralObserved;

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
        let found = observed.destinations.get(region);
        if let Err(conflict) = destination_steps(desired, region, found, &mut part)? {
            return Ok(part.failed(conflict));
        }
    }
    part.steps.extend(stream.role);
    part.steps.extend(stream.capacity);
    in_order(&mut part);
    Ok(part)
}

/// Puts every step where it is done: what waits for members behind what doesn't, and at the end what comes after
/// all.
pub(super) fn in_order(part: &mut Part) {
    part.steps.sort_by_key(|step| {
        let act = step.action.act();
        (act.comes_after_all(), act.after_members().is_some())
    });
}
