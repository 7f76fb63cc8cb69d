//! The services: each has its state, its operations and its part of the dump in a file of its own.

pub(super) mod cloudtrail;
pub(super) mod ec2;
pub(super) mod events;
pub(super) mod iam;
pub(super) mod kinesis;
pub(super) mod logs;
pub(super) mod organizations;
mod pages;
mod records;
pub(super) mod s3;
pub(super) mod sts;

use super::answer::Answered;
use super::call::Call;
use super::refusal::Refusal;
use super::world::World;

/// Has the service of the call answer it.
pub(super) fn answer(world: &mut World, call: &Call) -> Answered {
    match call.service.as_str() {
        "cloudtrail" => cloudtrail::answer(world, call),
        "ec2" => ec2::answer(world, call),
        "events" => events::answer(world, call),
        "iam" => iam::answer(world, call),
        "kinesis" => kinesis::answer(world, call),
        "logs" => logs::answer(world, call),
        "organizations" => organizations::answer(world, call),
        "s3" => s3::answer(world, call),
        "sts" => sts::answer(world, call),
        _ => Err(unknown(call)),
    }
}

/// The refusal of an operation that the stand-in doesn't have.
pub(super) fn unknown(call: &Call) -> Refusal {
    let message = format!("the stand-in has no {} of {}", call.operation, call.service);
    Refusal::with_status(501, "UnknownOperationException", &message)
}
