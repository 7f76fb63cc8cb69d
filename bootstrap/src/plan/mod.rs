//! What is to be done: one value that can be shown, saved, compared and applied.

mod account_policy;
mod catalog;
mod central;
mod compare;
mod destination;
mod destroy;
mod filters;
mod finding_rule;
mod flow_logs;
mod member;
mod ownership;
mod sources;
mod stream;
#[cfg(test)]
mod tests;
mod trail;
mod unmatched;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use account_policy::{FILTERS_SEND, POLICY_DECIDES};
use filters::ANOTHER_SOURCE;

pub use catalog::{catalog_step, destroy_catalog};
pub use central::central_part;
pub use compare::differences;
pub use destroy::{destroy_central, destroy_member};
pub use member::member_part;
pub use sources::{destroy_sources, plan_sources};
pub use unmatched::{GlobUse, note_on_policy};

use crate::actions::{Action, Sign};
use crate::difference::Difference;
use crate::names::AccountId;

/// Version of the saved form.
pub const FORMAT: u32 = 2;

/// Why the central account is skipped in a plan for some accounts only.
pub const LEFT_AS_IT_IS: &str = "--accounts leaves the central account as it is";

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Plan {
    /// Version of this form, [`FORMAT`].
    pub format: u32,
    /// Whether it sets up or takes back.
    pub purpose: Purpose,
    /// Id of the organization.
    pub organization: String,
    /// Its management account.
    pub management_account: AccountId,
    /// The configuration's values, as they are written.
    pub configuration: Value,
    /// The central account.
    pub central: Part,
    /// The accounts that send, by id; the central account is one of them where it is selected.
    pub members: Vec<Part>,
    /// What a reader should know besides, of no account alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Totals over all accounts.
    pub summary: Summary,
}

/// Whether a plan sets up or takes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Sets up.
    Apply,
    /// Takes back.
    Destroy,
}

/// One account's part of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Part {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Whether anything can be done there.
    #[serde(flatten)]
    pub status: Status,
    /// What is to be done, in this order.
    pub steps: Vec<Step>,
    /// Log groups that a source wants and that are not subscribed.
    pub skipped: Vec<Skip>,
    /// What should be and can't, apart from log groups, and what to do about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<String>,
    /// Whether one of these keeps filters or a policy of ours as they are, so that they may still send as before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keeps_sending: bool,
    /// What a reader should know besides.
    pub notes: Vec<String>,
    /// How many log groups are meant and send.
    pub log_groups: LogGroups,
}

/// Whether anything can be done in an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "status", content = "reason", rename_all = "lowercase")]
pub enum Status {
    /// It was read, and can be worked in.
    Ready,
    /// It is left out on purpose.
    Skipped(String),
    /// It can't be read, or something there isn't ours and stands in the way.
    Failed(String),
}

/// An action in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Step {
    /// The region, for what has one.
    pub region: Option<String>,
    /// Adds, changes or removes.
    pub sign: Sign,
    /// What it does, for people.
    pub summary: String,
    /// What differs in the documents that it changes; what other values it changes, the summary says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// What takes it back.
    pub undo: String,
    /// The action itself.
    pub action: Action,
}

/// A log group that a source wants and that is not subscribed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Skip {
    /// The region.
    pub region: String,
    /// The log group.
    pub log_group: String,
    /// Why not.
    pub reason: String,
    /// Whether it should send and can't, so that somebody must do something.
    pub blocked: bool,
}

/// How many log groups of an account are meant and send.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LogGroups {
    /// That a source wants and that can be subscribed.
    pub selected: usize,
    /// That have exactly the filter that they should.
    pub sending: usize,
}

/// Totals of a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Summary {
    /// Steps that add.
    pub add: usize,
    /// Steps that change.
    pub change: usize,
    /// Steps that remove.
    pub remove: usize,
    /// Accounts and log groups that are left out.
    pub skipped: usize,
    /// Accounts that can't be worked in.
    pub failed: usize,
}

impl Step {
    /// An action in a region, or in none.
    pub fn new(region: Option<&str>, action: Action) -> Self {
        let act = action.act();
        let (sign, summary, differences, undo) =
            (act.sign(), act.summary(), act.differences(), act.undo());
        Self {
            region: region.map(str::to_owned),
            sign,
            summary,
            differences,
            undo,
            action,
        }
    }

    /// Whether it removes what something else does the work of, so that nothing stops sending.
    pub fn is_replacement(&self) -> bool {
        let because = match &self.action {
            Action::DeleteFilter(action) => action.because.as_deref(),
            Action::DeleteAccountPolicy(action) => action.because.as_deref(),
            _ => None,
        };
        [ANOTHER_SOURCE, POLICY_DECIDES, FILTERS_SEND]
            .iter()
            .any(|reason| because == Some(*reason))
    }
}

impl Part {
    /// A part with nothing to do.
    pub fn new(account: &AccountId, name: &str, status: Status) -> Self {
        Self {
            account: account.clone(),
            name: name.to_owned(),
            status,
            steps: Vec::new(),
            skipped: Vec::new(),
            conflicts: Vec::new(),
            keeps_sending: false,
            notes: Vec::new(),
            log_groups: LogGroups::default(),
        }
    }

    /// The reason why the account can't be worked in, if there is one.
    pub fn failure(&self) -> Option<&str> {
        match &self.status {
            Status::Failed(reason) => Some(reason),
            Status::Ready | Status::Skipped(_) => None,
        }
    }

    /// The same part with nothing to do, since that stands in the way.
    fn failed(mut self, reason: String) -> Self {
        self.status = Status::Failed(reason);
        self.steps.clear();
        self
    }
}

impl Plan {
    /// All parts, the central account's first.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        std::iter::once(&self.central).chain(&self.members)
    }

    /// The accounts that the plan was made for with `--accounts`; none for a plan of everything.
    pub fn only_accounts(&self) -> Vec<AccountId> {
        if self.central.status != Status::Skipped(LEFT_AS_IT_IS.to_owned()) {
            return Vec::new();
        }
        self.members
            .iter()
            .map(|part| part.account.clone())
            .collect()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.parts().all(|part| part.steps.is_empty())
    }

    /// Log groups that should send and can't.
    pub fn blocked(&self) -> usize {
        self.parts()
            .flat_map(|part| &part.skipped)
            .filter(|skip| skip.blocked)
            .count()
    }

    /// Other things that should be and can't.
    pub fn conflicts(&self) -> usize {
        self.parts().map(|part| part.conflicts.len()).sum()
    }

    /// Counts anew what the parts hold.
    #[must_use]
    pub fn counted(mut self) -> Self {
        let mut summary = Summary::default();
        for part in self.parts() {
            for step in &part.steps {
                match step.sign {
                    Sign::Add => summary.add += 1,
                    Sign::Change => summary.change += 1,
                    Sign::Remove => summary.remove += 1,
                }
            }
            summary.skipped +=
                part.skipped.len() + usize::from(matches!(part.status, Status::Skipped(_)));
            summary.failed += usize::from(part.failure().is_some());
        }
        self.summary = summary;
        self
    }
}
