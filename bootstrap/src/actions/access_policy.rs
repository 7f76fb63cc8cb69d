//! Who may name the destination in a subscription.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::destination::our_destination;
use super::{Act, Blocks, Outcome, Sign, Site, put};
use crate::aws::logs::{Destination, Logs};
use crate::aws::{Answer, AwsError};
use crate::difference::Difference;
use crate::names::AccountId;
use crate::output::counted;
use crate::policies::accounts_admitted;

/// Puts the access policy of the destination. It is put again after every
/// [`PutDestination`](super::PutDestination), since a destination that was put again may have lost it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PutAccessPolicy {
    /// The destination's name.
    pub destination: String,
    /// The role that it writes as, which makes it ours.
    pub role_arn: String,
    /// The policy.
    pub policy: Value,
    /// Whom it admits, for people.
    pub admits: String,
    /// The policy that is there now.
    pub before: Option<Value>,
}

impl Act for PutAccessPolicy {
    fn sign(&self) -> Sign {
        put::sign(self.before.as_ref())
    }

    fn summary(&self) -> String {
        format!(
            "access policy of the destination {}: admits {}",
            self.destination, self.admits
        )
    }

    fn differences(&self) -> Vec<Difference> {
        put::differences("access policy", self.before.as_ref(), &self.policy)
    }

    fn undo(&self) -> String {
        let of_new = format!(
            "`destroy` deletes the destination {} with its policy",
            self.destination
        );
        put::undo(self.before.as_ref(), of_new)
    }

    fn blocks(&self) -> Blocks<'_> {
        Blocks::Region
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let logs = site.session.logs(&site.region);
            present(&logs, &self.destination, &self.role_arn).await?;
            put_policy(site, &logs, &self.destination, &self.policy, false).await
        })
    }
}

/// Puts an access policy that admits the organization or units in place of one that names accounts, which
/// CloudWatch Logs only does by force: a subscription without a role stops delivering.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ForceAccessPolicy {
    /// The destination's name.
    pub destination: String,
    /// The role that it writes as, which makes it ours.
    pub role_arn: String,
    /// The policy.
    pub policy: Value,
    /// Whom it admits, for people.
    pub admits: String,
    /// The policy that is there now.
    pub before: Value,
    /// The accounts that it names now: each must have its roles first.
    pub accounts: Vec<AccountId>,
}

impl Act for ForceAccessPolicy {
    fn sign(&self) -> Sign {
        Sign::Change
    }

    fn summary(&self) -> String {
        format!(
            "access policy of the destination {}, by force: {} -> {}; what subscribes without a role stops \
             delivering",
            self.destination,
            counted(self.accounts.len(), "account"),
            self.admits
        )
    }

    fn differences(&self) -> Vec<Difference> {
        put::differences("access policy", Some(&self.before), &self.policy)
    }

    fn undo(&self) -> String {
        format!("write trust = \"accounts\" and apply; {}", put::IN_THE_PLAN)
    }

    fn blocks(&self) -> Blocks<'_> {
        Blocks::Region
    }

    fn after_members(&self) -> Option<&[AccountId]> {
        Some(&self.accounts)
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let logs = site.session.logs(&site.region);
            let found = present(&logs, &self.destination, &self.role_arn).await?;
            let now = found.access_policy.as_deref().unwrap_or_default();
            let now: Value = serde_json::from_str(now).unwrap_or_default();
            let more = accounts_admitted(&now);
            if more.iter().any(|account| !self.accounts.contains(account)) {
                let message = "its access policy names other accounts by now, which may not be ready: make a new plan";
                let place = format!("the destination {}", self.destination);
                return Err(AwsError::new("DescribeDestinations", &place, "", message));
            }
            // Force only what was asked for; somebody may have changed it already.
            let force = !more.is_empty();
            put_policy(site, &logs, &self.destination, &self.policy, force).await
        })
    }
}

async fn put_policy(
    site: &Site,
    logs: &Arc<dyn Logs>,
    destination: &str,
    policy: &Value,
    force: bool,
) -> Result<Outcome, AwsError> {
    let policy = policy.to_string();
    let request = || logs.put_destination_policy(destination, &policy, force);
    let what = format!("the access policy of {destination}");
    let answer = site
        .retry
        .until_ready(&what, AwsError::is_not_ready, request)
        .await;
    answer.map_err(|error| {
        if error.wants_force() {
            error.advised(
                " The access policy was changed meanwhile: run `bootstrap apply` again, which shows what that takes",
            )
        } else {
            error
        }
    })?;
    Ok(Outcome::Done)
}

/// The destination as it is this moment, if it still is ours.
async fn present(
    logs: &Arc<dyn Logs>,
    name: &str,
    role_arn: &str,
) -> Result<Destination, AwsError> {
    our_destination(logs, name, role_arn).await?.ok_or_else(|| {
        AwsError::new(
            "DescribeDestinations",
            &format!("the destination {name}"),
            "ResourceNotFoundException",
            "it is no longer there: run `bootstrap apply` again",
        )
    })
}
