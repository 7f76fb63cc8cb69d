//! From the configuration and the organization to a plan: read every account, compare, put together.

mod catalog;
mod named;
mod only;
mod unreached;

use std::sync::Arc;

use crate::actions::Sign;
use crate::aws::AwsError;
use crate::aws::organizations::AccountState;
use crate::aws::sessions::Session;
use crate::bounded::bounded;
use crate::context::{Context, Situation};
use crate::error::Error;
use crate::names::AccountId;
use crate::observed::{
    CentralObserved, Look, MemberObserved, ObservedCatalog, SourcesObserved, observe_central,
    observe_log_group, observe_member, observe_sources,
};
use crate::organization::{Decision, Member};
use crate::plan::{
    FORMAT, GlobUse, LEFT_AS_IT_IS, Part, Plan, Purpose, Status, Summary, central_part,
    destroy_catalog, destroy_central, destroy_member, destroy_sources, member_part, note_on_policy,
    plan_sources,
};
use catalog::plan_catalog;
use named::{by_hand, out_of_reach, select_named};
use only::only_these;
pub use only::{OneLogGroup, Only};
use unreached::unreached;

/// What a plan is wanted for.
#[derive(Debug, Clone)]
pub enum Want {
    /// To set up: everything, or only what is named.
    Apply(Only),
    /// To take back.
    Destroy {
        /// Leave the stream, even if we created it.
        keep_stream: bool,
        /// Delete log groups of ours, with the logs in them.
        delete_logs: bool,
        /// Only in these accounts, whatever the configuration selects, and nothing in the central account;
        /// empty for all that are selected.
        accounts: Vec<AccountId>,
    },
}

impl Want {
    /// Whether an account is meant by its id.
    fn names(&self, account: &AccountId) -> bool {
        self.accounts().contains(account)
    }

    /// The accounts that alone are meant; none for everything.
    fn accounts(&self) -> &[AccountId] {
        match self {
            Self::Apply(only) => &only.accounts,
            Self::Destroy { accounts, .. } => accounts,
        }
    }

    /// The log group that alone is meant, if it is one.
    fn log_group(&self) -> Option<&OneLogGroup> {
        match self {
            Self::Apply(only) => only.log_group.as_ref(),
            Self::Destroy { .. } => None,
        }
    }

    /// Whether only some accounts are meant, and nothing central.
    fn is_restricted(&self) -> bool {
        !self.accounts().is_empty()
    }
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
    let situation = Arc::new(situation_for(context, &want).await?);
    let selected = situation
        .members
        .iter()
        .filter(|member| member.decision == Decision::Selected)
        .count();
    context.progress.start("reading accounts", selected + 1);
    let (mut central, catalog) = central_plan(context, &situation, &want).await?;
    if central.failure().is_some() {
        context.progress.failed();
    }
    context.progress.tick();
    let read = bounded(situation.members.clone(), context.concurrency, |member| {
        let (context, situation) = (Arc::clone(context), Arc::clone(&situation));
        let want = want.clone();
        async move {
            let answer = read_member(&context, &situation, &member, &want).await;
            (member, answer)
        }
    });
    let read = read.await;
    context.progress.finish();
    let notes = notes_of(&situation, &want, &read);
    if matches!(want, Want::Apply(_)) && want.log_group().is_none() && !want.is_restricted() {
        central.conflicts.extend(unreached(&situation));
    }
    if let Some(found) = catalog {
        plan_catalog(context, &situation, &found, &read, &mut central).await;
    }
    let named = |member: &Member| !want.is_restricted() || want.names(&member.account);
    let members = read
        .into_iter()
        .filter(|(member, _)| named(member))
        .map(|(member, answer)| member_plan(&situation, &member, answer, &want));
    let plan = Plan {
        format: FORMAT,
        purpose: if matches!(want, Want::Apply(_)) {
            Purpose::Apply
        } else {
            Purpose::Destroy
        },
        organization: situation.organization.id.clone(),
        management_account: situation.organization.management_account.clone(),
        configuration: situation.desired.config.written.clone(),
        central,
        members: members.collect::<Result<_, _>>()?,
        notes,
        summary: Summary::default(),
    };
    Ok((situation, plan.counted()))
}

/// The organization, with the accounts selected that are meant.
async fn situation_for(context: &Context, want: &Want) -> Result<Situation, Error> {
    match want {
        Want::Apply(only) => {
            let mut situation = context.situation().await?;
            situation.members = only_these(situation.members, &only.accounts)?;
            Ok(situation)
        }
        Want::Destroy { accounts, .. } => {
            let mut situation = context.situation_to_destroy().await?;
            select_named(&mut situation, accounts);
            Ok(situation)
        }
    }
}

/// What there was in an account; nothing for one that is left out.
type ReadMember = Option<Read>;

/// What a reader should know of no account alone.
fn notes_of(situation: &Situation, want: &Want, read: &[(Member, ReadMember)]) -> Vec<String> {
    if !matches!(want, Want::Apply(_)) || want.is_restricted() {
        return Vec::new();
    }
    let mut globs = GlobUse::new(&situation.desired.config);
    for observed in read
        .iter()
        .filter_map(|(_, answer)| answer.as_ref()?.as_ref().ok())
    {
        globs.see(&observed.0);
    }
    let mut notes = globs.notes();
    notes.extend(note_on_policy(&situation.desired.config));
    notes
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

/// The state of an account of the organization that isn't active.
fn inactive(situation: &Situation, account: &AccountId) -> Option<AccountState> {
    let mut members = situation.members.iter();
    let found = members.find(|member| member.account == *account)?;
    (found.state != AccountState::Active).then_some(found.state)
}

async fn central_plan(
    context: &Context,
    situation: &Situation,
    want: &Want,
) -> Result<(Part, Option<ObservedCatalog>), Error> {
    let desired = &situation.desired;
    let account = &desired.config.central.account;
    let name = situation.name_of(account);
    if want.is_restricted() {
        let reason = LEFT_AS_IT_IS.to_owned();
        return Ok((Part::new(account, name, Status::Skipped(reason)), None));
    }
    if let Some(state) = inactive(situation, account) {
        let failed = Status::Failed(out_of_reach(state));
        return Ok((Part::new(account, name, failed), None));
    }
    let observed = match read_central(context, situation).await {
        Ok(observed) => observed,
        Err(error) => {
            let failed = Status::Failed(error.to_string());
            return Ok((Part::new(account, name, failed), None));
        }
    };
    let Want::Destroy { keep_stream, .. } = want else {
        let part = central_part(desired, &observed, name)?;
        return Ok((part, observed.catalog));
    };
    let mut part = destroy_central(desired, &observed, name, *keep_stream);
    if let (Some(settings), Some(found)) = (&desired.config.catalog, &observed.catalog) {
        destroy_catalog(&mut part, desired, settings, found);
    }
    let left_out = |member: &&Member| {
        member.state == AccountState::Active && member.decision != Decision::Selected
    };
    let left_out = situation.members.iter().filter(left_out).count();
    if left_out > 0 && !part.steps.is_empty() {
        part.notes.push(format!(
            "active accounts outside of the selection were not looked at ({left_out}): what they still send here is \
             lost once the destination is gone"
        ));
    }
    Ok((part, None))
}

/// What there is in an account, or why it can't be read.
type Read = Result<(MemberObserved, SourcesObserved), AwsError>;

/// What there is in a selected account; nothing for one that is left out.
async fn read_member(
    context: &Context,
    situation: &Situation,
    member: &Member,
    want: &Want,
) -> ReadMember {
    if member.decision != Decision::Selected {
        return None;
    }
    let answer = match context.open(situation, &member.account).await {
        Ok(session) => observed(&session, situation, member, want).await,
        Err(error) => Err(error),
    };
    if answer.is_err() {
        context.progress.failed();
    }
    context.progress.tick();
    Some(answer)
}

async fn observed(
    session: &Arc<dyn Session>,
    situation: &Situation,
    member: &Member,
    want: &Want,
) -> Read {
    let desired = &situation.desired;
    if let Some(OneLogGroup { region, name }) = want.log_group() {
        let observed = observe_log_group(session, desired, region, name).await?;
        return Ok((observed, SourcesObserved::default()));
    }
    let observed = observe_member(session, desired, &member.account).await?;
    let look = Look {
        destroying: !matches!(want, Want::Apply(_)),
        management: member.account == situation.organization.management_account,
    };
    let sources = observe_sources(session, desired, &member.account, &observed, look).await;
    Ok((observed, sources))
}

fn member_plan(
    situation: &Situation,
    member: &Member,
    read: ReadMember,
    want: &Want,
) -> Result<Part, Error> {
    let (account, name) = (&member.account, &member.name);
    let (mut observed, sources) = match (read, &member.decision) {
        (Some(Ok(observed)), _) => observed,
        (Some(Err(error)), _) => {
            let by_hand = by_hand(situation, account).filter(|_| want.names(account));
            let reason = by_hand.map_or(error.to_string(), |words| format!("{error}. {words}"));
            return Ok(Part::new(account, name, Status::Failed(reason)));
        }
        (None, Decision::Skipped(reason)) if want.names(account) => {
            return Ok(Part::new(account, name, Status::Failed(reason.clone())));
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
        Want::Apply(Only {
            log_group: Some(_), ..
        }) => {
            let mut part = member_part(&situation.desired, &observed, account, name)?;
            // What else there is wasn't looked at, so that nothing can be told to be too much.
            part.steps.retain(|step| step.sign != Sign::Remove);
            Ok(part)
        }
        Want::Apply(_) => {
            let desired = &situation.desired;
            let additions = plan_sources(desired, account, &mut observed, &sources)?;
            let mut part = member_part(desired, &observed, account, name)?;
            additions.add_to(&mut part);
            Ok(part)
        }
        Want::Destroy { delete_logs, .. } => {
            let mut part = destroy_member(&situation.desired, &observed, account, name);
            destroy_sources(&situation.desired, &sources, *delete_logs, &mut part);
            Ok(part)
        }
    }
}
