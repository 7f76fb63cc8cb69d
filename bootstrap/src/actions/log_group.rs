//! A log group that logs are made to go to.

use serde::{Deserialize, Serialize};

use super::{Act, Blocks, Outcome, Sign, Site, no_longer_ours, removed};
use crate::aws::log_groups::is_ours;
use crate::aws::{Answer, AwsError};
use crate::names::OWNER_TAG;
use crate::output::counted;

/// Creates a log group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CreateLogGroup {
    /// Its name.
    pub log_group: String,
    /// Its ARN, without `:*`.
    pub arn: String,
    /// How many days it keeps its events.
    pub retention_days: i32,
    /// Value of the tag that makes it ours.
    pub owner: String,
}

impl Act for CreateLogGroup {
    fn sign(&self) -> Sign {
        Sign::Add
    }

    fn summary(&self) -> String {
        let days = counted(
            usize::try_from(self.retention_days).unwrap_or_default(),
            "day",
        );
        format!("log group {}: {days} of retention", self.log_group)
    }

    fn undo(&self) -> String {
        format!(
            "`destroy` leaves the log group {}, `destroy --delete-logs` deletes it with the logs in it",
            self.log_group
        )
    }

    fn blocks(&self) -> Blocks<'_> {
        Blocks::LogGroup(&self.log_group)
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let groups = site.session.log_groups(&site.region);
            let tag = (OWNER_TAG.to_owned(), self.owner.clone());
            match groups.create(&self.log_group, &tag).await {
                Err(error) if error.is_present_already() => {
                    // Ours from an attempt whose answer was lost; anybody else's is used as it is.
                    let ours = is_ours(&*groups, &self.arn, &self.owner).await?;
                    if !ours.unwrap_or(false) {
                        return Ok(Outcome::Done);
                    }
                }
                answer => answer?,
            }
            let put = || groups.put_retention(&self.log_group, self.retention_days);
            let passes = |error: &AwsError| error.is_missing() || error.is_not_ready();
            let what = format!("the log group {}", self.log_group);
            site.retry.until_ready(&what, passes, put).await?;
            Ok(Outcome::Done)
        })
    }
}

/// Makes a log group of ours keep its events longer. It is never made to keep them shorter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RaiseLogRetention {
    /// Its name.
    pub log_group: String,
    /// Its ARN, without `:*`.
    pub arn: String,
    /// Days until now; nothing for ever.
    pub from: Option<i32>,
    /// Days from now on.
    pub to: i32,
    /// Value of the tag that makes it ours.
    pub owner: String,
}

impl Act for RaiseLogRetention {
    fn sign(&self) -> Sign {
        Sign::Change
    }

    fn summary(&self) -> String {
        let Self {
            log_group,
            from,
            to,
            ..
        } = self;
        match from {
            Some(from) => format!("log group {log_group}: {from} -> {to} days of retention"),
            None => format!("log group {log_group}, which is empty: {to} days of retention"),
        }
    }

    fn undo(&self) -> String {
        "set the former retention by hand; what is older is lost then".to_owned()
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let groups = site.session.log_groups(&site.region);
            match is_ours(&*groups, &self.arn, &self.owner).await? {
                None => return Ok(Outcome::Gone),
                Some(false) => return Err(not_ours(&self.log_group)),
                Some(true) => {}
            }
            let logs = site.session.logs(&site.region);
            let Some(now) = logs.log_group(&self.log_group).await? else {
                return Ok(Outcome::Gone);
            };
            // Somebody may have set another one since it was planned: it is never shortened.
            let longer = match (now.retention_days, self.from) {
                (Some(days), _) => days < self.to,
                (None, Some(_)) => false,
                (None, None) => !groups.has_streams(&self.log_group).await?,
            };
            if !longer {
                return Ok(Outcome::Done);
            }
            groups.put_retention(&self.log_group, self.to).await?;
            Ok(Outcome::Done)
        })
    }
}

/// Deletes a log group that is ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeleteLogGroup {
    /// Its name.
    pub log_group: String,
    /// Its ARN, without `:*`.
    pub arn: String,
    /// Value of the tag that makes it ours.
    pub owner: String,
}

impl Act for DeleteLogGroup {
    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn summary(&self) -> String {
        format!("log group {}, with the logs in it", self.log_group)
    }

    fn undo(&self) -> String {
        format!(
            "`apply` creates the log group {} again, empty",
            self.log_group
        )
    }

    fn comes_last(&self) -> bool {
        true
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(delete_ours(site, &self.log_group, &self.arn, &self.owner))
    }
}

/// Deletes a log group with the events in it, if it is ours.
pub(super) async fn delete_ours(
    site: &Site,
    log_group: &str,
    arn: &str,
    owner: &str,
) -> Result<Outcome, AwsError> {
    let groups = site.session.log_groups(&site.region);
    match is_ours(&*groups, arn, owner).await? {
        None => Ok(Outcome::Gone),
        Some(false) => Err(not_ours(log_group)),
        Some(true) => removed(groups.delete(log_group).await),
    }
}

fn not_ours(log_group: &str) -> AwsError {
    let place = format!("the log group {log_group}");
    no_longer_ours("ListTagsForResource", &place)
}
