//! What the model says: which log groups send, what differs, and what is left at the end.

use std::collections::BTreeSet;

use super::scenario::{Mode, Scenario};
use super::state::{Filter, Group, account_policies, filters, groups, is_closed};
use crate::bootstrap::{LOGGING, State};

/// Most filters on a log group.
const QUOTA: usize = 5;

/// What must be so after an `apply`, told from what others have.
#[derive(Debug, Default)]
pub(super) struct Expected {
    /// Account, Region and name of each log group that sends.
    pub sending: Vec<(String, String, String)>,
    /// The same of those that don't; others (of closed accounts) may go on.
    pub silent: Vec<(String, String, String)>,
    /// How each line of what differs begins.
    pub differences: Vec<String>,
    /// Accounts in which log groups or a policy of others are in the way of ours.
    pub stuck: BTreeSet<String>,
    /// Accounts and Regions in which our policy stays beside filters: what has both is sent twice.
    pub twice: Vec<(String, String)>,
}

/// Tells it from a world in which there is nothing of `bootstrap`, and from what there `was` of it before.
pub(super) fn expected(scenario: &Scenario, foreign: &State, was: &State) -> Expected {
    let mut expected = Expected::default();
    let works_in = |account: &str, region: &str| {
        let there = scenario.regions().contains(&region) && scenario.selects(foreign, account);
        there && !is_closed(foreign, account)
    };
    let by_policy = |account: &str| scenario.mode == Mode::Account && account != LOGGING;
    let policies = account_policies(foreign);
    for (account, region, name) in &policies {
        if by_policy(account) && works_in(account, region) {
            let line = format!("{account}: ! {region}: the account's subscription policy {name} ");
            expected.differences.push(line);
            expected.stuck.insert(account.clone());
        }
    }
    let all = filters(foreign);
    for group in groups(foreign) {
        let (account, region, name) = (&group.account, &group.region, &group.name);
        let key = (account.clone(), region.clone(), name.clone());
        if !works_in(account, region) {
            if !is_closed(foreign, account) {
                expected.silent.push(key);
            }
            continue;
        }
        let theirs: Vec<_> = all
            .iter()
            .filter(|filter| {
                (&filter.account, &filter.region, &filter.group) == (account, region, name)
            })
            .collect();
        let wanted = wanted(scenario.mode, name).filter(|_| group.standard);
        let mut told = false;
        let sends = if by_policy(account) {
            let taken =
                |(at, place, _): &(String, String, String)| at == account && place == region;
            wanted.is_some() && !policies.iter().any(taken)
        } else {
            let same = |wanted: &str| theirs.iter().any(|filter| filter.name == wanted);
            told = wanted.is_some_and(|wanted| theirs.len() >= QUOTA || same(wanted));
            wanted.is_some() && !told
        };
        // A filter of before stays where what would take its place can't be put.
        let mut before = filters(was).into_iter().filter(Filter::is_ours);
        let stays_as_it_is = wanted.is_some()
            && before
                .any(|ours| (&ours.account, &ours.region, &ours.group) == (account, region, name));
        if told {
            stays(&group, was, &mut expected);
        }
        if !told {
            expected.differences.extend(imposters(&group, &theirs));
        }
        if sends {
            expected.sending.push(key);
        } else if group.standard && !name.starts_with("AWS/") && !stays_as_it_is {
            // A policy reaches neither other classes nor AWS's own names; the stand-in doesn't look.
            expected.silent.push(key);
        }
    }
    expected.differences.sort();
    expected
}

/// A log group that can't have a filter is told, and keeps our policy, which has made it send.
fn stays(group: &Group, was: &State, expected: &mut Expected) {
    let (account, region, name) = (&group.account, &group.region, &group.name);
    let line = format!("{account} {region}: ! {name} doesn't send: ");
    expected.differences.push(line);
    expected.stuck.insert(account.clone());
    let ours = (
        account.clone(),
        region.clone(),
        "tributary-account".to_owned(),
    );
    let at = (account.clone(), region.clone());
    if account_policies(was).contains(&ours) && !expected.twice.contains(&at) {
        let line =
            format!("{account}: ! {region}: the account policy tributary-account stays while ");
        expected.differences.push(line);
        expected.twice.push(at);
    }
}

/// What is told of others' filters under a name of ours.
fn imposters(group: &Group, theirs: &[&Filter]) -> Vec<String> {
    let Group {
        account,
        region,
        name,
        ..
    } = group;
    let named = theirs
        .iter()
        .filter(|filter| filter.name.starts_with("tributary-"));
    named
        .map(|Filter { name: filter, .. }| {
            format!("{account}: ! {region}: the filter {filter} on {name} ")
        })
        .collect()
}

/// The filter that a log group should have: by the sources, and by what is never sent.
fn wanted(mode: Mode, name: &str) -> Option<&'static str> {
    let loops = name.starts_with("/tributary/") || name.starts_with("/aws/lambda/tributary");
    if loops || name.starts_with("AWS/") {
        return None;
    }
    let by_name = [
        ("cwl_vpc_fl_", "tributary-flow-logs"),
        ("/aws/events/guardduty", "tributary-guardduty"),
        ("/app/", "tributary-any"),
    ];
    let found = by_name.iter().find(|(start, _)| name.starts_with(start));
    match mode {
        Mode::Filters => found.map(|(_, filter)| *filter),
        Mode::Account if name.starts_with("cwl_vpc_fl_") => Some("tributary-flow-logs"),
        Mode::Account => Some("tributary-any"),
    }
}

/// What `destroy` can't reach: what is ours in accounts that were closed after they had sent.
pub(super) fn without_closed(state: State, foreign: &State) -> State {
    let ours = |key: &str| {
        let name = key.rsplit(' ').next().unwrap_or_default();
        name.starts_with("tributary-") && !foreign.contains_key(key)
    };
    let of_closed = |key: &str| {
        let account = key.split(' ').next().unwrap_or_default();
        is_closed(foreign, account) && ours(key)
    };
    state
        .into_iter()
        .filter(|(key, _)| !of_closed(key))
        .collect()
}
