//! From the configuration and the organization to a plan: read every account, compare, put together.

use std::sync::Arc;

use crate::aws::AwsError;
use crate::bounded::bounded;
use crate::context::{Context, Situation};
use crate::error::Error;
use crate::observed::{CentralObserved, MemberObserved, observe_central, observe_member};
use crate::organization::{Decision, Member};
use crate::plan::{
    FORMAT, Part, Plan, Purpose, Status, Summary, central_part, destroy_central, destroy_member,
    member_part,
};

/// What a plan is wanted for.
#[derive(Debug, Clone, Copy)]
pub enum Want {
    /// To set up.
    Apply,
    /// To take back.
    Destroy {
        /// Leave the stream, even if we created it.
        keep_stream: bool,
    },
}

/// Makes a plan.
///
/// # Errors
/// When the organization can't be read or the configuration doesn't fit. What fails in one account alone
/// is that account's part of the plan.
pub async fn make_plan(
    context: &Arc<Context>,
    want: Want,
) -> Result<(Arc<Situation>, Plan), Error> {
    let situation = Arc::new(context.situation().await?);
    let selected = situation
        .members
        .iter()
        .filter(|member| member.decision == Decision::Selected)
        .count();
    context.progress.start("reading accounts", selected + 1);
    let central = read_central(context, &situation).await;
    context.progress.tick(&format!(
        "{} central account",
        situation.desired.config.central.account
    ));
    let central = central_plan(&situation, central, want)?;
    let read = bounded(situation.members.clone(), context.concurrency, |member| {
        let (context, situation) = (Arc::clone(context), Arc::clone(&situation));
        async move {
            let answer = read_member(&context, &situation, &member).await;
            (member, answer)
        }
    });
    let read = read.await;
    context.progress.finish();
    let members = read
        .into_iter()
        .map(|(member, answer)| member_plan(&situation, &member, answer, want));
    let plan = Plan {
        format: FORMAT,
        purpose: if matches!(want, Want::Apply) {
            Purpose::Apply
        } else {
            Purpose::Destroy
        },
        organization: situation.organization.id.clone(),
        management_account: situation.organization.management_account.clone(),
        central,
        members: members.collect::<Result<_, _>>()?,
        summary: Summary::default(),
    };
    Ok((situation, plan.counted()))
}

async fn read_central(
    context: &Context,
    situation: &Situation,
) -> Result<CentralObserved, AwsError> {
    let session = context
        .open(situation, &situation.desired.config.central.account)
        .await?;
    observe_central(&session, &situation.desired).await
}

fn central_plan(
    situation: &Situation,
    read: Result<CentralObserved, AwsError>,
    want: Want,
) -> Result<Part, Error> {
    let desired = &situation.desired;
    let account = &desired.config.central.account;
    let name = situation.name_of(account);
    match (read, want) {
        (Err(error), _) => Ok(Part::new(account, name, Status::Failed(error.to_string()))),
        (Ok(observed), Want::Apply) => central_part(desired, &observed, name),
        (Ok(observed), Want::Destroy { keep_stream }) => {
            Ok(destroy_central(desired, &observed, name, keep_stream))
        }
    }
}

/// What there is in a selected account; nothing for one that is left out.
async fn read_member(
    context: &Context,
    situation: &Situation,
    member: &Member,
) -> Option<Result<MemberObserved, AwsError>> {
    if member.decision != Decision::Selected {
        return None;
    }
    let answer = match context.open(situation, &member.account).await {
        Ok(session) => observe_member(&session, &situation.desired, &member.account).await,
        Err(error) => Err(error),
    };
    let how = if answer.is_ok() { "" } else { ": failed" };
    context
        .progress
        .tick(&format!("{} {}{how}", member.account, member.name));
    Some(answer)
}

fn member_plan(
    situation: &Situation,
    member: &Member,
    read: Option<Result<MemberObserved, AwsError>>,
    want: Want,
) -> Result<Part, Error> {
    let (account, name) = (&member.account, &member.name);
    let observed = match (read, &member.decision) {
        (Some(Ok(observed)), _) => observed,
        (Some(Err(error)), _) => {
            return Ok(Part::new(account, name, Status::Failed(error.to_string())));
        }
        (None, Decision::Skipped(reason)) => {
            return Ok(Part::new(account, name, Status::Skipped(reason.clone())));
        }
        (None, Decision::Selected) => {
            return Ok(Part::new(
                account,
                name,
                Status::Failed("was not read".to_owned()),
            ));
        }
    };
    match want {
        Want::Apply => member_part(&situation.desired, &observed, account, name),
        Want::Destroy { .. } => Ok(destroy_member(&situation.desired, &observed, account, name)),
    }
}
