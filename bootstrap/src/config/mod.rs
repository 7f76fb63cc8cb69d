//! `tributary.toml` as the rest of the program sees it: checked values of the domain.

mod access;
mod catalog;
mod error;
mod file;
mod kms_key;
mod made;
mod sending;
mod source;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use catalog::CatalogSettings;
#[cfg(test)]
pub use catalog::Tags;
pub use error::ConfigError;
pub use kms_key::KmsKey;
#[cfg(test)]
pub use made::Traffic;
pub use made::{CloudTrailSettings, FlowLogsSettings, GuardDutySettings};
pub use sending::{Distribution, Mode};

use crate::names::AccountId;
use ::catalog::glob::Glob;

/// The whole configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the logs go.
    pub central: Central,
    /// Whose logs.
    pub organization: OrganizationSettings,
    /// Which logs. The first source whose glob matches a log group takes it.
    pub sources: Vec<Source>,
    /// What is written for the function that makes documents, if anything.
    pub catalog: Option<CatalogSettings>,
    /// Flow logs that are created, if any.
    pub flow_logs: Option<FlowLogsSettings>,
    /// The organization trail's log group, if it is to be made.
    pub cloudtrail: Option<CloudTrailSettings>,
    /// GuardDuty's rule, if it is to be made.
    pub guardduty: Option<GuardDutySettings>,
    /// The values as they are written, by which a saved plan knows its configuration again.
    pub written: serde_json::Value,
}

/// `[central]`: the account that collects.
#[derive(Debug, Clone)]
pub struct Central {
    /// The logging account.
    pub account: AccountId,
    /// Region of the stream.
    pub region: String,
    /// Name of the Kinesis data stream.
    pub stream: String,
    /// Of the stream, if it is ours.
    pub capacity: Capacity,
    /// Least retention of the stream, 24 to 8760 hours.
    pub retention_hours: i32,
    /// The key that encrypts the stream, if it is ours.
    pub kms_key: Option<KmsKey>,
    /// Name of the CloudWatch Logs destination, the same in every region.
    pub destination: String,
}

/// Capacity mode of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Capacity {
    /// That many shards.
    Shards(i32),
    /// Kinesis scales it.
    OnDemand,
}

impl fmt::Display for Capacity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shards(1) => formatter.write_str("1 shard"),
            Self::Shards(count) => write!(formatter, "{count} shards"),
            Self::OnDemand => formatter.write_str("on demand"),
        }
    }
}

/// `[organization]`: the accounts that send.
#[derive(Debug, Clone)]
pub struct OrganizationSettings {
    /// Name (with path, if it has one) of the role assumed in every account but the caller's own.
    pub access_role: String,
    /// Name of the sessions of that role, as the accounts' CloudTrail shows it.
    pub session_name: String,
    /// What the role's trust policy may want to hear.
    pub external_id: Option<String>,
    /// Accounts, organizational units or roots; empty for all.
    pub include: Vec<Scope>,
    /// Accounts, organizational units or roots that are left out, also out of `include`.
    pub exclude: Vec<Scope>,
    /// Regions whose log groups are subscribed.
    pub regions: Vec<String>,
    /// Whom the destination admits.
    pub trust: Trust,
    /// What makes log groups send.
    pub mode: Mode,
    /// Subscription filters that one log group may hold.
    pub filters_per_log_group: usize,
    /// Most calls a second in one account and region; nothing for as many as AWS takes.
    pub calls_per_second: Option<f64>,
    /// Log groups that are never subscribed.
    pub exclude_log_groups: Vec<Glob>,
    /// Log groups that the delivery itself writes into, besides those that are known by rule; never
    /// subscribed either.
    pub delivery_log_groups: Vec<Glob>,
}

/// An entry of `include` or `exclude`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// One account.
    Account(AccountId),
    /// An organizational unit or a root (`ou-…`, `r-…`), with everything under it.
    Unit(String),
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => account.fmt(formatter),
            Self::Unit(id) => id.fmt(formatter),
        }
    }
}

/// Whom the destination's access policy admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// The organization by its id; each member then needs a sender role.
    Organization,
    /// The units in `include` by their paths; each member then needs a sender role.
    Units,
    /// Each account by its id.
    Accounts,
}

impl Trust {
    /// Whether a filter needs a role: without one, what AWS's own services log isn't delivered to a
    /// destination that doesn't name the account (`PutDestinationPolicy`, forceUpdate).
    pub fn needs_sender_role(self) -> bool {
        self != Self::Accounts
    }
}

impl fmt::Display for Trust {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Organization => "organization",
            Self::Units => "units",
            Self::Accounts => "accounts",
        })
    }
}

/// What a log group holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Dataset {
    /// VPC flow logs.
    FlowLogs,
    /// CloudTrail events.
    #[serde(rename = "cloudtrail")]
    CloudTrail,
    /// GuardDuty findings by `EventBridge`.
    #[serde(rename = "guardduty")]
    GuardDuty,
    /// Anything else.
    Any,
}

impl Dataset {
    /// Every dataset there is.
    pub const ALL: [Self; 4] = [Self::FlowLogs, Self::CloudTrail, Self::GuardDuty, Self::Any];
}

impl fmt::Display for Dataset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::FlowLogs => "flow-logs",
            Self::CloudTrail => "cloudtrail",
            Self::GuardDuty => "guardduty",
            Self::Any => "any",
        })
    }
}

/// `[[source]]`: log groups of one dataset.
#[derive(Debug, Clone)]
pub struct Source {
    /// What they hold.
    pub dataset: Dataset,
    /// Which they are.
    pub log_groups: Vec<Glob>,
    /// CloudWatch Logs filter pattern; empty for every event.
    pub filter_pattern: String,
    /// How events are spread over the stream's shards.
    pub distribution: Distribution,
    /// Format of the flow logs in them, where it isn't the default one.
    pub flow_log_format: Option<String>,
}

impl Config {
    /// Reads and checks the file at `path`.
    ///
    /// # Errors
    /// When it can't be read, is no TOML, has a key that doesn't exist, or a value that can't be.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text).map_err(|error| error.in_file(path))
    }

    /// Checks the text of a configuration.
    ///
    /// # Errors
    /// As [`Config::load`], without reading.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let file: file::File = toml::from_str(text).map_err(|source| ConfigError::Syntax {
            path: None,
            source: Box::new(source),
        })?;
        let mut config = file.check()?;
        // It was read as something more exact a moment ago, so it can be read as this.
        config.written = toml::from_str(text).unwrap_or_default();
        Ok(config)
    }

    /// Whether the flow logs of the accounts have to be read: for the formats in the catalog, or to know
    /// which VPCs have none.
    pub fn reads_flow_logs(&self) -> bool {
        self.flow_logs.is_some() || self.needs_formats()
    }

    /// Whether somebody wants to know where trails are delivered to: who sends what CloudTrail writes, or has
    /// it written.
    pub fn asks_for_trails(&self) -> bool {
        let mut datasets = self.sources.iter().map(|source| source.dataset);
        self.cloudtrail.is_some() || datasets.any(|dataset| dataset == Dataset::CloudTrail)
    }

    /// Whether there is a catalog for formats that no source names.
    pub fn needs_formats(&self) -> bool {
        let unknown = |source: &Source| {
            source.dataset == Dataset::FlowLogs && source.flow_log_format.is_none()
        };
        self.catalog.is_some() && self.sources.iter().any(unknown)
    }

    /// The first source that wants `log_group`.
    pub fn source_of(&self, log_group: &str) -> Option<&Source> {
        self.sources
            .iter()
            .find(|source| source.log_groups.iter().any(|glob| glob.matches(log_group)))
    }

    /// Whether a source has the log group's own name instead of a glob that matches it.
    pub fn names_exactly(&self, log_group: &str) -> bool {
        let mut globs = self.sources.iter().flat_map(|source| &source.log_groups);
        globs.any(|glob| glob.as_str() == log_group)
    }
}
