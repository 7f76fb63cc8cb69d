//! `bootstrap verify`: whether everything is as it should be, and who really sends.

use std::fmt::Write;
use std::sync::Arc;

use serde::Serialize;

use crate::context::Context;
use crate::error::Error;
use crate::names::AccountId;
use crate::output::{ExitStatus, Printer, counted, table};
use crate::plan::{Part, Plan, Status};
use crate::planning::{Want, make_plan};

#[derive(Serialize)]
struct Answer<'a> {
    as_it_should_be: bool,
    accounts: Vec<Row<'a>>,
    differences: Vec<String>,
}

#[derive(Serialize)]
struct Row<'a> {
    account: &'a AccountId,
    name: &'a str,
    role: &'static str,
    state: String,
    log_groups_selected: usize,
    log_groups_sending: usize,
    differences: usize,
}

/// Compares what exists with what should, and changes nothing.
///
/// # Errors
/// When the organization can't be read, the configuration doesn't fit, or the answer can't be written.
pub async fn verify(context: &Arc<Context>, printer: &mut Printer) -> Result<ExitStatus, Error> {
    let (_, plan) = make_plan(context, Want::Apply).await?;
    let differences: Vec<_> = plan.parts().flat_map(part_differences).collect();
    let status = if plan.summary.failed > 0 {
        ExitStatus::Failure
    } else if differences.is_empty() {
        ExitStatus::Success
    } else {
        ExitStatus::Differences
    };
    let accounts = plan
        .parts()
        .enumerate()
        .map(|(index, part)| row(part, index == 0));
    let answer = Answer {
        as_it_should_be: status == ExitStatus::Success,
        accounts: accounts.collect(),
        differences,
    };
    printer.answer(&answer, || text(&answer, &plan))?;
    Ok(status)
}

fn row(part: &Part, central: bool) -> Row<'_> {
    let differences = part_differences(part).len();
    let state = match &part.status {
        Status::Skipped(reason) => format!("skipped: {reason}"),
        Status::Failed(_) => "failed".to_owned(),
        Status::Ready if differences > 0 => "differs".to_owned(),
        Status::Ready if !central && part.log_groups.selected == 0 => {
            "nothing to send: no log group matches".to_owned()
        }
        Status::Ready => "as it should be".to_owned(),
    };
    Row {
        account: &part.account,
        name: &part.name,
        role: if central { "central" } else { "sender" },
        state,
        log_groups_selected: part.log_groups.selected,
        log_groups_sending: part.log_groups.sending,
        differences,
    }
}

fn part_differences(part: &Part) -> Vec<String> {
    let account = &part.account;
    let failure = part.failure().map(|reason| format!("{account}: {reason}"));
    let steps = part.steps.iter().map(|step| {
        let region = step
            .region
            .as_deref()
            .map(|region| format!(" {region}"))
            .unwrap_or_default();
        format!(
            "{account}{region}: {} {}",
            step.sign.as_char(),
            step.summary
        )
    });
    let blocked = part.skipped.iter().filter(|skip| skip.blocked);
    let blocked = blocked.map(|skip| {
        format!(
            "{account} {}: ! {} doesn't send: {}",
            skip.region, skip.log_group, skip.reason
        )
    });
    let conflicts = part
        .conflicts
        .iter()
        .map(|conflict| format!("{account}: ! {conflict}"));
    let found = failure.into_iter().chain(steps).chain(blocked);
    found.chain(conflicts).collect()
}

fn text(answer: &Answer, plan: &Plan) -> String {
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
    let mut text = table(&["ACCOUNT", "NAME", "ROLE", "SENDING", "STATE"], rows);
    text.push('\n');
    if answer.differences.is_empty() {
        text.push_str("Everything is as it should be.\n");
        if answer
            .accounts
            .iter()
            .all(|row| row.log_groups_selected == 0)
        {
            text.push_str(
                "But nothing is sent: no log group of any account matches a [[source]]; check log_groups and regions.\n",
            );
        }
        return text;
    }
    for line in &answer.differences {
        let _ = writeln!(text, "{line}");
    }
    let _ = writeln!(
        text,
        "\n{}",
        counted(answer.differences.len(), "difference")
    );
    if !plan.is_empty() {
        text.push_str("`bootstrap apply` mends what is marked + ~ or -.\n");
    }
    text
}
