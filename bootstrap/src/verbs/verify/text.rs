//! What `verify` answers, as people read it and paste it into a ticket.

use std::fmt::Write;

use super::answer::Answer;
use crate::canary::{CameOut, CanaryResult, CanaryRun};
use crate::output::{counted, table};

/// Who was asked and when, a table of the accounts, what differs, who doesn't send, and what to do.
pub fn text(answer: &Answer, mendable: bool) -> String {
    let mut text = format!(
        "Organization {}, management account {}, checked at {}\n",
        answer.organization, answer.management_account, answer.checked_at
    );
    for destination in &answer.destinations {
        let _ = writeln!(text, "Destination {destination}");
    }
    text.push('\n');
    text.push_str(&accounts(answer));
    text.push('\n');
    text.push_str(&canary(answer));
    for line in &answer.differences {
        let _ = writeln!(text, "{line}");
    }
    if !answer.differences.is_empty() {
        text.push('\n');
    }
    text.push_str(&not_sending(answer));
    for note in &answer.notes {
        let _ = writeln!(text, ". {note}");
    }
    if !answer.notes.is_empty() {
        text.push('\n');
    }
    text.push_str(&closing(answer, mendable));
    text
}

fn accounts(answer: &Answer) -> String {
    let rows = answer.accounts.iter().map(|row| {
        let sending = match (row.role, row.log_groups_selected) {
            ("central", _) => "-".to_owned(),
            (_, selected) => format!("{}/{selected}", row.log_groups_sending),
        };
        vec![
            row.account.to_string(),
            row.name.to_owned(),
            row.role.to_owned(),
            sending,
            row.state.clone(),
        ]
    });
    table(&["ACCOUNT", "NAME", "ROLE", "SENDING", "STATE"], rows)
}

fn canary(answer: &Answer) -> String {
    let runs = answer.canary.iter().flatten();
    let rows: Vec<_> = runs
        .map(|run| {
            let result = match &run.result {
                CanaryResult::Arrived { at, seconds } => {
                    let place = match at {
                        CameOut::Stream => "came out of the stream",
                        CameOut::Archive => "stands in the archive",
                    };
                    format!("{place} after {seconds:.1} s")
                }
                CanaryResult::Missing { .. } => "didn't come".to_owned(),
                CanaryResult::Failed { .. } => "couldn't be tried".to_owned(),
                CanaryResult::Skipped { reason } => format!("skipped: {reason}"),
            };
            let CanaryRun {
                account,
                name,
                region,
                ..
            } = run;
            vec![account.to_string(), name.clone(), region.clone(), result]
        })
        .collect();
    match (&answer.canary, rows.is_empty()) {
        (None, _) => String::new(),
        (Some(_), true) => "No canary: no account has anything to send.\n\n".to_owned(),
        (Some(_), false) => table(&["ACCOUNT", "NAME", "REGION", "CANARY"], rows) + "\n",
    }
}

fn not_sending(answer: &Answer) -> String {
    if answer.not_sending.is_empty() {
        return String::new();
    }
    let number = counted(answer.not_sending.len(), "account");
    let mut text = format!("{number} of the organization of which nothing is sent:\n");
    for account in &answer.not_sending {
        let _ = writeln!(
            text,
            "  {} {}: {}",
            account.account, account.name, account.reason
        );
    }
    text.push('\n');
    text
}

fn closing(answer: &Answer, mendable: bool) -> String {
    if answer.differences.is_empty() {
        let none = answer
            .accounts
            .iter()
            .all(|row| row.log_groups_selected == 0);
        let but = if none {
            "But nothing is sent: no log group of any account matches a [[source]]; check log_groups and regions.\n"
        } else {
            ""
        };
        return format!("Everything is as it should be.\n{but}");
    }
    let mut text = format!("{}\n", counted(answer.differences.len(), "difference"));
    if mendable {
        text.push_str("`bootstrap apply` mends what is marked + ~ or -.\n");
    }
    text
}
