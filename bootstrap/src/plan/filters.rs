//! Subscription filters of one log group: desired against observed.

use super::{Part, Skip, Step};
use crate::actions::{Action, DeleteCanary, DeleteFilter, PutFilter};
use crate::aws::logs::Filter;
use crate::desired::{Desired, Verdict};
use crate::observed::{MemberObserved, ObservedGroup};

/// Why a filter goes whose log group goes on sending by another one.
pub(super) const ANOTHER_SOURCE: &str = "another source has the log group now";

/// What is to be done about one log group: the filter that it should have, and those of ours that it shouldn't.
pub(super) fn log_group(desired: &Desired, region: &str, found: &ObservedGroup, part: &mut Part) {
    let ours = |filter: &&Filter| {
        desired
            .names
            .owns_filter(&filter.name, &filter.destination_arn, region)
    };
    let wanted = match desired.verdict(&part.account, region, &found.group) {
        Verdict::Subscribe(wanted) => Some(wanted),
        Verdict::Skip(reason) => {
            skip(part, region, found, reason, false);
            None
        }
        Verdict::Ignore => None,
    };
    let old = found.filters.iter().filter(ours);
    let old: Vec<_> = old
        .filter(|filter| {
            wanted
                .as_ref()
                .is_none_or(|wanted| wanted.name != filter.name)
        })
        .collect();
    let because = if wanted.is_some() {
        ANOTHER_SOURCE
    } else {
        "no source wants the log group any more"
    };
    let mut removals: Vec<_> = old
        .iter()
        .map(|filter| removal(region, found, filter, because))
        .collect();
    let quota = desired.config.organization.filters_per_log_group;
    if let Some(wanted) = wanted {
        part.log_groups.selected += 1;
        match subscription(desired, region, found, wanted, old.len()) {
            Ok(None) => part.log_groups.sending += 1,
            // The new one first, so that nothing is missed in between, where there is room for both.
            Ok(Some(step)) if found.filters.len() < quota => {
                removals.insert(0, step);
            }
            Ok(Some(step)) => removals.push(step),
            Err(reason) => {
                // The old one goes on sending until somebody has made room for the new one.
                removals.clear();
                skip(part, region, found, reason, true);
            }
        }
    }
    part.steps.extend(removals);
}

/// The step that makes a log group send, if it takes one. The error is what stands in the way.
fn subscription(
    desired: &Desired,
    region: &str,
    found: &ObservedGroup,
    wanted: Filter,
    old: usize,
) -> Result<Option<Step>, String> {
    let quota = desired.config.organization.filters_per_log_group;
    let same_name = found
        .filters
        .iter()
        .find(|filter| filter.name == wanted.name);
    match same_name {
        Some(filter) if *filter == wanted => return Ok(None),
        Some(filter)
            if !desired
                .names
                .owns_filter(&filter.name, &filter.destination_arn, region) =>
        {
            return Err(format!(
                "it has a filter {} that sends to {}, so it isn't ours: rename or remove that filter",
                filter.name, filter.destination_arn
            ));
        }
        None if found.filters.len() - old >= quota => {
            return Err(format!(
                "it has {} subscription filters of others, and organization.filters_per_log_group is {quota}: remove \
                 one, or add the log group to organization.exclude_log_groups",
                found.filters.len() - old
            ));
        }
        _ => {}
    }
    let action = PutFilter {
        log_group: found.group.name.clone(),
        filter: wanted,
        before: same_name.cloned(),
    };
    Ok(Some(Step::new(Some(region), Action::PutFilter(action))))
}

/// The step that takes a filter of ours from a log group, with the reason.
pub(super) fn removal(region: &str, found: &ObservedGroup, filter: &Filter, because: &str) -> Step {
    let action = DeleteFilter {
        log_group: found.group.name.clone(),
        filter: filter.name.clone(),
        destination_arn: filter.destination_arn.clone(),
        because: Some(because.to_owned()),
    };
    Step::new(Some(region), Action::DeleteFilter(action))
}

/// Notes a log group that a source wants and that isn't subscribed.
pub(super) fn skip(
    part: &mut Part,
    region: &str,
    found: &ObservedGroup,
    reason: String,
    blocked: bool,
) {
    let (region, log_group) = (region.to_owned(), found.group.name.clone());
    part.skipped.push(Skip {
        region,
        log_group,
        reason,
        blocked,
    });
}

/// Notes filters under a name of ours that lead elsewhere, on log groups that aren't to have one of ours:
/// somebody may have turned them.
pub(super) fn filters_elsewhere(
    desired: &Desired,
    region: &str,
    found: &ObservedGroup,
    part: &mut Part,
) {
    let told =
        |skip: &Skip| skip.blocked && skip.region == region && skip.log_group == found.group.name;
    if part.skipped.iter().any(told) {
        return;
    }
    for filter in &found.filters {
        let ours = desired
            .names
            .owns_filter(&filter.name, &filter.destination_arn, region);
        if desired.names.names_filter(&filter.name) && !ours {
            part.conflicts.push(format!(
                "{region}: the filter {} on {} sends to {}, so it isn't ours and stays: find out who put it there, and \
                 rename or remove it",
                filter.name, found.group.name, filter.destination_arn
            ));
        }
    }
}

/// The steps that clear away what a canary has left; the answer is of which log groups it can't be told whether
/// they are ours.
pub(super) fn canaries_left(
    desired: &Desired,
    observed: &MemberObserved,
    part: &mut Part,
) -> Vec<String> {
    let mut untold = Vec::new();
    for (region, canary) in &observed.canaries {
        let log_group = desired.names.canary_log_group();
        if let Err(error) = canary {
            untold.push(format!(
                "left: the log group {log_group} in {region}, since it can't be told whose it is: {error}; `bootstrap \
                 policies --canary` prints what that takes"
            ));
            continue;
        }
        let action = DeleteCanary {
            arn: desired
                .names
                .log_group_arn(region, &part.account, &log_group),
            log_group,
            owner: desired.names.owner().to_owned(),
        };
        part.steps
            .push(Step::new(Some(region), Action::DeleteCanary(action)));
    }
    untold
}
