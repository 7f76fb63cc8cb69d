//! What is made so that there are logs to send: roles of the services that write them, and which log
//! groups are ours by name.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Desired, DesiredRole};
use crate::config::{CloudTrailSettings, FlowLogsSettings, GuardDutySettings};
use crate::error::Error;
use crate::names::AccountId;
use crate::policies::{self, Values};
use catalog::glob::matches;

/// Id of our target of the rule for GuardDuty's findings.
pub const FINDING_TARGET: &str = "tributary";

impl Desired {
    /// The role that flow logs of `account` write their log groups with.
    ///
    /// # Errors
    /// When a template can't be filled in.
    pub fn flow_logs_role(
        &self,
        account: &AccountId,
        settings: &FlowLogsSettings,
    ) -> Result<DesiredRole, Error> {
        let values = Values::default()
            .text("partition", self.names.partition())
            .text("account", account.as_str())
            .text(
                "log_group_arn",
                self.names
                    .log_group_arn("*", account, &settings.log_groups()),
            );
        Ok(self.role(
            self.names.flow_logs_role(),
            "lets VPC flow logs be written into their log groups",
            policies::FLOW_LOGS_ROLE_TRUST.render(&values)?,
            policies::FLOW_LOGS_ROLE.render(&values)?,
        ))
    }

    /// The role that the organization's trails, whose homes are these `regions`, are delivered as.
    ///
    /// # Errors
    /// When a template can't be filled in.
    pub fn trail_role(
        &self,
        account: &AccountId,
        regions: &BTreeSet<String>,
        settings: &CloudTrailSettings,
    ) -> Result<DesiredRole, Error> {
        let name = &settings.log_group.name;
        let arns = regions.iter().map(|region| {
            let group = self.names.log_group_arn(region, account, name);
            format!("{group}:log-stream:*")
        });
        let values = Values::default().list("log_stream_arns", arns);
        Ok(self.role(
            self.names.trail_role(),
            "lets CloudTrail deliver the organization's trail to its log group",
            policies::TRAIL_ROLE_TRUST.render(&values)?,
            policies::TRAIL_ROLE.render(&values)?,
        ))
    }

    /// Which events GuardDuty's findings are (GuardDuty User Guide, "Processing findings with
    /// `EventBridge`").
    pub fn finding_pattern() -> Value {
        json!({"source": ["aws.guardduty"], "detail-type": ["GuardDuty Finding"]})
    }

    /// The resource policy that lets `EventBridge` write findings into their log group.
    ///
    /// # Errors
    /// When the template can't be filled in.
    pub fn finding_policy(
        &self,
        account: &AccountId,
        region: &str,
        settings: &GuardDutySettings,
    ) -> Result<Value, Error> {
        let name = &settings.log_group.name;
        let arn = self.names.log_group_arn(region, account, name);
        let values = Values::default().text("log_group_arn", arn);
        Ok(policies::FINDINGS_LOG_GROUP.render(&values)?)
    }

    /// Whether a log group under a name that we give is made in `account`, which may be the `management` account,
    /// and not only elsewhere.
    pub fn is_made_in(&self, account: &AccountId, management: bool, log_group: &str) -> bool {
        let trail = self.config.cloudtrail.as_ref();
        let of_trail = trail.is_some_and(|settings| settings.log_group.name == log_group);
        let findings = self.config.guardduty.as_ref();
        let findings = findings.filter(|settings| settings.log_group.name == log_group);
        match findings {
            Some(settings) if settings.account == *account => true,
            Some(_) => of_trail && management,
            None => !of_trail || management,
        }
    }

    /// How many days a log group keeps its events, if its name is one that we give to log groups.
    pub fn made_log_group(&self, log_group: &str) -> Option<i32> {
        let config = &self.config;
        let flow_logs = config
            .flow_logs
            .as_ref()
            .filter(|settings| matches(settings.log_groups().as_bytes(), log_group.as_bytes()));
        let trail = config
            .cloudtrail
            .as_ref()
            .map(|settings| &settings.log_group);
        let findings = config
            .guardduty
            .as_ref()
            .map(|settings| &settings.log_group);
        let mut named = trail.into_iter().chain(findings);
        let named = named.find(|made| made.name == log_group);
        named
            .map(|made| made.retention_days)
            .or(flow_logs.map(|settings| settings.retention_days))
    }
}
