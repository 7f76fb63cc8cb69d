//! What `bootstrap` can do to an account. Each action is a value that can be saved, shown, repeated
//! without harm, and says what takes it back.

mod access_policy;
mod account_policy;
mod canary;
mod catalog;
mod destination;
mod filter;
mod finding_rule;
mod flow_log;
mod log_group;
mod put;
mod role;
mod stream;
mod stream_change;
mod trail;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use access_policy::{ForceAccessPolicy, PutAccessPolicy};
pub use account_policy::{DeleteAccountPolicy, PutAccountPolicy};
pub use canary::DeleteCanary;
pub use catalog::{DeleteCatalog, WriteCatalog};
pub use destination::{DeleteDestination, PutDestination};
pub use filter::{DeleteFilter, PutFilter};
pub use finding_rule::{
    DeleteFindingRule, DeleteResourcePolicy, PutFindingRule, PutResourcePolicy, other_targets,
};
pub use flow_log::{CreateFlowLog, DeleteFlowLog};
pub use log_group::{CreateLogGroup, DeleteLogGroup, RaiseLogRetention};
pub use role::{Change, CreateRole, DeleteRole, UpdateRole};
pub use stream::{CreateStream, DeleteStream, RaiseRetention, RestoreRetention};
pub use stream_change::{ChangeCapacity, EncryptStream};

pub use trail::{SetTrailLogGroup, UnsetTrailLogGroup};

use crate::aws::sessions::Session;
use crate::aws::{Answer, AwsError};
use crate::difference::Difference;
use crate::names::{AccountId, OWNER_TAG};
use crate::retry::Retry;

/// Any of the actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[allow(
    missing_docs,
    reason = "each variant is the action that it is named after"
)]
pub enum Action {
    CreateStream(CreateStream),
    RaiseRetention(RaiseRetention),
    RestoreRetention(RestoreRetention),
    EncryptStream(EncryptStream),
    ChangeCapacity(ChangeCapacity),
    DeleteStream(DeleteStream),
    CreateRole(CreateRole),
    UpdateRole(UpdateRole),
    DeleteRole(DeleteRole),
    PutDestination(PutDestination),
    PutAccessPolicy(PutAccessPolicy),
    ForceAccessPolicy(ForceAccessPolicy),
    DeleteDestination(DeleteDestination),
    PutFilter(PutFilter),
    DeleteFilter(DeleteFilter),
    PutAccountPolicy(PutAccountPolicy),
    DeleteAccountPolicy(DeleteAccountPolicy),
    DeleteCanary(DeleteCanary),
    WriteCatalog(WriteCatalog),
    DeleteCatalog(DeleteCatalog),
    CreateLogGroup(CreateLogGroup),
    RaiseLogRetention(RaiseLogRetention),
    DeleteLogGroup(DeleteLogGroup),
    CreateFlowLog(CreateFlowLog),
    DeleteFlowLog(DeleteFlowLog),
    PutResourcePolicy(PutResourcePolicy),
    DeleteResourcePolicy(DeleteResourcePolicy),
    PutFindingRule(PutFindingRule),
    DeleteFindingRule(DeleteFindingRule),
    SetTrailLogGroup(SetTrailLogGroup),
    UnsetTrailLogGroup(UnsetTrailLogGroup),
}

/// What an action is to a plan and to whoever applies it.
pub trait Act: Send + Sync {
    /// Whether it adds, changes or removes.
    fn sign(&self) -> Sign;
    /// What it does, for people.
    fn summary(&self) -> String;
    /// What differs in the documents that it changes; other values stand in the summary.
    fn differences(&self) -> Vec<Difference> {
        Vec::new()
    }
    /// What takes it back.
    fn undo(&self) -> String;
    /// Does it. Doing it again changes nothing.
    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome>;
    /// What can't go on when it fails.
    fn blocks(&self) -> Blocks<'_> {
        Blocks::Nothing
    }
    /// The log group that it is about.
    fn log_group(&self) -> Option<&str> {
        None
    }
    /// Whether it must wait until everything before it in the account went well: what others still
    /// name doesn't go.
    fn comes_last(&self) -> bool {
        false
    }
    /// In the central account: the members that must be done before it, where it comes after members.
    fn after_members(&self) -> Option<&[AccountId]> {
        None
    }
    /// In the central account: whether it comes after everything else in all accounts.
    fn comes_after_all(&self) -> bool {
        false
    }
}

/// Whether an action adds, changes or removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Sign {
    /// Something new.
    #[serde(rename = "+")]
    Add,
    /// Something that is ours becomes different.
    #[serde(rename = "~")]
    Change,
    /// Something that is ours goes.
    #[serde(rename = "-")]
    Remove,
}

impl Sign {
    /// `+`, `~` or `-`.
    pub fn as_char(self) -> char {
        match self {
            Self::Add => '+',
            Self::Change => '~',
            Self::Remove => '-',
        }
    }
}

/// What can't go on when an action fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocks<'a> {
    /// Everything else can.
    Nothing,
    /// What comes later on the same log group, so that an old filter doesn't go before the new one is there.
    LogGroup(&'a str),
    /// What comes later in the same region.
    Region,
    /// Whatever comes later.
    Everything,
}

/// How an action ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// What it was for is no longer there, so that there is nothing to do.
    Gone,
}

/// Where an action works.
pub struct Site {
    /// The account.
    pub session: Arc<dyn Session>,
    /// The region, for what has one.
    pub region: String,
    /// How long to wait for what isn't ready.
    pub retry: Retry,
    /// Whether roles or policies were changed moments ago, so that a refusal can mean "not yet".
    pub fresh: bool,
}

impl Site {
    /// Whether an error passes with time.
    pub fn passes(&self, error: &AwsError) -> bool {
        error.is_not_ready() || (self.fresh && error.is_denied())
    }
}

impl Action {
    /// The action behind the value.
    pub fn act(&self) -> &dyn Act {
        match self {
            Self::CreateStream(action) => action,
            Self::RaiseRetention(action) => action,
            Self::RestoreRetention(action) => action,
            Self::EncryptStream(action) => action,
            Self::ChangeCapacity(action) => action,
            Self::DeleteStream(action) => action,
            Self::CreateRole(action) => action,
            Self::UpdateRole(action) => action,
            Self::DeleteRole(action) => action,
            Self::PutDestination(action) => action,
            Self::PutAccessPolicy(action) => action,
            Self::ForceAccessPolicy(action) => action,
            Self::DeleteDestination(action) => action,
            Self::PutFilter(action) => action,
            Self::DeleteFilter(action) => action,
            Self::PutAccountPolicy(action) => action,
            Self::DeleteAccountPolicy(action) => action,
            Self::DeleteCanary(action) => action,
            Self::WriteCatalog(action) => action,
            Self::DeleteCatalog(action) => action,
            Self::CreateLogGroup(action) => action,
            Self::RaiseLogRetention(action) => action,
            Self::DeleteLogGroup(action) => action,
            Self::CreateFlowLog(action) => action,
            Self::DeleteFlowLog(action) => action,
            Self::PutResourcePolicy(action) => action,
            Self::DeleteResourcePolicy(action) => action,
            Self::PutFindingRule(action) => action,
            Self::DeleteFindingRule(action) => action,
            Self::SetTrailLogGroup(action) => action,
            Self::UnsetTrailLogGroup(action) => action,
        }
    }
}

/// That what stands at `place` isn't ours any more, as the answer of `operation` shows.
fn no_longer_ours(operation: &str, place: &str) -> AwsError {
    let message = format!("it lost the tag {OWNER_TAG}, so it isn't ours and stays as it is");
    AwsError::new(operation, place, "", &message)
}

/// An answer in which a thing that is missing is as good as removed.
fn removed(answer: Result<(), AwsError>) -> Result<Outcome, AwsError> {
    match answer {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if error.is_missing() => Ok(Outcome::Gone),
        Err(error) => Err(error),
    }
}
