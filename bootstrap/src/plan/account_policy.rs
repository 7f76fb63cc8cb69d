//! The subscription policy of a whole account: desired against observed, and the way from filters to it
//! and back.

use super::filters::{removal, skip};
use super::{Part, Skip, Step};
use crate::actions::{Action, DeleteAccountPolicy, PutAccountPolicy};
use crate::aws::account_policies::{AccountPolicy, LONGEST_CRITERIA};
use crate::desired::{Desired, Verdict};
use crate::observed::{MemberObserved, ObservedGroup};

/// Why a filter goes whose log group is the policy's from now on.
pub(super) const POLICY_DECIDES: &str = "the account's policy decides about the log group now";

/// Why a filter goes whose log group the policy leaves out.
const KEPT_OUT: &str = "the account's policy leaves the log group out";

/// Why a policy goes whose log groups send by filters from now on.
pub(super) const FILTERS_SEND: &str = "filters make the log groups send now";

/// What is to be done where one policy makes the account's log groups of `region` send: the policy first,
/// then the filters of ours go, so that nothing is missed in between.
pub(super) fn by_policy(
    desired: &Desired,
    region: &str,
    observed: &MemberObserved,
    part: &mut Part,
) {
    let groups = observed
        .log_groups
        .get(region)
        .map_or(&[][..], Vec::as_slice);
    let selected = count(desired, region, groups, part);
    let policies = observed
        .account_policies
        .get(region)
        .map_or(&[][..], Vec::as_slice);
    let (ours, others) = split(desired, region, policies);
    let wanted = desired.account_policy(&part.account, region, groups, ours);
    if let Some(conflict) = conflict(region, &wanted, &others) {
        part.conflicts.push(conflict);
        part.keeps_sending = true;
        part.log_groups.sending += groups
            .iter()
            .filter(|found| has_ours(desired, region, found))
            .count();
        return;
    }
    if ours == Some(&wanted) {
        part.log_groups.sending += selected;
    } else {
        let action = PutAccountPolicy {
            policy: wanted,
            before: ours.cloned(),
        };
        part.steps
            .push(Step::new(Some(region), Action::PutAccountPolicy(action)));
    }
    for found in groups {
        let owned = found.filters.iter().filter(|filter| {
            desired
                .names
                .owns_filter(&filter.name, &filter.destination_arn, region)
        });
        let because = match desired.verdict(&part.account, region, &found.group) {
            Verdict::Subscribe(_) => POLICY_DECIDES,
            Verdict::Skip(_) | Verdict::Ignore => KEPT_OUT,
        };
        part.steps
            .extend(owned.map(|filter| removal(region, found, filter, because)));
    }
}

/// What is to be done where filters make log groups send: a policy of ours goes once every log group that it
/// has made send has a filter.
pub(super) fn no_policy(
    desired: &Desired,
    region: &str,
    observed: &MemberObserved,
    part: &mut Part,
) {
    let policies = observed
        .account_policies
        .get(region)
        .map_or(&[][..], Vec::as_slice);
    let (Some(ours), _) = split(desired, region, policies) else {
        return;
    };
    let stuck = |skip: &&Skip| skip.blocked && skip.region == region;
    if let Some(stuck) = part.skipped.iter().find(stuck) {
        part.conflicts.push(format!(
            "{region}: the account policy {} stays while log groups that it makes send can't have a filter instead, \
             such as {}: until then, every log group with both is sent twice",
            ours.name, stuck.log_group
        ));
        part.keeps_sending = true;
        return;
    }
    let because = Some(FILTERS_SEND.to_owned());
    part.steps.push(removal_of(region, ours, because));
}

/// What is to be taken back of policies; those of others under our name are told.
pub(super) fn destroy_policies(desired: &Desired, observed: &MemberObserved, part: &mut Part) {
    for (region, policies) in &observed.account_policies {
        let (ours, others) = split(desired, region, policies);
        part.steps
            .extend(ours.map(|policy| removal_of(region, policy, None)));
        let named = others
            .iter()
            .filter(|policy| policy.name == desired.names.account_policy());
        part.notes.extend(named.map(|policy| {
            format!(
                "left: the account policy {} in {region} sends to {}, so it isn't ours",
                policy.name, policy.destination_arn
            )
        }));
    }
}

/// Whether a policy of ours stays in some region.
pub(super) fn keeps_a_policy(desired: &Desired, observed: &MemberObserved, part: &Part) -> bool {
    observed.account_policies.iter().any(|(region, policies)| {
        let goes = |step: &Step| {
            matches!(step.action, Action::DeleteAccountPolicy(_))
                && step.region.as_ref() == Some(region)
        };
        split(desired, region, policies).0.is_some() && !part.steps.iter().any(goes)
    })
}

/// Counts what the policy is for, and notes what is kept out of it and why.
fn count(desired: &Desired, region: &str, groups: &[ObservedGroup], part: &mut Part) -> usize {
    let mut selected = 0;
    for found in groups {
        match desired.verdict(&part.account, region, &found.group) {
            Verdict::Subscribe(_) => selected += 1,
            Verdict::Skip(reason) => skip(part, region, found, reason, false),
            Verdict::Ignore => {}
        }
    }
    part.log_groups.selected += selected;
    selected
}

/// The policy of ours, and those of others.
fn split<'a>(
    desired: &Desired,
    region: &str,
    policies: &'a [AccountPolicy],
) -> (Option<&'a AccountPolicy>, Vec<&'a AccountPolicy>) {
    let (ours, others): (Vec<_>, Vec<_>) = policies.iter().partition(|policy| {
        desired
            .names
            .owns_account_policy(&policy.name, &policy.destination_arn, region)
    });
    (ours.first().copied(), others)
}

/// What stands in the way of the policy.
fn conflict(region: &str, wanted: &AccountPolicy, others: &[&AccountPolicy]) -> Option<String> {
    if let Some(other) = others.first() {
        return Some(format!(
            "{region}: the account's subscription policy {} sends to {}, so it isn't ours, and AWS allows one in an \
             account and region: remove it, exclude the account, or write organization.mode = \"filters\"",
            other.name, other.destination_arn
        ));
    }
    let bytes = wanted.criteria().map_or(0, |criteria| criteria.len());
    (bytes > LONGEST_CRITERIA).then(|| {
        format!(
            "{region}: the account policy would have to leave out {} log groups by their names, {bytes} bytes of the \
             {LONGEST_CRITERIA} that AWS allows: exclude fewer log groups, or write organization.mode = \"filters\"",
            wanted.except.len()
        )
    })
}

fn has_ours(desired: &Desired, region: &str, found: &ObservedGroup) -> bool {
    let mut filters = found.filters.iter();
    filters.any(|filter| {
        desired
            .names
            .owns_filter(&filter.name, &filter.destination_arn, region)
    })
}

fn removal_of(region: &str, policy: &AccountPolicy, because: Option<String>) -> Step {
    let action = DeleteAccountPolicy {
        policy: policy.name.clone(),
        destination_arn: policy.destination_arn.clone(),
        because,
    };
    Step::new(Some(region), Action::DeleteAccountPolicy(action))
}
