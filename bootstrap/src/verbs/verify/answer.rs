//! What `verify` answers.

use serde::Serialize;

use crate::canary::CanaryRun;
use crate::context::Situation;
use crate::names::AccountId;
use crate::plan::{Part, Plan, Status};

/// The whole answer, as JSON and as what the text is made of.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Answer<'a> {
    /// When it was asked for, in RFC 3339.
    pub checked_at: String,
    /// Id of the organization.
    pub organization: &'a str,
    /// Its management account.
    pub management_account: &'a AccountId,
    /// ARNs of the destinations, one in each region.
    pub destinations: Vec<String>,
    /// Whether nothing differs.
    pub as_it_should_be: bool,
    /// Every account, the central one first.
    pub accounts: Vec<Row<'a>>,
    /// What differs, one thing a line.
    pub differences: Vec<String>,
    /// Accounts of the organization of which nothing is sent, and why.
    pub not_sending: Vec<NotSending<'a>>,
    /// What became of the canary's events, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary: Option<Vec<CanaryRun>>,
    /// What a reader should know besides.
    pub notes: Vec<String>,
}

/// One account.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Row<'a> {
    /// Its id.
    pub account: &'a AccountId,
    /// Its name.
    pub name: &'a str,
    /// `central` or `sender`.
    pub role: &'static str,
    /// How it is, in words.
    pub state: String,
    /// Log groups that a source wants and that can send.
    pub log_groups_selected: usize,
    /// Those that do.
    pub log_groups_sending: usize,
    /// Lines about it among the differences.
    pub differences: usize,
}

/// An account of which nothing is sent.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NotSending<'a> {
    /// Its id.
    pub account: &'a AccountId,
    /// Its name.
    pub name: &'a str,
    /// Why.
    pub reason: String,
}

impl<'a> Answer<'a> {
    /// Out of what `apply` would do, and what became of the canary's events.
    pub fn new(situation: &'a Situation, plan: &'a Plan, canary: Option<Vec<CanaryRun>>) -> Self {
        let names = &situation.desired.names;
        let regions = situation.desired.config.organization.regions.iter();
        let runs = canary.iter().flatten().flat_map(|run| {
            let problems = run.problems();
            problems.map(|problem| format!("{} {}: ! canary: {problem}", run.account, run.region))
        });
        let differences: Vec<_> = plan
            .parts()
            .flat_map(part_differences)
            .chain(runs)
            .collect();
        let rows = plan.parts().enumerate();
        let of_parts = plan.parts().flat_map(|part| {
            let notes = part.notes.iter();
            notes.map(move |note| format!("{}: {note}", part.account))
        });
        Self {
            checked_at: format!("{:.0}", jiff::Timestamp::now()),
            organization: &plan.organization,
            management_account: &plan.management_account,
            destinations: regions
                .map(|region| names.destination_arn(region))
                .collect(),
            as_it_should_be: differences.is_empty(),
            accounts: rows.map(|(index, part)| row(part, index == 0)).collect(),
            differences,
            canary,
            not_sending: plan.members.iter().filter_map(not_sending).collect(),
            notes: plan.notes.iter().cloned().chain(of_parts).collect(),
        }
    }
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

fn not_sending(part: &Part) -> Option<NotSending<'_>> {
    let reason = match &part.status {
        Status::Skipped(reason) => reason.clone(),
        Status::Failed(_) => "it can't be told: the account can't be worked in".to_owned(),
        Status::Ready if part.log_groups.sending > 0 => return None,
        Status::Ready if part.log_groups.selected == 0 => {
            let skipped = part.skipped.len();
            match skipped {
                0 => "no log group matches a source".to_owned(),
                _ => format!(
                    "the log groups that match a source are skipped ({skipped}); `bootstrap plan` says why"
                ),
            }
        }
        Status::Ready => format!(
            "none of its {} log groups has its filter",
            part.log_groups.selected
        ),
    };
    Some(NotSending {
        account: &part.account,
        name: &part.name,
        reason,
    })
}

/// What differs in an account, one thing a line.
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
