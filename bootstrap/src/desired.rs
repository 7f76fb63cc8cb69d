//! What should exist, from the configuration and the organization alone.

use std::sync::Arc;

use serde_json::Value;

use crate::aws::iam::NewRole;
use crate::aws::logs::{Filter, LogGroup};
use crate::config::{Config, ConfigError, Trust};
use crate::error::Error;
use crate::globs::Glob;
use crate::names::{AccountId, INLINE_POLICY, Names, OWNER_TAG};
use crate::policies::{self, Values};

/// Longest access policy of a destination, in bytes (`PutDestinationPolicy`, accessPolicy).
const LONGEST_ACCESS_POLICY: usize = 5120;

/// Longest trust policy of a role that every account may have (IAM quotas), in characters.
const LONGEST_TRUST: usize = 2048;

/// Longest inline policies of a role (IAM quotas), in characters.
const LONGEST_INLINE_POLICY: usize = 10_240;

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

/// A role that should exist, with its one inline policy.
#[derive(Debug, Clone)]
pub struct DesiredRole {
    /// The role itself.
    pub role: NewRole,
    /// Name of the inline policy.
    pub policy_name: String,
    /// The inline policy.
    pub policy: Value,
}

/// What should happen to a log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It should have this filter.
    Subscribe(Filter),
    /// A source wants it, and it can't or mustn't be subscribed.
    Skip(String),
    /// No source wants it.
    Ignore,
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

    /// The role that lets CloudWatch Logs write into the stream, which `kms_key` encrypts or nothing.
    ///
    /// # Errors
    /// When a template can't be filled in.
    pub fn delivery_role(&self, kms_key: Option<&str>) -> Result<DesiredRole, Error> {
        let values = Values::default().text("stream_arn", self.names.stream_arn());
        let policy = match kms_key.filter(|key| !key.starts_with("alias/aws/")) {
            None => policies::DELIVERY_ROLE.render(&values)?,
            Some(key) => {
                let values = values.text("central_region", &self.config.central.region);
                policies::DELIVERY_ROLE_ENCRYPTED
                    .render(&values.text("key_arn", self.key_arn(key)))?
            }
        };
        Ok(self.role(
            self.names.delivery_role(),
            "lets CloudWatch Logs put records into the central stream",
            self.delivery_trust()?,
            policy,
        ))
    }

    /// The role that the filters of `account` send with; nothing where the destination admits accounts
    /// by their ids.
    ///
    /// # Errors
    /// When the configuration has too many globs for one policy.
    pub fn sender_role(&self, account: &AccountId) -> Result<Option<DesiredRole>, Error> {
        if self.config.organization.trust == Trust::Accounts {
            return Ok(None);
        }
        let trust = Values::default().list("logs_services", self.logs_services());
        let globs = || {
            self.config
                .sources
                .iter()
                .flat_map(|source| &source.log_groups)
        };
        let mut arns: Vec<_> = self
            .config
            .organization
            .regions
            .iter()
            .flat_map(|region| {
                let prefix = format!(
                    "arn:{}:logs:{region}:{account}:log-group",
                    self.names.partition()
                );
                globs().map(move |glob| format!("{prefix}:{}:*", glob.as_str()))
            })
            .collect();
        arns.sort();
        arns.dedup();
        let policy =
            policies::SENDER_ROLE.render(&Values::default().list("log_group_arns", arns))?;
        if policy.to_string().len() > LONGEST_INLINE_POLICY {
            let problem = format!(
                "have more globs than a role policy's {LONGEST_INLINE_POLICY} characters hold"
            );
            return Err(ConfigError::value(
                "[[source]] log_groups",
                problem,
                "use fewer, wider globs",
            )
            .into());
        }
        Ok(Some(self.role(
            self.names.sender_role(),
            "lets CloudWatch Logs send the subscribed log groups",
            policies::SENDER_ROLE_TRUST.render(&trust)?,
            policy,
        )))
    }

    /// The access policy of the destination in `region`.
    ///
    /// # Errors
    /// When the accounts are too many to be named one by one.
    pub fn access_policy(&self, region: &str) -> Result<Value, Error> {
        let values = Values::default().text("destination_arn", self.names.destination_arn(region));
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

    /// What should happen to a log group of `account` in `region`.
    pub fn verdict(&self, account: &AccountId, region: &str, group: &LogGroup) -> Verdict {
        let Some(source) = self.config.source_of(&group.name) else {
            return Verdict::Ignore;
        };
        if let Some(reason) = self.reason_against(account, group) {
            return Verdict::Skip(reason);
        }
        let role = match self.config.organization.trust {
            Trust::Organization => Some(self.names.role_arn(account, &self.names.sender_role())),
            Trust::Accounts => None,
        };
        Verdict::Subscribe(Filter {
            name: self.names.filter(source.dataset),
            destination_arn: self.names.destination_arn(region),
            role_arn: role,
            pattern: source.filter_pattern.clone(),
            distribution: "ByLogStream".to_owned(),
        })
    }

    fn reason_against(&self, account: &AccountId, group: &LogGroup) -> Option<String> {
        let matching = |globs: &[Glob]| {
            globs
                .iter()
                .find(|glob| glob.matches(&group.name))
                .map(|glob| glob.as_str().to_owned())
        };
        if group.class != "STANDARD" {
            return Some(format!(
                "its class is {}; only STANDARD log groups can have subscription filters",
                group.class
            ));
        }
        if group.name.starts_with("AWS/") {
            return Some("names that start with AWS/ are reserved for AWS".to_owned());
        }
        if self.is_delivery_path(account, &group.name) {
            return Some(
                "it belongs to the delivery itself; sending it would make a loop".to_owned(),
            );
        }
        let glob = matching(&self.config.organization.exclude_log_groups)?;
        Some(format!("organization.exclude_log_groups has {glob:?}"))
    }

    /// Log groups that delivering writes into: sending them would make them grow with every delivery.
    /// The function's are known by name anywhere; Firehose's matter where our Firehoses are.
    fn is_delivery_path(&self, account: &AccountId, log_group: &str) -> bool {
        let function = log_group
            .strip_prefix("/aws/lambda/")
            .is_some_and(|name| name.contains("tributary"));
        let central = *account == self.config.central.account;
        function
            || log_group.starts_with("/tributary/")
            || (central && log_group.starts_with("/aws/kinesisfirehose/"))
    }

    /// CloudWatch Logs may act for the sending accounts and for the central one, whose test message proves
    /// the destination. Where the organization is trusted, or the ids don't fit, the destination's access
    /// policy alone decides which accounts.
    fn delivery_trust(&self) -> Result<Value, Error> {
        let arn = |account: &str| format!("arn:{}:logs:*:{account}:*", self.names.partition());
        let with = |arns: Vec<String>| {
            let values = Values::default().list("logs_services", self.logs_services());
            policies::DELIVERY_ROLE_TRUST.render(&values.list("source_arns", arns))
        };
        if self.config.organization.trust == Trust::Accounts {
            let central = &self.config.central.account;
            let others = self.accounts.iter().filter(|account| *account != central);
            let trust = with(
                std::iter::once(central)
                    .chain(others)
                    .map(|account| arn(account.as_str()))
                    .collect(),
            )?;
            if trust.to_string().len() <= LONGEST_TRUST {
                return Ok(trust);
            }
        }
        Ok(with(vec![arn("*")])?)
    }

    fn logs_services(&self) -> Vec<String> {
        self.config
            .organization
            .regions
            .iter()
            .map(|region| self.names.logs_service(region))
            .collect()
    }

    fn key_arn(&self, key: &str) -> String {
        let prefix = format!(
            "arn:{}:kms:{}:{}",
            self.names.partition(),
            self.config.central.region,
            self.config.central.account
        );
        if key.starts_with("arn:") {
            key.to_owned()
        } else if key.starts_with("alias/") {
            // IAM knows keys, not aliases; kms:ViaService keeps it to this stream's service.
            format!("{prefix}:key/*")
        } else {
            format!("{prefix}:key/{key}")
        }
    }

    fn role(&self, name: String, description: &str, trust: Value, policy: Value) -> DesiredRole {
        let tag = (OWNER_TAG.to_owned(), self.names.owner().to_owned());
        let role = NewRole {
            name,
            description: description.to_owned(),
            trust,
            tag,
        };
        DesiredRole {
            role,
            policy_name: INLINE_POLICY.to_owned(),
            policy,
        }
    }
}
