//! What should exist, from the configuration and the organization alone.

mod access_policy;
mod account_policy;
mod catalog;
mod flow_log_formats;
mod log_groups;
mod made;
mod roles;

use std::sync::Arc;

pub use access_policy::{LONGEST_ACCESS_POLICY, unit_paths};
pub use catalog::{FromAccounts, desired_catalog};
pub use flow_log_formats::{AccountFormats, DEFAULT_FORMAT, observed_formats};
pub use log_groups::Verdict;
pub use made::FINDING_TARGET;
pub use roles::{DesiredRole, LONGEST_INLINE_POLICY, LONGEST_TRUST};

use crate::config::Config;
use crate::names::{AccountId, Names};

/// What should exist in an organization.
#[derive(Debug, Clone)]
pub struct Desired {
    /// The configuration behind it.
    pub config: Arc<Config>,
    /// How everything is called.
    pub names: Names,
    organization_id: String,
    accounts: Vec<AccountId>,
    unit_paths: Vec<String>,
}

impl Desired {
    /// Takes the configuration, the names, the organization's id and the accounts that are to send.
    pub fn new(
        config: Arc<Config>,
        names: Names,
        organization_id: &str,
        accounts: Vec<AccountId>,
    ) -> Self {
        Self {
            config,
            names,
            organization_id: organization_id.to_owned(),
            accounts,
            unit_paths: Vec::new(),
        }
    }

    /// The same, where these paths of units ([`unit_paths`]) may be what the destination admits.
    #[must_use]
    pub fn in_units(self, unit_paths: Vec<String>) -> Self {
        Self { unit_paths, ..self }
    }

    /// The organization's id.
    pub fn organization_id(&self) -> &str {
        &self.organization_id
    }

    /// The accounts that are to send.
    pub fn accounts(&self) -> &[AccountId] {
        &self.accounts
    }
}
