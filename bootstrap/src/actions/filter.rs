//! The subscription filter that makes a log group send.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::put::Sending;
use super::{Act, Blocks, Outcome, Sign, Site, put, removed};
use crate::aws::logs::{Filter, Logs};
use crate::aws::{Answer, AwsError, all_pages};

/// Puts a filter on a log group, or brings it back to what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PutFilter {
    /// The log group.
    pub log_group: String,
    /// The filter as it should be.
    pub filter: Filter,
    /// The filter of ours that is there now.
    pub before: Option<Filter>,
}

fn sending(filter: &Filter) -> Sending<'_> {
    Sending {
        pattern: &filter.pattern,
        role: filter.role_arn.as_deref(),
        distribution: &filter.distribution,
    }
}

impl Act for PutFilter {
    fn sign(&self) -> Sign {
        put::sign(self.before.as_ref())
    }

    fn summary(&self) -> String {
        let head = format!("filter {} on {}", self.filter.name, self.log_group);
        match &self.before {
            Some(before) => {
                let changes = sending(&self.filter).changes_from(&sending(before));
                format!("{head}: {}", changes.join(", "))
            }
            None if self.filter.pattern.is_empty() => head,
            None => format!("{head}: pattern {:?}", self.filter.pattern),
        }
    }

    fn undo(&self) -> String {
        let Self {
            log_group, filter, ..
        } = self;
        put::undo(
            self.before.as_ref(),
            format!(
                "`destroy` removes the filter {} from {log_group}",
                filter.name
            ),
        )
    }

    fn blocks(&self) -> Blocks<'_> {
        Blocks::LogGroup(&self.log_group)
    }

    fn log_group(&self) -> Option<&str> {
        Some(&self.log_group)
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let logs = site.session.logs(&site.region);
            match self.put(site, &logs).await {
                // Deleted since the plan was made, or something else is missing: only a log group that
                // really is gone has nothing to send.
                Err(error) if error.is_missing() => {
                    match logs.filters(&self.log_group, None).await {
                        Err(again) if again.is_missing() => Ok(Outcome::Gone),
                        _ => Err(error),
                    }
                }
                Err(error) if error.is_over_quota() => Err(self.explain_quota(&error)),
                answer => answer.map(|()| Outcome::Done),
            }
        })
    }
}

impl PutFilter {
    async fn put(&self, site: &Site, logs: &Arc<dyn Logs>) -> Result<(), AwsError> {
        let filter = &self.filter;
        let ours = || -> Answer<'_, ()> {
            let found = our_filter(logs, &self.log_group, &filter.name, &filter.destination_arn);
            Box::pin(async move { found.await.map(drop) })
        };
        let put = || logs.put_filter(&self.log_group, filter);
        let what = format!("the filter on {}", self.log_group);
        site.retry
            .until_ready_while(&what, |error| site.passes(error), ours, put)
            .await
    }

    fn explain_quota(&self, error: &AwsError) -> AwsError {
        let message = format!(
            "{} The log group {} holds as many subscription filters as AWS allows: remove one that nobody needs, \
             or add the log group to organization.exclude_log_groups.",
            error.message(),
            self.log_group
        );
        AwsError::new(
            "PutSubscriptionFilter",
            &self.log_group,
            error.code(),
            &message,
        )
    }
}

/// Removes a filter of ours from a log group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeleteFilter {
    /// The log group.
    pub log_group: String,
    /// The filter's name.
    pub filter: String,
    /// Where it sends, which makes it ours.
    pub destination_arn: String,
    /// Why it goes, where that isn't plain.
    pub because: Option<String>,
}

impl Act for DeleteFilter {
    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn summary(&self) -> String {
        let because = self
            .because
            .as_ref()
            .map(|why| format!(": {why}"))
            .unwrap_or_default();
        format!("filter {} on {}{because}", self.filter, self.log_group)
    }

    fn undo(&self) -> String {
        "`apply` puts it again, where a source wants the log group".to_owned()
    }

    fn blocks(&self) -> Blocks<'_> {
        Blocks::LogGroup(&self.log_group)
    }

    fn log_group(&self) -> Option<&str> {
        Some(&self.log_group)
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let logs = site.session.logs(&site.region);
            match our_filter(&logs, &self.log_group, &self.filter, &self.destination_arn).await {
                Ok(true) => {}
                Ok(false) => return Ok(Outcome::Gone),
                Err(error) => return removed(Err(error)),
            }
            let delete = || logs.delete_filter(&self.log_group, &self.filter);
            let what = format!("the removal of the filter on {}", self.log_group);
            removed(
                site.retry
                    .until_ready(&what, AwsError::is_not_ready, delete)
                    .await,
            )
        })
    }
}

/// Whether the log group has that filter this moment. The error is that it has one by the name which
/// leads elsewhere: somebody put it since the plan was made.
async fn our_filter(
    logs: &Arc<dyn Logs>,
    log_group: &str,
    name: &str,
    destination_arn: &str,
) -> Result<bool, AwsError> {
    let filters = all_pages(|token| logs.filters(log_group, token)).await?;
    match filters.iter().find(|filter| filter.name == name) {
        None => Ok(false),
        Some(filter) if filter.destination_arn == destination_arn => Ok(true),
        Some(filter) => {
            let message = format!(
                "its filter {name} sends to {} by now, so it isn't ours and stays as it is",
                filter.destination_arn
            );
            let place = format!("the log group {log_group}");
            Err(AwsError::new(
                "DescribeSubscriptionFilters",
                &place,
                "",
                &message,
            ))
        }
    }
}
