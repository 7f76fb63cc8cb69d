//! The two roles that should exist: one writes into the stream, one sends from a member.

use serde_json::Value;

use super::Desired;
use crate::aws::iam::NewRole;
use crate::config::{ConfigError, KmsKey, Trust};
use crate::error::Error;
use crate::names::{AccountId, INLINE_POLICY, OWNER_TAG};
use crate::policies::{self, Values, joined};
use ::catalog::glob::Glob;

/// Longest trust policy of a role that every account may have (IAM quotas), in characters.
pub const LONGEST_TRUST: usize = 2048;

/// Longest inline policies of a role (IAM quotas), in characters.
pub const LONGEST_INLINE_POLICY: usize = 10_240;

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

impl Desired {
    /// The role that lets CloudWatch Logs write into the stream, which `keys` encrypt: none, one, or two
    /// while one takes the place of the other.
    ///
    /// # Errors
    /// When a template can't be filled in.
    pub fn delivery_role(&self, keys: &[KmsKey]) -> Result<DesiredRole, Error> {
        let values = Values::default().text("stream_arn", self.names.stream_arn());
        let mut policy = policies::DELIVERY_ROLE.render(&values)?;
        for key in keys.iter().filter(|key| !key.is_managed_by_aws()) {
            policy = joined(policy, &self.use_of_key(key)?);
        }
        Ok(self.role(
            self.names.delivery_role(),
            "lets CloudWatch Logs put records into the central stream",
            self.delivery_trust()?,
            policy,
        ))
    }

    /// Every record needs a data key of that KMS key. IAM's resources are keys, not aliases: where an
    /// alias names it, a condition picks the key that has it.
    fn use_of_key(&self, key: &KmsKey) -> Result<Value, Error> {
        let values = Values::default()
            .text("central_region", &self.config.central.region)
            .text("key_arn", self.names.key_arn(key));
        Ok(match key.alias() {
            None => policies::DELIVERY_ROLE_KEY.render(&values)?,
            Some(alias) => {
                policies::DELIVERY_ROLE_ALIAS.render(&values.text("key_alias", alias))?
            }
        })
    }

    /// The role that the filters of `account` send with; nothing where the destination admits accounts
    /// by their ids.
    ///
    /// # Errors
    /// When the configuration has too many globs for one policy.
    pub fn sender_role(&self, account: &AccountId) -> Result<Option<DesiredRole>, Error> {
        if !self.config.organization.trust.needs_sender_role() {
            return Ok(None);
        }
        let trust = Values::default().list("logs_services", self.logs_services());
        let canary = self.names.canary_log_group();
        let globs = || {
            let sources = self.config.sources.iter();
            let globs = sources.flat_map(|source| &source.log_groups);
            globs.map(Glob::as_str).chain([canary.as_str()])
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
                globs().map(move |glob| format!("{prefix}:{glob}:*"))
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

    /// CloudWatch Logs may act for the sending accounts and for the central one, whose test message proves
    /// the destination. Where the organization is trusted, or the ids don't fit, any account of the
    /// organization is named. `IfExists`, since AWS doesn't document that this service sends
    /// `aws:SourceOrgID`; the destination's access policy decides in either case.
    fn delivery_trust(&self) -> Result<Value, Error> {
        let arn = |account: &str| format!("arn:{}:logs:*:{account}:*", self.names.partition());
        let with = |arns: Vec<String>| {
            let values = Values::default()
                .list("logs_services", self.logs_services())
                .text("organization_id", &self.organization_id);
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

    pub(super) fn role(
        &self,
        name: String,
        description: &str,
        trust: Value,
        policy: Value,
    ) -> DesiredRole {
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
