//! What should exist, from the configuration and the organization alone.

mod account_policy;
mod catalog;
mod flow_log_formats;
mod log_groups;
mod made;
mod roles;

use std::sync::Arc;

use serde_json::Value;

pub use catalog::{FromAccounts, desired_catalog};
pub use flow_log_formats::{AccountFormats, DEFAULT_FORMAT, observed_formats};
pub use log_groups::Verdict;
pub use roles::DesiredRole;

use crate::config::{Config, ConfigError, Mode, Trust};
use crate::error::Error;
use crate::names::{AccountId, Names};
use crate::policies::{self, Values};

/// Longest access policy of a destination, in bytes (`PutDestinationPolicy`, accessPolicy).
const LONGEST_ACCESS_POLICY: usize = 5120;

/// What should exist in an organization.
#[derive(Debug, Clone)]
pub struct Desired {
    /// The configuration behind it.
    pub config: Arc<Config>,
    /// How everything is called.
    pub names: Names,
    organization_id: String,
    accounts: Vec<AccountId>,
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
        }
    }

    /// The organization's id.
    pub fn organization_id(&self) -> &str {
        &self.organization_id
    }

    /// The accounts that are to send.
    pub fn accounts(&self) -> &[AccountId] {
        &self.accounts
    }

    /// The access policy of the destination in `region`.
    ///
    /// # Errors
    /// When the accounts are too many to be named one by one.
    pub fn access_policy(&self, region: &str) -> Result<Value, Error> {
        let filters = "logs:PutSubscriptionFilter".to_owned();
        let policies = (self.config.organization.mode == Mode::Account)
            .then(|| "logs:PutAccountPolicy".to_owned());
        let values = Values::default()
            .text("destination_arn", self.names.destination_arn(region))
            .list("subscribe_actions", [filters].into_iter().chain(policies));
        if self.config.organization.trust == Trust::Organization {
            let values = values.text("organization_id", &self.organization_id);
            return Ok(policies::DESTINATION_ORGANIZATION.render(&values)?);
        }
        // Bare account ids: CloudWatch Logs refuses ARNs here.
        let accounts = self.accounts.iter().map(ToString::to_string);
        let policy = policies::DESTINATION_ACCOUNTS.render(&values.list("accounts", accounts))?;
        let length = policy.to_string().len();
        if length > LONGEST_ACCESS_POLICY {
            let problem = format!(
                "is \"accounts\", and the {} selected ones make an access policy of {length} bytes, of which \
                 CloudWatch Logs allows {LONGEST_ACCESS_POLICY}",
                self.accounts.len()
            );
            let remedy = "write trust = \"organization\", or select fewer accounts";
            return Err(ConfigError::value("organization.trust", problem, remedy).into());
        }
        Ok(policy)
    }
}
