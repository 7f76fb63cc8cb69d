//! What makes the logs of an account come into being, as it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    FindingsObserved, FlowLogsObserved, MemberObserved, TrailsObserved, observe_findings,
    observe_flow_logs, observe_trails,
};
use crate::aws::AwsError;
use crate::aws::sessions::Session;
use crate::desired::Desired;
use crate::names::{AccountId, OWNER_TAG, STACK_TAG};

/// What there is of flow logs, of GuardDuty's rule and of trails, and of log groups that we make.
#[derive(Debug, Clone, Default)]
pub struct SourcesObserved {
    /// Flow logs.
    pub flow_logs: FlowLogsObserved,
    /// The rule for GuardDuty's findings, by region, in the account that should have it.
    pub findings: BTreeMap<String, Result<FindingsObserved, AwsError>>,
    /// The organization's trails, in the management account.
    pub trails: Option<Result<TrailsObserved, AwsError>>,
    /// Log groups under names that we give, by region and name: whose they are. Only where that
    /// matters.
    pub ours: BTreeMap<(String, String), Result<Whose, AwsError>>,
}

/// Whose a log group is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// We made it.
    Ours,
    /// The stack of this name made it for us.
    Stack(String),
    /// Anybody else's.
    Others,
}

impl Whose {
    /// By the tags of a log group; there are none where it is gone.
    fn by_tags(tags: Option<&BTreeMap<String, String>>, owner: &str) -> Self {
        match tags {
            Some(tags) if tags.get(OWNER_TAG).map(String::as_str) == Some(owner) => {
                let stack = tags.get(STACK_TAG).cloned();
                stack.map_or(Self::Ours, Self::Stack)
            }
            _ => Self::Others,
        }
    }
}

/// What to look at.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Whether everything is taken back, so that of every log group it matters whose it is.
    pub destroying: bool,
    /// Whether the account is the management account.
    pub management: bool,
}

/// Reads what makes logs in an account whose log groups are read.
pub async fn observe_sources(
    session: &Arc<dyn Session>,
    desired: &Desired,
    account: &AccountId,
    member: &MemberObserved,
    look: Look,
) -> SourcesObserved {
    let mut observed = SourcesObserved {
        flow_logs: observe_flow_logs(session, desired, member).await,
        findings: observe_findings(session, desired, account, member).await,
        trails: None,
        ours: BTreeMap::new(),
    };
    if look.management {
        observed.trails = observe_trails(session, desired).await;
    }
    for (region, groups) in &member.log_groups {
        for found in groups {
            let name = &found.group.name;
            let here = desired.is_made_in(account, look.management, name);
            let shorter = |wanted| found.group.wants_retention(wanted);
            let made = desired.made_log_group(name);
            if !made.is_some_and(|wanted| here && (look.destroying || shorter(wanted))) {
                continue;
            }
            let arn = desired.names.log_group_arn(region, account, name);
            let tags = session.log_groups(region).tags(&arn).await;
            let mut ours = tags.map(|tags| Whose::by_tags(tags.as_ref(), desired.names.owner()));
            // How much is stored is counted late.
            let unset = !look.destroying && found.group.retention_days.is_none();
            let groups = session.log_groups(region);
            if unset && matches!(ours, Ok(Whose::Ours | Whose::Stack(_))) {
                match groups.has_streams(name).await {
                    Ok(false) => {}
                    Err(error) if !error.is_missing() => ours = Err(error),
                    _ => continue,
                }
            }
            observed.ours.insert((region.clone(), name.clone()), ours);
        }
    }
    observed
}
