//! The names of everything `bootstrap` creates, and what makes a thing ours. Nothing is random, so
//! that every run finds again what the last one made.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::{Config, Dataset, KmsKey};

/// The tag on every role and stream that `bootstrap` created; its value is the destination's name.
/// A role or stream without it belongs to somebody else and is neither changed nor removed.
pub const OWNER_TAG: &str = "tributary:created-by";

/// On what a `CloudFormation` stack of our templates made: the stack's name. Such a thing has [`OWNER_TAG`]
/// too, so that it is looked after like any other; but it is the stack that takes it back.
pub const STACK_TAG: &str = "tributary:stack";

/// On a stream that is not ours: its retention in hours before `bootstrap` raised it.
pub const RETENTION_BEFORE_TAG: &str = "tributary:retention-before";

/// Name of the inline policy in both roles.
pub const INLINE_POLICY: &str = "tributary";

/// Session name of every assumed role where the configuration names none.
pub const SESSION_NAME: &str = "tributary";

/// Subscription filters that one log group may hold (AWS quota L-87E7D306), where the configuration
/// doesn't say another number.
pub const FILTERS_PER_LOG_GROUP: usize = 5;

/// What the names of log groups begin with that `verify --canary` makes.
pub const CANARY_LOG_GROUPS: &str = "/tributary-canary/";

/// The twelve digits of an AWS account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct AccountId(String);

impl AccountId {
    /// Takes the text; nothing if it isn't twelve digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| Self(text.to_owned()))
    }

    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// The partition that a region is in, by its name.
pub fn partition_of(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "aws-cn",
        Some("eusc") => "aws-eusc",
        Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// A region that every account of the partition of `region` has.
pub fn first_region_beside(region: &str) -> &'static str {
    match partition_of(region) {
        "aws-cn" => "cn-north-1",
        "aws-eusc" => "eusc-de-east-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

/// Names and ARNs under one configuration, in one partition.
#[derive(Debug, Clone)]
pub struct Names {
    partition: String,
    central_account: AccountId,
    central_region: String,
    stream: String,
    destination: String,
    access_role: String,
}

impl Names {
    /// Takes the configuration and the partition (`aws`, `aws-cn`, `aws-us-gov`).
    pub fn new(config: &Config, partition: &str) -> Self {
        Self {
            partition: partition.to_owned(),
            central_account: config.central.account.clone(),
            central_region: config.central.region.clone(),
            stream: config.central.stream.clone(),
            destination: config.central.destination.clone(),
            access_role: config.organization.access_role.clone(),
        }
    }

    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// Value of [`OWNER_TAG`] on what this configuration created.
    pub fn owner(&self) -> &str {
        &self.destination
    }

    /// Name of the role that lets CloudWatch Logs write into the stream.
    pub fn delivery_role(&self) -> String {
        format!("tributary-delivery-{}", self.destination)
    }

    /// Name of the role that filters name, in each member, where the destination trusts the organization.
    pub fn sender_role(&self) -> String {
        format!("tributary-sender-{}", self.destination)
    }

    /// Name of the role that flow logs are written with, in each member where we create some.
    pub fn flow_logs_role(&self) -> String {
        format!("tributary-flow-logs-{}", self.destination)
    }

    /// Name of the role that the organization's trail is delivered as.
    pub fn trail_role(&self) -> String {
        format!("tributary-cloudtrail-{}", self.destination)
    }

    /// Name of the rule for GuardDuty's findings, and of the resource policy that lets it write.
    pub fn finding_rule(&self) -> String {
        format!("tributary-guardduty-{}", self.destination)
    }

    /// ARN of a log group, without `:*`.
    pub fn log_group_arn(&self, region: &str, account: &AccountId, name: &str) -> String {
        let partition = &self.partition;
        format!("arn:{partition}:logs:{region}:{account}:log-group:{name}")
    }

    /// Name of the subscription filter that sends `dataset`.
    pub fn filter(&self, dataset: Dataset) -> String {
        format!("{}-{dataset}", self.destination)
    }

    /// Whether a filter is ours: both its name and its destination must be.
    pub fn owns_filter(&self, name: &str, destination_arn: &str, region: &str) -> bool {
        self.names_filter(name) && destination_arn == self.destination_arn(region)
    }

    /// Whether `name` is one that we give to filters.
    pub fn names_filter(&self, name: &str) -> bool {
        Dataset::ALL
            .iter()
            .any(|&dataset| self.filter(dataset) == name)
    }

    /// The log group that `verify --canary` makes for as long as it runs.
    pub fn canary_log_group(&self) -> String {
        format!("{CANARY_LOG_GROUPS}{}", self.destination)
    }

    /// Name of the subscription filter on that log group.
    pub fn canary_filter(&self) -> String {
        format!("{}-canary", self.destination)
    }

    /// Name of the subscription policy of a whole account.
    pub fn account_policy(&self) -> String {
        format!("{}-account", self.destination)
    }

    /// Whether an account's subscription policy is ours: both its name and its destination must be.
    pub fn owns_account_policy(&self, name: &str, destination_arn: &str, region: &str) -> bool {
        name == self.account_policy() && destination_arn == self.destination_arn(region)
    }

    /// ARN of the role `name` in `account`.
    pub fn role_arn(&self, account: &AccountId, name: &str) -> String {
        format!("arn:{}:iam::{account}:role/{name}", self.partition)
    }

    /// ARN of the role that is assumed in `account`.
    pub fn access_role_arn(&self, account: &AccountId) -> String {
        self.role_arn(account, &self.access_role)
    }

    /// ARN of the central stream.
    pub fn stream_arn(&self) -> String {
        format!(
            "arn:{}:kinesis:{}:{}:stream/{}",
            self.partition, self.central_region, self.central_account, self.stream
        )
    }

    /// ARN of what policies name for a KMS key of the central stream.
    pub fn key_arn(&self, key: &KmsKey) -> String {
        let account = self.central_account.as_str();
        key.resource_arn(&self.partition, &self.central_region, account)
    }

    /// ARN of the destination in `region`.
    pub fn destination_arn(&self, region: &str) -> String {
        format!(
            "arn:{}:logs:{region}:{}:destination:{}",
            self.partition, self.central_account, self.destination
        )
    }

    /// The principal that CloudWatch Logs of `region` acts as.
    pub fn logs_service(&self, region: &str) -> String {
        let suffix = if self.partition == "aws-cn" {
            "amazonaws.com.cn"
        } else {
            "amazonaws.com"
        };
        format!("logs.{region}.{suffix}")
    }
}
