//! What must be true right after the run with the fault, before it is run again.

use anyhow::ensure;
use local::cloud::MANAGEMENT;

use super::case::{Case, Fault, Verb};
use super::organization::ACCOUNTS;
use super::record::Record;
use crate::bootstrap::{LOGGING, Ran, State};

/// What the plan may tell instead of failing: no document loses anything by it, no flow log and no rule is made
/// where they can't be read, no catalog is written over what can't be read, and what can't be read stays, and is
/// named.
const NOTED: [&str; 13] = [
    "ListTagsForResource",
    "DescribeFlowLogs",
    "DescribeVpcs",
    "DescribeTrails",
    "HeadBucket",
    "GetObject",
    "DescribeRule",
    "ListTargetsByRule",
    "DescribeResourcePolicies",
    "GetRole",
    "GetRolePolicy",
    "ListRolePolicies",
    "ListAttachedRolePolicies",
];

/// Operations of an account that sends; others in the logging account are for everybody.
const SENDING: [&str; 7] = [
    "DescribeLogGroups",
    "DescribeSubscriptionFilters",
    "DescribeAccountPolicies",
    "PutSubscriptionFilter",
    "DeleteSubscriptionFilter",
    "PutAccountPolicy",
    "DeleteAccountPolicy",
];

/// Judges how a run with a fault ended, and what it left.
pub(super) fn judge(record: &Record, case: &Case, ran: &Ran, left: &State) -> anyhow::Result<()> {
    let noted = NOTED.contains(&case.target.operation.as_str());
    match case.fault {
        Fault::Throttled | Fault::LostBefore | Fault::LostAfter => {
            ensure!(ran.code == 0, "it should be repeated");
            ensure!(*left == record.end(case.verb).state, "it should be done");
        }
        Fault::Denied | Fault::DeniedAlways if noted && ran.code == 0 => {
            let done = *left == record.end(case.verb).state;
            // Where it takes back, something of ours may be left: that is a failure.
            let told = case.verb != Verb::Destroy && named(case, ran).is_ok();
            ensure!(done || told, "it isn't told");
        }
        Fault::DeniedAlways => {
            ensure!(ran.code == 1, "it should fail");
            named(case, ran)?;
        }
        Fault::Denied if ran.code == 0 => {
            ensure!(*left == record.end(case.verb).state, "it should be done");
        }
        Fault::Denied => named(case, ran)?,
        // Nobody is there to say anything.
        Fault::KilledBefore | Fault::KilledAfter => return Ok(()),
    }
    if ran.code != 0 {
        others_are_done(record, case, (ran, left))?;
    }
    Ok(())
}

/// The user is told what failed, and in which account.
fn named(case: &Case, ran: &Ran) -> anyhow::Result<()> {
    let (said, target) = (ran.said(), &case.target);
    ensure!(
        said.contains(&target.operation),
        "{} isn't named",
        target.operation
    );
    let of_account = !is_for_everybody(case) && !NOTED.contains(&target.operation.as_str());
    ensure!(
        !of_account || said.contains(&format!("account {}", target.account)),
        "account {} isn't named",
        target.account
    );
    Ok(())
}

/// Whether there is no going on without it: who we are, and which accounts there are.
fn is_for_everybody(case: &Case) -> bool {
    case.target.service == "organizations" || case.target.operation == "GetCallerIdentity"
}

/// What fails in one account doesn't stop the others.
fn others_are_done(
    record: &Record,
    case: &Case,
    (ran, left): (&Ran, &State),
) -> anyhow::Result<()> {
    let target = &case.target;
    if is_for_everybody(case) {
        let start = &record.start(case.verb).state;
        ensure!(left == start, "nothing should be changed");
        return Ok(());
    }
    let sending = SENDING.contains(&target.operation.as_str());
    if target.account == LOGGING && !sending {
        return Ok(());
    }
    let (start, end) = (&record.start(case.verb).state, &record.end(case.verb).state);
    for account in ACCOUNTS {
        // What the others send into is taken back last.
        let waits = case.verb == Verb::Destroy && account == LOGGING;
        if account == target.account || waits {
            continue;
        }
        // The organization is trusted once everybody sends with a role: what waits for that is as it was.
        let admits =
            |line: &String| case.verb == Verb::Change && line.contains(" destination tributary ");
        let (mut is, was) = (of(left, account), of(start, account));
        is.retain(|line| !(admits(line) && was.contains(line)));
        let mut should = of(end, account);
        should.retain(|line| !admits(line) || is.contains(line));
        ensure!(is == should, "{account} should be done: {is:#?}");
    }
    // What may be left of ours without sending keeps nobody else.
    let sends = !ran.said().contains("Something of ours may be left");
    if case.verb == Verb::Destroy && target.account != LOGGING && sends {
        let central = |state: &State| {
            let kept = of(state, LOGGING).into_iter();
            kept.filter(|line| line.contains(" stream ") || line.contains(" destination "))
                .collect::<Vec<_>>()
        };
        let (is, should) = (central(left), central(&record.start(Verb::Destroy).state));
        ensure!(is == should, "{} may still send: {is:#?}", target.account);
    }
    Ok(())
}

/// What there is in an account. The management account's own entry in the organization counts as well.
fn of(state: &State, account: &str) -> Vec<String> {
    debug_assert!(account.len() == MANAGEMENT.len());
    let mine = state.iter().filter(|(key, _)| key.starts_with(account));
    mine.map(|(key, value)| format!("{key} {value}")).collect()
}
