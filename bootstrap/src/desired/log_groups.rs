//! Which log groups are to send, and why the others are not.

use super::Desired;
use crate::aws::logs::{Filter, LogGroup};
use crate::config::Trust;
use crate::names::AccountId;
use catalog::glob::Glob;

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
            distribution: source.distribution.to_string(),
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
        let settings = &self.config.organization;
        for (key, globs) in [
            ("delivery_log_groups", &settings.delivery_log_groups),
            ("exclude_log_groups", &settings.exclude_log_groups),
        ] {
            if let Some(glob) = matching(globs) {
                return Some(format!("organization.{key} has {glob:?}"));
            }
        }
        let guarded = group.name.contains(CONTROL_TOWER) && !self.config.names_exactly(&group.name);
        guarded.then(|| {
            "AWS Control Tower guards it; a source that names it exactly, without * or ?, takes it all the same"
                .to_owned()
        })
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
