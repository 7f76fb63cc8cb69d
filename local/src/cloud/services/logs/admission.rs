//! Whether a log group's events may be sent somewhere, as CloudWatch Logs checks it when a filter or an
//! account policy is put.
//!
//! Stricter than AWS in one thing: where the destination admits an organization, AWS takes a filter
//! without a role and then fails to deliver what AWS's own services log. Here it is refused at once.

use crate::cloud::call::Place;
use crate::cloud::documents::{allows, trusts_service};
use crate::cloud::refusal::Refusal;
use crate::cloud::services::iam::Role;
use crate::cloud::world::World;
use crate::cloudwatch::policy::{AccessPolicy, Admission, Sender};

/// Whether `log_group` in `place` may send to `target` with that role.
pub(super) fn check(
    world: &World,
    place: &Place,
    target: &str,
    role: Option<&str>,
    log_group: &str,
) -> Result<(), Refusal> {
    match *target.split(':').collect::<Vec<_>>() {
        ["arn", _, "logs", region, owner, "destination", name] => {
            if region != place.region {
                let message = "destinationArn must be in the region of the log group";
                return Err(Refusal::parameter(message));
            }
            let admission = admitted(world, place, &Place::new(owner, region), name, target)?;
            match (admission, role) {
                (Admission::ByOrganization, None) => Err(Refusal::parameter(
                    "a destination that admits an organization cannot be used without roleArn",
                )),
                (_, Some(role)) => sender(world, place, role, log_group),
                (_, None) => Ok(()),
            }
        }
        ["arn", _, "kinesis", ..] => {
            let message = "destinationArn for vendor kinesis cannot be used without roleArn";
            let role = role.ok_or_else(|| Refusal::parameter(message))?;
            let known = usable_role(world, role, place);
            if !world.streams.takes_records(target) || known.is_none() {
                return Err(Refusal::parameter(
                    "Could not deliver test message to specified Kinesis stream. Check if the given Kinesis stream \
                     is in ACTIVE state.",
                ));
            }
            Ok(())
        }
        ["arn", _, "lambda" | "firehose", ..] => Ok(()),
        _ => Err(Refusal::parameter("destinationArn is not valid")),
    }
}

/// How the destination's access policy admits the account of `place`.
fn admitted(
    world: &World,
    place: &Place,
    owner: &Place,
    name: &str,
    arn: &str,
) -> Result<Admission, Refusal> {
    let destination = world
        .logs
        .destinations
        .get(&(owner.clone(), name.to_owned()));
    let destination =
        destination.ok_or_else(|| Refusal::missing("The specified destination does not exist."))?;
    let account = &place.account;
    let refused = || {
        let message = format!(
            "User with accountId: {account} is not authorized to perform: logs:PutSubscriptionFilter on resource: {arn}"
        );
        Refusal::new("AccessDeniedException", &message)
    };
    let policy = destination.policy.as_deref().ok_or_else(refused)?;
    let policy = AccessPolicy::parse(policy).map_err(|_| refused())?;
    let path = world.organization.path_of(account);
    // An account that isn't in the organization has no organization here.
    let organization = path.as_ref().map_or("", |_| world.organization.id.as_str());
    let sender = Sender {
        account,
        organization,
        path: path.as_deref(),
    };
    match policy.admits(sender, arn) {
        Admission::No => Err(refused()),
        admission => Ok(admission),
    }
}

/// Whether the filter's role is one that CloudWatch Logs can send the log group with.
fn sender(world: &World, place: &Place, role: &str, log_group: &str) -> Result<(), Refusal> {
    let group = place.logs_arn(&format!("log-group:{log_group}:*"));
    let usable = usable_role(world, role, place).filter(|(account, role)| {
        *account == place.account && allows(role.policies.values(), "logs:PutLogEvents", &group)
    });
    match usable {
        Some(_) => Ok(()),
        None => Err(not_delivered()),
    }
}

/// A role that CloudWatch Logs of `place` can assume by now, with its account.
pub(super) fn usable_role<'a>(
    world: &'a World,
    arn: &'a str,
    place: &Place,
) -> Option<(&'a str, &'a Role)> {
    let (account, role) = world.roles.by_arn(arn)?;
    let (source, regional) = (place.logs_arn("*"), place.logs_service());
    let services = [regional.as_str(), "logs.amazonaws.com"];
    let trusted = services
        .iter()
        .any(|service| trusts_service(&role.trust, service, &source));
    let seen = role.changed.elapsed() >= world.settings.role_ready_after;
    (trusted && seen).then_some((account, role))
}

/// CloudWatch Logs' words for a role or stream that it can't use, or not yet.
pub(super) fn not_delivered() -> Refusal {
    Refusal::parameter(
        "Could not deliver test message to specified destination. Check if the destination is valid.",
    )
}
