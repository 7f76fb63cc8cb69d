//! `[flow_logs]`, `[cloudtrail]` and `[guardduty]`: logs that are made to come into being, and the log
//! groups that they go to.

use serde::{Deserialize, Serialize};

use super::catalog::format_fields;
use super::{Config, ConfigError, Dataset, Source};
use crate::names::AccountId;
use catalog::glob::Glob;

/// Where the id of a VPC goes in the name of a log group.
const VPC: &str = "{vpc}";

/// A VPC's id, to try globs on.
const VPC_SAMPLE: &str = "vpc-0a1b2c3d4e5f60718";

/// `[flow_logs]`: flow logs for VPCs that have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowLogsSettings {
    /// Whether to create any. If not, those that were created are known and can be taken back.
    pub create: bool,
    /// Name of the log groups; `{vpc}` in it is the VPC's id.
    log_group: String,
    /// How many days the log groups keep their events.
    pub retention_days: i32,
    /// Which traffic.
    pub traffic: Traffic,
    /// Their format; AWS's default where there is none.
    pub format: Option<String>,
    /// Longest seconds that one record covers, 60 or 600.
    pub interval_seconds: u32,
}

impl FlowLogsSettings {
    /// The log group for the flow logs of a VPC.
    pub fn log_group(&self, vpc: &str) -> String {
        self.log_group.replace(VPC, vpc)
    }

    /// A glob of all of these log groups.
    pub fn log_groups(&self) -> String {
        self.log_group.replace(VPC, "vpc-*")
    }
}

/// Which traffic flow logs tell of (`CreateFlowLogs`, `TrafficType`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Traffic {
    /// All.
    #[default]
    All,
    /// What security groups and network ACLs let through.
    Accept,
    /// What they don't.
    Reject,
}

impl Traffic {
    /// In EC2's words.
    pub fn as_aws(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Accept => "ACCEPT",
            Self::Reject => "REJECT",
        }
    }
}

/// A log group that is made for one kind of logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeLogGroup {
    /// Its name.
    pub name: String,
    /// How many days it keeps its events.
    pub retention_days: i32,
}

/// `[cloudtrail]`: a log group for the organization trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudTrailSettings {
    /// Whether to make one, where the trail has none.
    pub create_log_group: bool,
    /// The log group.
    pub log_group: MadeLogGroup,
}

/// `[guardduty]`: the `EventBridge` rule that writes findings into a log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardDutySettings {
    /// Whether to make it. If not, one that was made is known and can be taken back.
    pub rule: bool,
    /// The account in which the findings of all accounts are: GuardDuty's administrator.
    pub account: AccountId,
    /// The regions, of those in `organization.regions`.
    pub regions: Vec<String>,
    /// The log group, in each region.
    pub log_group: MadeLogGroup,
}

impl Config {
    /// Whether a log group that is made matches.
    pub fn makes_log_group(&self, glob: &Glob) -> bool {
        let flow_logs = self.flow_logs.as_ref().filter(|made| made.create);
        let trail = self
            .cloudtrail
            .as_ref()
            .filter(|made| made.create_log_group);
        let findings = self.guardduty.as_ref().filter(|made| made.rule);
        let of_vpc = flow_logs.map(|made| made.log_group(VPC_SAMPLE));
        let of_trail = trail.map(|made| made.log_group.name.clone());
        let of_findings = findings.map(|made| made.log_group.name.clone());
        let mut names = of_vpc.into_iter().chain(of_trail).chain(of_findings);
        names.any(|name| glob.matches(&name))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FlowLogsTable {
    #[serde(default)]
    create: bool,
    #[serde(default = "flow_logs_group")]
    log_group: String,
    #[serde(default = "one_month")]
    retention_days: i32,
    #[serde(default)]
    traffic: Traffic,
    format: Option<String>,
    #[serde(default = "ten_minutes")]
    interval_seconds: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CloudTrailTable {
    #[serde(default)]
    create_log_group: bool,
    #[serde(default = "trail_group")]
    log_group: String,
    #[serde(default = "one_month")]
    retention_days: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GuardDutyTable {
    #[serde(default)]
    rule: bool,
    account: Option<String>,
    regions: Option<Vec<String>>,
    #[serde(default = "findings_group")]
    log_group: String,
    #[serde(default = "one_month")]
    retention_days: i32,
}

fn flow_logs_group() -> String {
    format!("cwl_vpc_fl_{VPC}")
}

fn trail_group() -> String {
    "aws-cloudtrail-logs-tributary".to_owned()
}

fn findings_group() -> String {
    "/aws/events/guardduty".to_owned()
}

fn one_month() -> i32 {
    30
}

fn ten_minutes() -> u32 {
    600
}

impl FlowLogsTable {
    pub(super) fn check(self, sources: &[Source]) -> Result<FlowLogsSettings, ConfigError> {
        let key = "flow_logs.log_group";
        let sample = self.log_group.replace(VPC, VPC_SAMPLE);
        let source = source_of(key, &sample, Dataset::FlowLogs, sources)?;
        if !matches!(self.interval_seconds, 60 | 600) {
            let problem = format!("is {}", self.interval_seconds);
            return Err(ConfigError::value(
                "flow_logs.interval_seconds",
                problem,
                "write 60 or 600",
            ));
        }
        if let Some(format) = &self.format {
            format_fields("flow_logs.format", format)?;
        }
        let format = match (self.format, &source.flow_log_format) {
            (Some(own), Some(of_source)) if !same_fields(&own, of_source) => {
                return Err(ConfigError::value(
                    "flow_logs.format",
                    "is another than the flow_log_format of the source that takes its log groups",
                    "write one of the two",
                ));
            }
            (own, of_source) => own.or_else(|| of_source.clone()),
        };
        Ok(FlowLogsSettings {
            create: self.create,
            log_group: self.log_group,
            retention_days: retention("flow_logs.retention_days", self.retention_days)?,
            traffic: self.traffic,
            format,
            interval_seconds: self.interval_seconds,
        })
    }
}

impl CloudTrailTable {
    pub(super) fn check(self, sources: &[Source]) -> Result<CloudTrailSettings, ConfigError> {
        let key = "cloudtrail.log_group";
        source_of(key, &self.log_group, Dataset::CloudTrail, sources)?;
        Ok(CloudTrailSettings {
            create_log_group: self.create_log_group,
            log_group: MadeLogGroup {
                name: self.log_group,
                retention_days: retention("cloudtrail.retention_days", self.retention_days)?,
            },
        })
    }
}

impl GuardDutyTable {
    pub(super) fn check(
        self,
        sources: &[Source],
        onboarded: &[String],
    ) -> Result<GuardDutySettings, ConfigError> {
        source_of(
            "guardduty.log_group",
            &self.log_group,
            Dataset::GuardDuty,
            sources,
        )?;
        let account = self.account.as_deref().and_then(AccountId::parse);
        let account = account.ok_or_else(|| {
            let problem = self.account.as_ref().map_or_else(
                || "is missing".to_owned(),
                |account| format!("is {account:?}"),
            );
            let remedy = "write the twelve digits, in quotes, of the account in which GuardDuty's findings of all \
                          accounts are: its delegated administrator";
            ConfigError::value("guardduty.account", problem, remedy)
        })?;
        let regions = self.regions.unwrap_or_else(|| onboarded.to_vec());
        if let Some(other) = regions.iter().find(|region| !onboarded.contains(region)) {
            return Err(ConfigError::value(
                "guardduty.regions",
                format!("has {other:?}, which is none of organization.regions"),
                "add it there, so that its log group is subscribed, or take it out here",
            ));
        }
        Ok(GuardDutySettings {
            rule: self.rule,
            account,
            regions,
            log_group: MadeLogGroup {
                name: self.log_group,
                retention_days: retention("guardduty.retention_days", self.retention_days)?,
            },
        })
    }
}

/// The source that takes the log group, which must be one of that dataset.
fn source_of<'a>(
    key: &str,
    log_group: &str,
    dataset: Dataset,
    sources: &'a [Source],
) -> Result<&'a Source, ConfigError> {
    let plain = Glob::parse(log_group).is_ok() && !log_group.contains(['*', '?']);
    if !plain || log_group.len() > 512 || log_group.starts_with("AWS/") {
        return Err(ConfigError::value(
            key,
            format!("names the log group {log_group:?}"),
            "write a name of letters, digits, . _ - / #, at most 512 characters, which doesn't begin with AWS/",
        ));
    }
    let takes = |source: &&Source| source.log_groups.iter().any(|glob| glob.matches(log_group));
    let problem = match sources.iter().find(takes) {
        Some(source) if source.dataset == dataset => return Ok(source),
        Some(source) => format!(
            "names the log group {log_group:?}, which a source of the dataset {} takes",
            source.dataset
        ),
        None => format!("names the log group {log_group:?}, which no source takes"),
    };
    let remedy =
        format!("name one that a source of the dataset {dataset} takes, or add such a source");
    Err(ConfigError::value(key, problem, remedy))
}

/// Checks a retention (`PutRetentionPolicy`, retentionInDays).
fn retention(key: &str, days: i32) -> Result<i32, ConfigError> {
    let allowed = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
        2922, 3288, 3653,
    ];
    if allowed.contains(&days) {
        return Ok(days);
    }
    let allowed = allowed.map(|days| days.to_string()).join(", ");
    Err(ConfigError::value(
        key,
        format!("is {days}"),
        format!("write one that CloudWatch Logs knows: {allowed}"),
    ))
}

fn same_fields(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

#[cfg(test)]
mod tests;
