//! The shape of `tributary.toml` and its checks. Nothing outside of this file sees the raw values.

use serde::Deserialize;

use super::access::{external_id, one_partition, session_name};
use super::catalog::CatalogTable;
use super::made::{CloudTrailTable, FlowLogsTable, GuardDutyTable};
use super::sending::{calls_per_second, filters_per_log_group, sources_fit_one_policy};
use super::source::SourceTable;
use super::{
    Capacity, Central, Config, ConfigError, KmsKey, Mode, OrganizationSettings, Scope, Trust,
};
use crate::names::{AccountId, FILTERS_PER_LOG_GROUP};
use catalog::glob::{Glob, GlobError};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    central: CentralTable,
    organization: OrganizationTable,
    #[serde(default)]
    source: Vec<SourceTable>,
    catalog: Option<CatalogTable>,
    flow_logs: Option<FlowLogsTable>,
    cloudtrail: Option<CloudTrailTable>,
    guardduty: Option<GuardDutyTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CentralTable {
    account: String,
    region: String,
    stream: String,
    shards: Option<i32>,
    #[serde(default)]
    on_demand: bool,
    #[serde(default = "one_week")]
    retention_hours: i32,
    kms_key: Option<String>,
    destination: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganizationTable {
    #[serde(default = "access_role")]
    access_role: String,
    session_name: Option<String>,
    external_id: Option<String>,
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
    #[serde(default)]
    regions: Vec<String>,
    #[serde(default = "by_organization")]
    trust: Trust,
    #[serde(default)]
    mode: Mode,
    #[serde(default = "quota_of_today")]
    filters_per_log_group: usize,
    calls_per_second: Option<f64>,
    #[serde(default)]
    exclude_log_groups: Vec<String>,
    #[serde(default)]
    delivery_log_groups: Vec<String>,
}

fn quota_of_today() -> usize {
    FILTERS_PER_LOG_GROUP
}

fn one_week() -> i32 {
    168
}

fn access_role() -> String {
    "OrganizationAccountAccessRole".to_owned()
}

fn by_organization() -> Trust {
    Trust::Organization
}

impl File {
    pub(super) fn check(self) -> Result<Config, ConfigError> {
        let central = self.central.check()?;
        let organization = self.organization.check(&central.region)?;
        if self.source.is_empty() {
            let remedy = "write at least one, with a dataset and log_groups";
            return Err(ConfigError::value("[[source]]", "is missing", remedy));
        }
        let sources = self
            .source
            .into_iter()
            .enumerate()
            .map(|(index, source)| source.check(index));
        let sources = sources.collect::<Result<Vec<_>, _>>()?;
        if organization.mode == Mode::Account {
            sources_fit_one_policy(&sources)?;
        }
        let flow_logs = self.flow_logs.map(|table| table.check(&sources));
        let cloudtrail = self.cloudtrail.map(|table| table.check(&sources));
        let guardduty = self
            .guardduty
            .map(|table| table.check(&sources, &organization.regions));
        Ok(Config {
            flow_logs: flow_logs.transpose()?,
            cloudtrail: cloudtrail.transpose()?,
            guardduty: guardduty.transpose()?,
            central,
            organization,
            sources,
            catalog: self.catalog.map(CatalogTable::check).transpose()?,
            written: serde_json::Value::Null,
        })
    }
}

impl CentralTable {
    fn check(self) -> Result<Central, ConfigError> {
        let capacity = match (self.shards, self.on_demand) {
            (Some(_), true) => {
                return Err(ConfigError::value(
                    "central.shards",
                    "stands beside on_demand = true",
                    "keep one of the two",
                ));
            }
            (Some(count), false) if !(1..=100_000).contains(&count) => {
                return Err(ConfigError::value(
                    "central.shards",
                    format!("is {count}"),
                    "write 1 or more",
                ));
            }
            (Some(count), false) => Capacity::Shards(count),
            (None, true) => Capacity::OnDemand,
            (None, false) => {
                let remedy = "write shards = 4 (say), or on_demand = true";
                return Err(ConfigError::value("central.shards", "is missing", remedy));
            }
        };
        if !(24..=8760).contains(&self.retention_hours) {
            let problem = format!("is {}", self.retention_hours);
            return Err(ConfigError::value(
                "central.retention_hours",
                problem,
                "write 24 to 8760 hours",
            ));
        }
        let plain =
            |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
        name("central.stream", &self.stream, 128, plain)?;
        // Its name is part of the roles' names, of which IAM allows 64 characters.
        name("central.destination", &self.destination, 40, plain)?;
        let region = region("central.region", self.region)?;
        let key = self.kms_key.map(|key| KmsKey::check(key, &region));
        Ok(Central {
            account: account("central.account", &self.account)?,
            kms_key: key.transpose()?,
            region,
            stream: self.stream,
            capacity,
            retention_hours: self.retention_hours,
            destination: self.destination,
        })
    }
}

impl OrganizationTable {
    fn check(self, central_region: &str) -> Result<OrganizationSettings, ConfigError> {
        let role =
            |character: char| character.is_ascii_alphanumeric() || "+=,.@-_/".contains(character);
        name("organization.access_role", &self.access_role, 576, role)?;
        let mut regions = Vec::new();
        for text in self.regions {
            let region = region("organization.regions", text)?;
            if !regions.contains(&region) {
                regions.push(region);
            }
        }
        if regions.is_empty() {
            regions.push(central_region.to_owned());
        }
        one_partition(central_region, &regions)?;
        let include = scopes("organization.include", &self.include)?;
        if self.trust == Trust::Units {
            only_units(&include)?;
        }
        Ok(OrganizationSettings {
            access_role: self.access_role.trim_matches('/').to_owned(),
            session_name: session_name(self.session_name)?,
            external_id: external_id(self.external_id)?,
            include,
            exclude: scopes("organization.exclude", &self.exclude)?,
            regions,
            trust: self.trust,
            mode: self.mode,
            filters_per_log_group: filters_per_log_group(self.filters_per_log_group)?,
            calls_per_second: calls_per_second(self.calls_per_second)?,
            delivery_log_groups: globs(
                "organization.delivery_log_groups",
                &self.delivery_log_groups,
            )?,
            exclude_log_groups: globs("organization.exclude_log_groups", &self.exclude_log_groups)?,
        })
    }
}

fn account(key: &str, text: &str) -> Result<AccountId, ConfigError> {
    AccountId::parse(text).ok_or_else(|| {
        ConfigError::value(
            key,
            format!("is {text:?}"),
            "write the account's twelve digits in quotes",
        )
    })
}

fn region(key: &str, text: String) -> Result<String, ConfigError> {
    let mut parts = text.split('-');
    let area = parts
        .next()
        .is_some_and(|part| part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_lowercase()));
    let number = text
        .rsplit('-')
        .next()
        .is_some_and(|part| part.parse::<u8>().is_ok());
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if area && number && plain && text.matches('-').count() >= 2 {
        return Ok(text);
    }
    Err(ConfigError::value(
        key,
        format!("holds {text:?}"),
        "write a region such as \"eu-central-1\"",
    ))
}

fn name(
    key: &str,
    text: &str,
    longest: usize,
    allowed: impl Fn(char) -> bool,
) -> Result<(), ConfigError> {
    if text.is_empty() || text.len() > longest {
        let problem = format!("has {} characters", text.len());
        return Err(ConfigError::value(
            key,
            problem,
            format!("write 1 to {longest}"),
        ));
    }
    match text.chars().find(|&character| !allowed(character)) {
        Some(bad) => Err(ConfigError::value(
            key,
            format!("holds {bad:?}"),
            "use letters, digits, - _ and .",
        )),
        None => Ok(()),
    }
}

fn scopes(key: &str, texts: &[String]) -> Result<Vec<Scope>, ConfigError> {
    let scope = |text: &String| {
        if let Some(account) = AccountId::parse(text) {
            return Ok(Scope::Account(account));
        }
        if text.starts_with("ou-") || text.starts_with("r-") {
            return Ok(Scope::Unit(text.clone()));
        }
        let remedy = "write an account's twelve digits, or the id of an organizational unit (ou-…) or root (r-…)";
        Err(ConfigError::value(key, format!("holds {text:?}"), remedy))
    };
    texts.iter().map(scope).collect()
}

/// With `trust = "units"` the included units are what the destination admits.
fn only_units(include: &[Scope]) -> Result<(), ConfigError> {
    let account = include
        .iter()
        .find(|scope| matches!(scope, Scope::Account(_)));
    let problem = match account {
        Some(account) => {
            format!("holds the account {account}, and organization.trust is \"units\"")
        }
        None if include.is_empty() => "is empty, and organization.trust is \"units\"".to_owned(),
        None => return Ok(()),
    };
    let remedy = "name only organizational units (ou-…) or roots (r-…), or write another trust";
    Err(ConfigError::value("organization.include", problem, remedy))
}

pub(super) fn globs(key: &str, texts: &[String]) -> Result<Vec<Glob>, ConfigError> {
    let glob = |text: &String| {
        Glob::parse(text).map_err(|error| {
            let problem = match error {
                GlobError::Empty => "is empty".to_owned(),
                GlobError::Character(bad) => {
                    format!("holds {bad:?}, which no log group name can hold")
                }
            };
            let remedy =
                "write letters, digits, . _ - / #, with * for any run of characters and ? for one";
            ConfigError::value(key, format!("has {text:?}, which {problem}"), remedy)
        })
    };
    texts.iter().map(glob).collect()
}
