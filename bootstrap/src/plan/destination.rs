//! The destination of one region, and whom it admits: desired against observed.

use serde_json::Value;

use super::{Part, Step};
use crate::actions::{Action, ForceAccessPolicy, PutAccessPolicy, PutDestination};
use crate::aws::logs::Destination;
use crate::desired::Desired;
use crate::error::Error;
use crate::names::AccountId;
use crate::output::counted;
use crate::policies::{accounts_admitted, say_the_same};

/// As many accounts are named one by one.
const NAMED: usize = 5;

/// Adds what is to be done in `region` to the central account's part. The inner error is what stands in
/// the way.
///
/// # Errors
/// When what is desired can't be put into a policy.
pub(super) fn destination_steps(
    desired: &Desired,
    region: &str,
    observed: Option<&Destination>,
    part: &mut Part,
) -> Result<Result<(), String>, Error> {
    let policy = desired.access_policy(region)?;
    let names = &desired.names;
    let (name, target) = (&desired.config.central.destination, names.stream_arn());
    let role_arn = names.role_arn(&desired.config.central.account, &names.delivery_role());
    if let Some(found) = observed.filter(|found| found.role_arn != role_arn) {
        return Ok(Err(format!(
            "the destination {name} in {region} exists and isn't ours (it writes as {}): delete it, or choose another \
             central.destination",
            found.role_arn
        )));
    }
    let moved = observed.is_none_or(|found| found.target_arn != target);
    if moved {
        let target_before = observed.map(|found| found.target_arn.clone());
        let action = PutDestination {
            destination: name.clone(),
            target_arn: target,
            role_arn: role_arn.clone(),
            target_before,
        };
        part.steps
            .push(Step::new(Some(region), Action::PutDestination(action)));
    }
    let before = observed.and_then(|found| found.access_policy.as_deref());
    let before =
        before.map(|text| serde_json::from_str(text).unwrap_or(Value::String(text.to_owned())));
    let put = PutAccessPolicy {
        destination: name.clone(),
        role_arn,
        policy,
        admits: desired.admitted(),
        before,
    };
    policy_steps(desired, region, put, moved, part);
    Ok(Ok(()))
}

/// Puts the policy where it differs, and after every change of the destination, which may have lost it.
fn policy_steps(
    desired: &Desired,
    region: &str,
    put: PutAccessPolicy,
    moved: bool,
    part: &mut Part,
) {
    let step = |action| Step::new(Some(region), action);
    let accounts = put.before.as_ref().map(accounts_admitted);
    let accounts = accounts.unwrap_or_default();
    let by_accounts = !desired.config.organization.trust.needs_sender_role();
    let same = put
        .before
        .as_ref()
        .is_some_and(|before| say_the_same(before, &put.policy));
    match put.before.clone() {
        Some(before) if !accounts.is_empty() && !by_accounts => {
            if moved {
                let action = PutAccessPolicy {
                    policy: before.clone(),
                    admits: format!("{}, as before", counted(accounts.len(), "account")),
                    ..put.clone()
                };
                part.steps.push(step(Action::PutAccessPolicy(action)));
            }
            part.notes
                .push(what_force_risks(desired, region, &accounts));
            let action = ForceAccessPolicy {
                destination: put.destination,
                role_arn: put.role_arn,
                policy: put.policy,
                admits: put.admits,
                before,
                accounts,
            };
            part.steps.push(step(Action::ForceAccessPolicy(action)));
        }
        _ if moved || !same => part.steps.push(step(Action::PutAccessPolicy(put))),
        _ => {}
    }
}

fn what_force_risks(desired: &Desired, region: &str, accounts: &[AccountId]) -> String {
    let outside: Vec<_> = accounts
        .iter()
        .filter(|account| !desired.accounts().contains(account))
        .map(AccountId::as_str)
        .collect();
    let outside = match outside.len() {
        0 => String::new(),
        count if count <= NAMED => format!(
            " Not selected and so without roles from here: {}.",
            outside.join(", ")
        ),
        count => format!(
            " Not selected and so without roles from here: {}, and {} more.",
            outside[..NAMED].join(", "),
            count - NAMED
        ),
    };
    format!(
        "{region}: the destination admits accounts by their ids until now, and CloudWatch Logs changes that only by \
         force. Every filter of ours gets its role first; only if that went well in all of these accounts, the access \
         policy is changed. What others send here without a role stops being delivered.{outside}"
    )
}
