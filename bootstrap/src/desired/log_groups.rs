//! Which log groups are to send, and why the others are not.

use super::Desired;
use crate::aws::logs::{Filter, LogGroup};
use crate::names::{AccountId, CANARY_LOG_GROUPS};

/// Part of the names of the log groups that AWS Control Tower sets up. Its controls keep others from
/// changing them.
const CONTROL_TOWER: &str = "aws-controltower";

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
    /// What should happen to a log group of `account` in `region`.
    pub fn verdict(&self, account: &AccountId, region: &str, group: &LogGroup) -> Verdict {
        let Some(source) = self.config.source_of(&group.name) else {
            return Verdict::Ignore;
        };
        if group.name.starts_with(CANARY_LOG_GROUPS) {
            return Verdict::Ignore;
        }
        if let Some(reason) = self.reason_against(account, group) {
            return Verdict::Skip(reason);
        }
        Verdict::Subscribe(Filter {
            name: self.names.filter(source.dataset),
            destination_arn: self.names.destination_arn(region),
            role_arn: self.sends_with(account),
            pattern: source.filter_pattern.clone(),
            distribution: source.distribution.to_string(),
        })
    }

    /// The role that the log groups of `account` send with; nothing where the destination admits accounts by
    /// their ids.
    pub fn sends_with(&self, account: &AccountId) -> Option<String> {
        let trust = self.config.organization.trust;
        trust
            .needs_sender_role()
            .then(|| self.names.role_arn(account, &self.names.sender_role()))
    }

    fn reason_against(&self, account: &AccountId, group: &LogGroup) -> Option<String> {
        if group.class != "STANDARD" {
            return Some(format!(
                "its class is {}; only STANDARD log groups can have subscription filters",
                group.class
            ));
        }
        if group.name.starts_with("AWS/") {
            return Some("names that start with AWS/ are reserved for AWS".to_owned());
        }
        self.reason_to_keep_out(account, &group.name)
    }

    /// Why a log group that could send mustn't, if there is a reason.
    pub fn reason_to_keep_out(&self, account: &AccountId, log_group: &str) -> Option<String> {
        if self.is_delivery_path(account, log_group) {
            return Some(
                "it belongs to the delivery itself; sending it would make a loop".to_owned(),
            );
        }
        let settings = &self.config.organization;
        for (key, globs) in [
            ("delivery_log_groups", &settings.delivery_log_groups),
            ("exclude_log_groups", &settings.exclude_log_groups),
        ] {
            if let Some(glob) = globs.iter().find(|glob| glob.matches(log_group)) {
                return Some(format!("organization.{key} has {:?}", glob.as_str()));
            }
        }
        let guarded = log_group.contains(CONTROL_TOWER) && !self.config.names_exactly(log_group);
        guarded.then(|| {
            "AWS Control Tower guards it; a source that names it exactly, without * or ?, takes it all the same"
                .to_owned()
        })
    }

    /// Whether sending a log group would make a loop, by rule or by `delivery_log_groups`.
    pub fn is_kept_from_looping(&self, account: &AccountId, log_group: &str) -> bool {
        let globs = &self.config.organization.delivery_log_groups;
        self.is_delivery_path(account, log_group)
            || globs.iter().any(|glob| glob.matches(log_group))
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
}
