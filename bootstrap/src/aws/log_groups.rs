//! CloudWatch Logs: log groups that are made, with their retention, tags and resource policies.

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::Client;

use super::{Answer, AwsError, Page};
use crate::names::OWNER_TAG;

/// What `bootstrap` asks of CloudWatch Logs about log groups of its own.
pub trait LogGroups: Send + Sync {
    /// Creates a log group.
    fn create<'a>(&'a self, name: &'a str, tag: &'a (String, String)) -> Answer<'a, ()>;
    /// Says how many days a log group keeps its events.
    fn put_retention<'a>(&'a self, name: &'a str, days: i32) -> Answer<'a, ()>;
    /// The tags of a log group, by its ARN without `:*`; nothing if there is none.
    fn tags<'a>(&'a self, arn: &'a str) -> Answer<'a, Option<BTreeMap<String, String>>>;
    /// Whether a log group has log streams, so that something was written into it.
    fn has_streams<'a>(&'a self, name: &'a str) -> Answer<'a, bool>;
    /// Deletes a log group with the events in it.
    fn delete<'a>(&'a self, name: &'a str) -> Answer<'a, ()>;
    /// A page of the resource policies of the account.
    fn resource_policies(&self, token: Option<String>) -> Answer<'_, Page<ResourcePolicy>>;
    /// Adds a resource policy, or replaces the one by its name.
    fn put_resource_policy<'a>(&'a self, name: &'a str, document: &'a str) -> Answer<'a, ()>;
    /// Removes a resource policy.
    fn delete_resource_policy<'a>(&'a self, name: &'a str) -> Answer<'a, ()>;
}

/// Whether a log group carries our tag this moment, by its ARN without `:*`; nothing if it isn't there.
///
/// # Errors
/// The service's.
pub async fn is_ours(
    groups: &dyn LogGroups,
    arn: &str,
    owner: &str,
) -> Result<Option<bool>, AwsError> {
    let tags = groups.tags(arn).await?;
    Ok(tags.map(|tags| tags.get(OWNER_TAG).map(String::as_str) == Some(owner)))
}

/// A policy that lets services write into log groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourcePolicy {
    /// Its name.
    pub name: String,
    /// Its document, as it was put.
    pub document: String,
}

/// The service by the SDK.
pub struct AwsLogGroups {
    /// Client of one account and region.
    pub client: Client,
    /// That account and region, for messages.
    pub place: String,
}

impl LogGroups for AwsLogGroups {
    fn create<'a>(&'a self, name: &'a str, tag: &'a (String, String)) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = self.client.create_log_group().log_group_name(name);
            let answer = request.tags(&tag.0, &tag.1).send().await;
            answer.map_err(|error| AwsError::from_sdk("CreateLogGroup", &self.place, &error))?;
            Ok(())
        })
    }

    fn put_retention<'a>(&'a self, name: &'a str, days: i32) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = self.client.put_retention_policy().log_group_name(name);
            let answer = request.retention_in_days(days).send().await;
            answer
                .map_err(|error| AwsError::from_sdk("PutRetentionPolicy", &self.place, &error))?;
            Ok(())
        })
    }

    fn tags<'a>(&'a self, arn: &'a str) -> Answer<'a, Option<BTreeMap<String, String>>> {
        Box::pin(async move {
            let request = self.client.list_tags_for_resource().resource_arn(arn);
            let answer = request.send().await;
            let answer = answer
                .map_err(|error| AwsError::from_sdk("ListTagsForResource", &self.place, &error));
            match answer {
                Ok(answer) => Ok(Some(answer.tags.unwrap_or_default().into_iter().collect())),
                Err(error) if error.is_missing() => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    fn has_streams<'a>(&'a self, name: &'a str) -> Answer<'a, bool> {
        Box::pin(async move {
            let request = self.client.describe_log_streams().log_group_name(name);
            let answer = request.limit(1).send().await;
            let answer = answer
                .map_err(|error| AwsError::from_sdk("DescribeLogStreams", &self.place, &error))?;
            // A page may be empty and not the last.
            Ok(!answer.log_streams().is_empty() || answer.next_token().is_some())
        })
    }

    fn delete<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let answer = self.client.delete_log_group().log_group_name(name).send();
            let answer = answer.await;
            answer.map_err(|error| AwsError::from_sdk("DeleteLogGroup", &self.place, &error))?;
            Ok(())
        })
    }

    fn resource_policies(&self, token: Option<String>) -> Answer<'_, Page<ResourcePolicy>> {
        Box::pin(async move {
            let request = self.client.describe_resource_policies();
            let answer = request.set_next_token(token).send().await;
            let answer = answer.map_err(|error| {
                AwsError::from_sdk("DescribeResourcePolicies", &self.place, &error)
            })?;
            let items = answer
                .resource_policies()
                .iter()
                .map(|policy| ResourcePolicy {
                    name: policy.policy_name().unwrap_or_default().to_owned(),
                    document: policy.policy_document().unwrap_or_default().to_owned(),
                });
            Ok(Page {
                items: items.collect(),
                next: answer.next_token().map(str::to_owned),
            })
        })
    }

    fn put_resource_policy<'a>(&'a self, name: &'a str, document: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = self.client.put_resource_policy().policy_name(name);
            let answer = request.policy_document(document).send().await;
            answer.map_err(|error| AwsError::from_sdk("PutResourcePolicy", &self.place, &error))?;
            Ok(())
        })
    }

    fn delete_resource_policy<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = self.client.delete_resource_policy().policy_name(name);
            let answer = request.send().await;
            answer
                .map_err(|error| AwsError::from_sdk("DeleteResourcePolicy", &self.place, &error))?;
            Ok(())
        })
    }
}
