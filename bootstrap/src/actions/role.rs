//! A role that is ours, with its one inline policy.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::put::IN_THE_PLAN;
use super::{Act, Blocks, Outcome, Sign, Site, removed};
use crate::aws::iam::{Iam, NewRole, Role};
use crate::aws::{Answer, AwsError};
use crate::difference::{Difference, of_policies};
use crate::names::OWNER_TAG;

/// Creates a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CreateRole {
    /// Its name.
    pub role: String,
    /// What it is for.
    pub description: String,
    /// Who may assume it.
    pub trust: Value,
    /// Name of its inline policy.
    pub policy_name: String,
    /// Its inline policy.
    pub policy: Value,
    /// Value of the tag that makes it ours.
    pub owner: String,
}

impl Act for CreateRole {
    fn sign(&self) -> Sign {
        Sign::Add
    }

    fn summary(&self) -> String {
        format!("role {}: {}", self.role, self.description)
    }

    fn undo(&self) -> String {
        format!("`destroy` deletes the role {}", self.role)
    }

    fn blocks(&self) -> Blocks<'_> {
        Blocks::Everything
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let iam = site.session.iam();
            let role = NewRole {
                name: self.role.clone(),
                description: self.description.clone(),
                trust: self.trust.clone(),
                tag: (OWNER_TAG.to_owned(), self.owner.clone()),
            };
            match iam.create_role(&role).await {
                // Ours from an attempt whose answer was lost; anybody else's is refused.
                Err(error) if error.is_present_already() => {
                    our_role(&*iam, &self.role, &self.owner).await?;
                    iam.put_trust(&self.role, &self.trust).await?;
                }
                answer => answer?,
            }
            // A role that was just created may not be there yet for the next call.
            let passes = |error: &AwsError| error.is_missing() || error.is_not_ready();
            let put = || iam.put_policy(&self.role, &self.policy_name, &self.policy);
            site.retry
                .until_ready(&format!("the role {}", self.role), passes, put)
                .await?;
            Ok(Outcome::Done)
        })
    }
}

/// A document before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Change {
    /// As it is; null where it is missing.
    pub before: Value,
    /// As it should be.
    pub after: Value,
}

/// Brings a role of ours back to what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UpdateRole {
    /// Its name.
    pub role: String,
    /// Name of its inline policy.
    pub policy_name: String,
    /// Who may assume it, if that differs.
    pub trust: Option<Change>,
    /// Its inline policy, if that differs.
    pub policy: Option<Change>,
    /// Whether what it takes away may still be needed until everything before it in the account went well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub last: bool,
    /// Value of the tag that makes it ours.
    pub owner: String,
}

impl Act for UpdateRole {
    fn sign(&self) -> Sign {
        Sign::Change
    }

    fn summary(&self) -> String {
        let parts = [
            (&self.trust, "trust policy"),
            (&self.policy, "inline policy"),
        ];
        let changed = parts
            .iter()
            .filter_map(|(change, name)| change.as_ref().map(|_| *name));
        let why = if self.last {
            ", without the key that is no longer used"
        } else {
            ""
        };
        format!(
            "role {}: {}{why}",
            self.role,
            changed.collect::<Vec<_>>().join(" and ")
        )
    }

    fn differences(&self) -> Vec<Difference> {
        let of = |name, change: &Option<Change>| {
            let change = change.as_ref();
            change.map(|change| of_policies(name, &change.before, &change.after))
        };
        let trust = of("trust policy", &self.trust);
        let policy = of("inline policy", &self.policy);
        trust.into_iter().chain(policy).flatten().collect()
    }

    fn undo(&self) -> String {
        IN_THE_PLAN.to_owned()
    }

    fn blocks(&self) -> Blocks<'_> {
        if self.last {
            Blocks::Nothing
        } else {
            Blocks::Everything
        }
    }

    fn comes_last(&self) -> bool {
        self.last
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let iam = site.session.iam();
            our_role(&*iam, &self.role, &self.owner).await?;
            if let Some(trust) = &self.trust {
                iam.put_trust(&self.role, &trust.after).await?;
            }
            if let Some(policy) = &self.policy {
                iam.put_policy(&self.role, &self.policy_name, &policy.after)
                    .await?;
            }
            Ok(Outcome::Done)
        })
    }
}

/// Deletes a role of ours, with the policies on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeleteRole {
    /// Its name.
    pub role: String,
    /// Value of the tag that makes it ours.
    pub owner: String,
}

impl Act for DeleteRole {
    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn summary(&self) -> String {
        format!("role {}", self.role)
    }

    fn undo(&self) -> String {
        format!("`apply` creates the role {} again", self.role)
    }

    fn comes_last(&self) -> bool {
        true
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let iam = site.session.iam();
            let role = match our_role(&*iam, &self.role, &self.owner).await {
                Err(error) if error.is_missing() => return Ok(Outcome::Gone),
                answer => answer?,
            };
            for policy in role.policies.keys() {
                removed(iam.delete_policy(&self.role, policy).await)?;
            }
            for arn in &role.attached {
                removed(iam.detach_policy(&self.role, arn).await)?;
            }
            removed(iam.delete_role(&self.role).await)
        })
    }
}

/// The role as it is this moment, if it still is ours.
async fn our_role(iam: &dyn Iam, name: &str, owner: &str) -> Result<Role, AwsError> {
    let place = format!("role {name}");
    let Some(role) = iam.role(name).await? else {
        return Err(AwsError::new(
            "GetRole",
            &place,
            "NoSuchEntity",
            "it is no longer there",
        ));
    };
    if role.tags.get(OWNER_TAG).map(String::as_str) == Some(owner) {
        return Ok(role);
    }
    let message =
        format!("it isn't ours (its tag {OWNER_TAG} is not {owner:?}), so that it stays as it is");
    Err(AwsError::new("GetRole", &place, "", &message))
}
