//! A flow log of a VPC into a log group.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Act, Outcome, Sign, Site, no_longer_ours, removed};
use crate::aws::ec2::{Ec2, FlowLog, NewFlowLog};
use crate::aws::{Answer, AwsError, all_pages};
use crate::names::OWNER_TAG;

/// Creates a flow log of a VPC that has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CreateFlowLog {
    /// The VPC.
    pub vpc: String,
    /// The log group.
    pub log_group: String,
    /// ARN of the role that writes into it.
    pub role_arn: String,
    /// Its format; AWS's default where there is none.
    pub format: Option<String>,
    /// `ALL`, `ACCEPT` or `REJECT`.
    pub traffic: String,
    /// 60 or 600.
    pub interval_seconds: u32,
    /// Value of the tag that makes it ours.
    pub owner: String,
}

impl Act for CreateFlowLog {
    fn sign(&self) -> Sign {
        Sign::Add
    }

    fn summary(&self) -> String {
        let Self {
            vpc,
            log_group,
            traffic,
            interval_seconds,
            ..
        } = self;
        let format = if self.format.is_some() {
            ", own format"
        } else {
            ""
        };
        format!(
            "flow log of {vpc} into {log_group}: {} traffic, every {interval_seconds} s{format}",
            traffic.to_lowercase()
        )
    }

    fn undo(&self) -> String {
        format!("`destroy` deletes the flow log of {}", self.vpc)
    }

    fn log_group(&self) -> Option<&str> {
        Some(&self.log_group)
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let ec2 = site.session.ec2(&site.region);
            if let Some(outcome) = self.there(&ec2).await? {
                return Ok(outcome);
            }
            let wanted = self.wanted();
            let passes = |error: &AwsError| site.passes(error) || self.role_is_young(site, error);
            let create = || ec2.create_flow_log(&wanted);
            let what = format!("the flow log of {}", self.vpc);
            match site.retry.until_ready(&what, passes, create).await {
                Ok(()) => Ok(Outcome::Done),
                Err(error) if error.is_missing() => Ok(Outcome::Gone),
                // From an attempt whose answer was lost, or somebody else's of this moment.
                Err(error) if error.is_flow_log_present() => self.there(&ec2).await?.ok_or(error),
                Err(error) => Err(error),
            }
        })
    }
}

impl CreateFlowLog {
    /// How it ends where the VPC has a flow log: it is ours, or there is nothing to do any more.
    async fn there(&self, ec2: &Arc<dyn Ec2>) -> Result<Option<Outcome>, AwsError> {
        let found = all_pages(|token| ec2.flow_logs(Some(&self.vpc), token)).await?;
        // Some answer more than they were asked for.
        let mut found = found
            .iter()
            .filter(|flow_log| flow_log.resource == self.vpc);
        let Some(first) = found.next() else {
            return Ok(None);
        };
        let ours = |flow_log: &FlowLog| flow_log.is_owned_by(&self.owner);
        let done = ours(first) || found.any(ours);
        Ok(Some(if done { Outcome::Done } else { Outcome::Gone }))
    }

    /// The token is new in each run: a flow log that was deleted since isn't taken for this one.
    fn wanted(&self) -> NewFlowLog {
        NewFlowLog {
            vpc: self.vpc.clone(),
            log_group: self.log_group.clone(),
            role_arn: self.role_arn.clone(),
            format: self.format.clone(),
            traffic: self.traffic.clone(),
            interval_seconds: self.interval_seconds,
            tag: (OWNER_TAG.to_owned(), self.owner.clone()),
            token: format!("tributary-{:032x}", fastrand::u128(..)),
        }
    }

    /// EC2 has no code of its own for a role that it doesn't see yet.
    fn role_is_young(&self, site: &Site, error: &AwsError) -> bool {
        let words = ["role", &self.role_arn, "Access Denied", "assume"];
        site.fresh && words.iter().any(|word| error.message().contains(word))
    }
}

/// Deletes a flow log that is ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeleteFlowLog {
    /// The flow log.
    pub flow_log: String,
    /// The VPC.
    pub vpc: String,
    /// Value of the tag that makes it ours.
    pub owner: String,
}

impl Act for DeleteFlowLog {
    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn summary(&self) -> String {
        format!("flow log {} of {}", self.flow_log, self.vpc)
    }

    fn undo(&self) -> String {
        format!("`apply` creates a flow log of {} again", self.vpc)
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let ec2 = site.session.ec2(&site.region);
            let found = all_pages(|token| ec2.flow_logs(Some(&self.vpc), token)).await?;
            let found = found.iter().find(|flow_log| flow_log.id == self.flow_log);
            match found {
                None => return Ok(Outcome::Gone),
                Some(found) if found.is_owned_by(&self.owner) => {}
                Some(_) => {
                    let place = format!("the flow log {}", self.flow_log);
                    return Err(no_longer_ours("DescribeFlowLogs", &place));
                }
            }
            removed(ec2.delete_flow_log(&self.flow_log).await)
        })
    }
}
