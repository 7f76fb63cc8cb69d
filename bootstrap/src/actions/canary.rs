//! The log group that a canary has left behind, since it was killed or refused.

use serde::{Deserialize, Serialize};

use super::log_group::delete_ours;
use super::{Act, Outcome, Sign, Site};
use crate::aws::Answer;

/// Deletes the canary's log group with what is on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeleteCanary {
    /// The log group.
    pub log_group: String,
    /// Its ARN, without `:*`.
    pub arn: String,
    /// Value of the tag that makes it ours.
    pub owner: String,
}

impl Act for DeleteCanary {
    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn summary(&self) -> String {
        format!("log group {}: left by `verify --canary`", self.log_group)
    }

    fn undo(&self) -> String {
        "`verify --canary` makes it again, as long as it runs".to_owned()
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(delete_ours(site, &self.log_group, &self.arn, &self.owner))
    }
}
