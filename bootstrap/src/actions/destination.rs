//! The destination that members' filters name.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Act, Blocks, Outcome, Sign, Site, put, removed};
use crate::aws::logs::{Destination, Logs};
use crate::aws::{Answer, AwsError, all_pages};

/// Creates the destination, or brings it back to its stream and role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PutDestination {
    /// Its name.
    pub destination: String,
    /// The stream behind it.
    pub target_arn: String,
    /// The role that writes into the stream.
    pub role_arn: String,
    /// The stream that is behind it now, if there is a destination.
    pub target_before: Option<String>,
}

impl Act for PutDestination {
    fn sign(&self) -> Sign {
        put::sign(self.target_before.as_ref())
    }

    fn summary(&self) -> String {
        match &self.target_before {
            None => format!("destination {} into {}", self.destination, self.target_arn),
            Some(before) => format!(
                "destination {}: {before} -> {}",
                self.destination, self.target_arn
            ),
        }
    }

    fn undo(&self) -> String {
        match &self.target_before {
            None => format!("`destroy` deletes the destination {}", self.destination),
            Some(before) => format!("point the destination back to {before}"),
        }
    }

    fn blocks(&self) -> Blocks<'_> {
        Blocks::Region
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let logs = site.session.logs(&site.region);
            let ours = || -> Answer<'_, ()> {
                let found = our_destination(&logs, &self.destination, &self.role_arn);
                Box::pin(async move { found.await.map(drop) })
            };
            let put = || logs.put_destination(&self.destination, &self.target_arn, &self.role_arn);
            let what = format!(
                "the destination {} to accept its test message",
                self.destination
            );
            site.retry
                .until_ready_while(&what, |error| site.passes(error), ours, put)
                .await?;
            Ok(Outcome::Done)
        })
    }
}

/// Deletes a destination that is ours, with its access policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeleteDestination {
    /// Its name.
    pub destination: String,
    /// The role that it writes as, which makes it ours.
    pub role_arn: String,
}

impl Act for DeleteDestination {
    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn summary(&self) -> String {
        format!("destination {} with its access policy", self.destination)
    }

    fn undo(&self) -> String {
        format!("`apply` creates the destination {} again", self.destination)
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let logs = site.session.logs(&site.region);
            let found = our_destination(&logs, &self.destination, &self.role_arn).await?;
            if found.is_none() {
                return Ok(Outcome::Gone);
            }
            removed(logs.delete_destination(&self.destination).await)
        })
    }
}

/// The destination as it is this moment, if it is there. The error is that it writes as another role than
/// ours: somebody put it since the plan was made.
pub(super) async fn our_destination(
    logs: &Arc<dyn Logs>,
    name: &str,
    role_arn: &str,
) -> Result<Option<Destination>, AwsError> {
    let destinations = all_pages(|token| logs.destinations(token)).await?;
    match destinations.into_iter().find(|found| found.name == name) {
        None => Ok(None),
        Some(found) if found.role_arn == role_arn => Ok(Some(found)),
        Some(found) => {
            let message = format!(
                "it writes as {} by now, so it isn't ours and stays as it is",
                found.role_arn
            );
            let place = format!("the destination {name}");
            Err(AwsError::new("DescribeDestinations", &place, "", &message))
        }
    }
}
