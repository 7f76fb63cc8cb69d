//! The destination that members' filters name, and who may name it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Act, Blocks, Outcome, Sign, Site, removed};
use crate::aws::logs::Logs;
use crate::aws::{Answer, AwsError, all_pages};
use crate::difference::{Difference, of_policies};

/// Creates the destination, or brings it back to its stream and role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
        if self.target_before.is_some() {
            Sign::Change
        } else {
            Sign::Add
        }
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
            our_destination(&logs, &self.destination, &self.role_arn).await?;
            let put = || logs.put_destination(&self.destination, &self.target_arn, &self.role_arn);
            let what = format!(
                "the destination {} to accept its test message",
                self.destination
            );
            site.retry
                .until_ready(&what, |error| site.passes(error), put)
                .await?;
            Ok(Outcome::Done)
        })
    }
}

/// Puts the access policy of the destination. It is put again after every [`PutDestination`], since a
/// destination that was put again may have lost it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutAccessPolicy {
    /// The destination's name.
    pub destination: String,
    /// The policy.
    pub policy: Value,
    /// Whom it admits, for people.
    pub admits: String,
    /// The policy that is there now.
    pub before: Option<Value>,
}

impl Act for PutAccessPolicy {
    fn sign(&self) -> Sign {
        if self.before.is_some() {
            Sign::Change
        } else {
            Sign::Add
        }
    }

    fn summary(&self) -> String {
        format!(
            "access policy of the destination {}: admits {}",
            self.destination, self.admits
        )
    }

    fn differences(&self) -> Vec<Difference> {
        let before = self.before.as_ref();
        before.map_or_else(Vec::new, |before| {
            of_policies("access policy", before, &self.policy)
        })
    }

    fn undo(&self) -> String {
        match self.before {
            None => format!(
                "`destroy` deletes the destination {} with its policy",
                self.destination
            ),
            Some(_) => "the plan's `before` has what was there".to_owned(),
        }
    }

    fn blocks(&self) -> Blocks<'_> {
        Blocks::Region
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let logs = site.session.logs(&site.region);
            let policy = self.policy.to_string();
            let put = || logs.put_destination_policy(&self.destination, &policy);
            let what = format!("the access policy of {}", self.destination);
            let answer = site
                .retry
                .until_ready(&what, AwsError::is_not_ready, put)
                .await;
            answer.map_err(|error| {
                if error.wants_force() {
                    explain_force(&error)
                } else {
                    error
                }
            })?;
            Ok(Outcome::Done)
        })
    }
}

fn explain_force(error: &AwsError) -> AwsError {
    let message = format!(
        "{} Either keep trust = \"accounts\", or run `bootstrap destroy` and then `bootstrap apply`: every filter \
         is then put with a role.",
        error.message()
    );
    AwsError::new(
        "PutDestinationPolicy",
        "the central account",
        error.code(),
        &message,
    )
}

/// Deletes a destination that is ours, with its access policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
            if !our_destination(&logs, &self.destination, &self.role_arn).await? {
                return Ok(Outcome::Gone);
            }
            removed(logs.delete_destination(&self.destination).await)
        })
    }
}

/// Whether that destination is there this moment. The error is that it writes as another role than ours:
/// somebody put it since the plan was made.
async fn our_destination(
    logs: &Arc<dyn Logs>,
    name: &str,
    role_arn: &str,
) -> Result<bool, AwsError> {
    let destinations = all_pages(|token| logs.destinations(token)).await?;
    match destinations.iter().find(|found| found.name == name) {
        None => Ok(false),
        Some(found) if found.role_arn == role_arn => Ok(true),
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
