//! `bootstrap accounts`: every account, whether it is to send, and whether it can be worked in.

use std::fmt::Write;
use std::sync::Arc;

use serde::Serialize;

use crate::bounded::bounded;
use crate::context::Context;
use crate::error::Error;
use crate::names::AccountId;
use crate::organization::{Decision, Member};
use crate::output::{ExitStatus, Printer, table};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Answer {
    organization: String,
    management_account: AccountId,
    central_account: AccountId,
    accounts: Vec<Row>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Row {
    #[serde(flatten)]
    member: Member,
    access: Access,
}

/// How an account is worked in.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "way", content = "reason", rename_all = "kebab-case")]
enum Access {
    OwnCredentials,
    AssumedRole,
    Failed(String),
    NotNeeded,
}

/// Lists the accounts, and tries the access role in each that is needed.
///
/// # Errors
/// When the organization can't be read, the configuration doesn't fit, or the answer can't be written.
pub async fn accounts(context: &Arc<Context>, printer: &mut Printer) -> Result<ExitStatus, Error> {
    let situation = Arc::new(context.situation().await?);
    let central = situation.desired.config.central.account.clone();
    context
        .progress
        .start("trying access", situation.members.len());
    let rows = bounded(situation.members.clone(), context.concurrency, |member| {
        let (context, situation, central) =
            (Arc::clone(context), Arc::clone(&situation), central.clone());
        async move {
            let needed = member.decision == Decision::Selected || member.account == central;
            let access = if !needed {
                Access::NotNeeded
            } else if member.account == situation.caller.account {
                Access::OwnCredentials
            } else {
                let opened = context.open(&situation, &member.account).await;
                opened.map_or_else(
                    |error| Access::Failed(error.to_string()),
                    |_| Access::AssumedRole,
                )
            };
            context.progress.tick();
            Row { member, access }
        }
    });
    let rows = rows.await;
    context.progress.finish();
    let failed = rows
        .iter()
        .any(|row| matches!(row.access, Access::Failed(_)));
    let organization = &situation.organization;
    let answer = Answer {
        organization: organization.id.clone(),
        management_account: organization.management_account.clone(),
        central_account: central,
        accounts: rows,
    };
    printer.answer(&answer, || text(&answer))?;
    Ok(if failed {
        ExitStatus::Failure
    } else {
        ExitStatus::Success
    })
}

fn text(answer: &Answer) -> String {
    let rows = answer.accounts.iter().map(|row| {
        let mut roles = Vec::new();
        if row.member.account == answer.management_account {
            roles.push("management");
        }
        if row.member.account == answer.central_account {
            roles.push("central");
        }
        let sends = match &row.member.decision {
            Decision::Selected => "yes".to_owned(),
            Decision::Skipped(reason) => format!("no: {reason}"),
        };
        let access = match &row.access {
            Access::OwnCredentials => "own credentials",
            Access::AssumedRole => "assumed role",
            Access::Failed(_) => "failed",
            Access::NotNeeded => "-",
        };
        let member = &row.member;
        vec![
            member.account.to_string(),
            member.name.clone(),
            roles.join(", "),
            member.path.clone(),
            member.state.as_str().to_owned(),
            sends,
            access.to_owned(),
        ]
    });
    let mut text = table(
        &[
            "ACCOUNT", "NAME", "ROLE", "UNIT", "STATE", "SENDS", "ACCESS",
        ],
        rows,
    );
    for row in &answer.accounts {
        if let Access::Failed(reason) = &row.access {
            let _ = write!(text, "\n! {reason}\n");
        }
    }
    text
}
