//! IAM: one role at a time, with its policies.

use std::collections::BTreeMap;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::Tag;
use serde_json::Value;

use super::iam_document::document;
use super::{Answer, AwsError, Page, all_pages};

/// What `bootstrap` asks of IAM.
pub trait Iam: Send + Sync {
    /// The role, if there is one by that name.
    fn role<'a>(&'a self, name: &'a str) -> Answer<'a, Option<Role>>;
    /// Creates a role.
    fn create_role<'a>(&'a self, role: &'a NewRole) -> Answer<'a, ()>;
    /// Replaces the trust policy of a role.
    fn put_trust<'a>(&'a self, role: &'a str, trust: &'a Value) -> Answer<'a, ()>;
    /// Adds an inline policy to a role, or replaces it.
    fn put_policy<'a>(
        &'a self,
        role: &'a str,
        policy: &'a str,
        document: &'a Value,
    ) -> Answer<'a, ()>;
    /// Removes an inline policy from a role.
    fn delete_policy<'a>(&'a self, role: &'a str, policy: &'a str) -> Answer<'a, ()>;
    /// Takes a managed policy off a role.
    fn detach_policy<'a>(&'a self, role: &'a str, policy_arn: &'a str) -> Answer<'a, ()>;
    /// Deletes a role that has no policies any more.
    fn delete_role<'a>(&'a self, role: &'a str) -> Answer<'a, ()>;
}

/// A role to create.
#[derive(Debug, Clone)]
pub struct NewRole {
    /// Its name.
    pub name: String,
    /// What it is for, for people.
    pub description: String,
    /// Who may assume it.
    pub trust: Value,
    /// Tag key and value.
    pub tag: (String, String),
}

/// A role as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Who may assume it.
    pub trust: Value,
    /// Inline policies by name.
    pub policies: BTreeMap<String, Value>,
    /// ARNs of attached managed policies.
    pub attached: Vec<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// The service by the SDK.
pub struct AwsIam {
    /// Client of one account.
    pub client: Client,
    /// That account, for messages.
    pub place: String,
}

impl AwsIam {
    async fn policy(&self, role: &str, name: &str) -> Result<Value, AwsError> {
        let answer = self
            .client
            .get_role_policy()
            .role_name(role)
            .policy_name(name)
            .send()
            .await;
        let answer =
            answer.map_err(|error| AwsError::from_sdk("GetRolePolicy", &self.place, &error))?;
        Ok(document(answer.policy_document()))
    }

    async fn policy_names(&self, role: &str) -> Result<Vec<String>, AwsError> {
        all_pages(|token| {
            Box::pin(async move {
                let answer = self
                    .client
                    .list_role_policies()
                    .role_name(role)
                    .set_marker(token)
                    .send()
                    .await;
                let answer = answer
                    .map_err(|error| AwsError::from_sdk("ListRolePolicies", &self.place, &error))?;
                let next = answer
                    .marker()
                    .filter(|_| answer.is_truncated())
                    .map(str::to_owned);
                Ok(Page {
                    items: answer.policy_names,
                    next,
                })
            })
        })
        .await
    }

    async fn attached(&self, role: &str) -> Result<Vec<String>, AwsError> {
        all_pages(|token| {
            Box::pin(async move {
                let answer = self
                    .client
                    .list_attached_role_policies()
                    .role_name(role)
                    .set_marker(token)
                    .send()
                    .await;
                let answer = answer.map_err(|error| {
                    AwsError::from_sdk("ListAttachedRolePolicies", &self.place, &error)
                })?;
                let next = answer
                    .marker()
                    .filter(|_| answer.is_truncated())
                    .map(str::to_owned);
                let items = answer
                    .attached_policies()
                    .iter()
                    .filter_map(|policy| policy.policy_arn());
                Ok(Page {
                    items: items.map(str::to_owned).collect(),
                    next,
                })
            })
        })
        .await
    }
}

impl Iam for AwsIam {
    fn role<'a>(&'a self, name: &'a str) -> Answer<'a, Option<Role>> {
        Box::pin(async move {
            let answer = self.client.get_role().role_name(name).send().await;
            let answer =
                match answer.map_err(|error| AwsError::from_sdk("GetRole", &self.place, &error)) {
                    Err(error) if error.is_missing() => return Ok(None),
                    answer => answer?,
                };
            let Some(found) = answer.role() else {
                return Ok(None);
            };
            let mut policies = BTreeMap::new();
            for policy in self.policy_names(name).await? {
                let document = self.policy(name, &policy).await?;
                policies.insert(policy, document);
            }
            let tags = found
                .tags()
                .iter()
                .map(|tag| (tag.key().to_owned(), tag.value().to_owned()));
            Ok(Some(Role {
                trust: document(found.assume_role_policy_document().unwrap_or_default()),
                policies,
                attached: self.attached(name).await?,
                tags: tags.collect(),
            }))
        })
    }

    fn create_role<'a>(&'a self, role: &'a NewRole) -> Answer<'a, ()> {
        Box::pin(async move {
            let tag = Tag::builder().key(&role.tag.0).value(&role.tag.1).build();
            let tag = tag.map_err(|error| {
                AwsError::new("CreateRole", &self.place, "", &error.to_string())
            })?;
            let request = self
                .client
                .create_role()
                .role_name(&role.name)
                .description(&role.description);
            let answer = request
                .assume_role_policy_document(role.trust.to_string())
                .tags(tag)
                .send()
                .await;
            answer.map_err(|error| AwsError::from_sdk("CreateRole", &self.place, &error))?;
            Ok(())
        })
    }

    fn put_trust<'a>(&'a self, role: &'a str, trust: &'a Value) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = self.client.update_assume_role_policy().role_name(role);
            let answer = request.policy_document(trust.to_string()).send().await;
            answer.map_err(|error| {
                AwsError::from_sdk("UpdateAssumeRolePolicy", &self.place, &error)
            })?;
            Ok(())
        })
    }

    fn put_policy<'a>(
        &'a self,
        role: &'a str,
        policy: &'a str,
        document: &'a Value,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = self
                .client
                .put_role_policy()
                .role_name(role)
                .policy_name(policy);
            let answer = request.policy_document(document.to_string()).send().await;
            answer.map_err(|error| AwsError::from_sdk("PutRolePolicy", &self.place, &error))?;
            Ok(())
        })
    }

    fn delete_policy<'a>(&'a self, role: &'a str, policy: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let answer = self
                .client
                .delete_role_policy()
                .role_name(role)
                .policy_name(policy)
                .send()
                .await;
            answer.map_err(|error| AwsError::from_sdk("DeleteRolePolicy", &self.place, &error))?;
            Ok(())
        })
    }

    fn detach_policy<'a>(&'a self, role: &'a str, policy_arn: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let answer = self
                .client
                .detach_role_policy()
                .role_name(role)
                .policy_arn(policy_arn)
                .send()
                .await;
            answer.map_err(|error| AwsError::from_sdk("DetachRolePolicy", &self.place, &error))?;
            Ok(())
        })
    }

    fn delete_role<'a>(&'a self, role: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let answer = self.client.delete_role().role_name(role).send().await;
            answer.map_err(|error| AwsError::from_sdk("DeleteRole", &self.place, &error))?;
            Ok(())
        })
    }
}
