//! `EventBridge`: one rule at a time, on the default event bus.

use std::collections::BTreeMap;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::{RuleState, Tag, Target};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Answer, AwsError, Page, all_pages};
use crate::names::OWNER_TAG;

/// What `bootstrap` asks of `EventBridge`.
pub trait Events: Send + Sync {
    /// The rule, if there is one by that name.
    fn rule<'a>(&'a self, name: &'a str) -> Answer<'a, Option<Rule>>;
    /// Creates a rule, or replaces the one by its name; tags count only for a new one.
    fn put_rule<'a>(&'a self, rule: &'a NewRule) -> Answer<'a, ()>;
    /// Adds a target to a rule, or replaces the one by its id.
    fn put_target<'a>(&'a self, rule: &'a str, id: &'a str, arn: &'a str) -> Answer<'a, ()>;
    /// Removes a target from a rule.
    fn remove_target<'a>(&'a self, rule: &'a str, id: &'a str) -> Answer<'a, ()>;
    /// Deletes a rule that has no targets any more.
    fn delete_rule<'a>(&'a self, name: &'a str) -> Answer<'a, ()>;
}

/// A rule to put.
#[derive(Debug, Clone)]
pub struct NewRule {
    /// Its name.
    pub name: String,
    /// What it is for, for people.
    pub description: String,
    /// Which events it matches.
    pub pattern: Value,
    /// Tag key and value.
    pub tag: (String, String),
}

/// A rule as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Rule {
    /// Which events it matches.
    pub pattern: Value,
    /// Whether it does.
    pub enabled: bool,
    /// Where it sends them: ARNs by ids.
    pub targets: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Rule {
    /// Whether it carries the tag of what `bootstrap` created under that owner.
    pub fn is_owned_by(&self, owner: &str) -> bool {
        self.tags.get(OWNER_TAG).map(String::as_str) == Some(owner)
    }
}

/// The service by the SDK.
pub struct AwsEvents {
    /// Client of one account and region.
    pub client: Client,
    /// That account and region, for messages.
    pub place: String,
}

impl AwsEvents {
    async fn targets(&self, rule: &str) -> Result<BTreeMap<String, String>, AwsError> {
        let targets = all_pages(|token| {
            Box::pin(async move {
                let request = self.client.list_targets_by_rule().rule(rule);
                let answer = request.set_next_token(token).send().await;
                let answer = answer.map_err(|error| {
                    AwsError::from_sdk("ListTargetsByRule", &self.place, &error)
                })?;
                let items = answer.targets().iter();
                let items = items.map(|target| (target.id().to_owned(), target.arn().to_owned()));
                Ok(Page {
                    items: items.collect(),
                    next: answer.next_token().map(str::to_owned),
                })
            })
        });
        Ok(targets.await?.into_iter().collect())
    }

    async fn tags(&self, arn: &str) -> Result<BTreeMap<String, String>, AwsError> {
        let answer = self
            .client
            .list_tags_for_resource()
            .resource_arn(arn)
            .send();
        let answer = answer.await;
        let answer = answer
            .map_err(|error| AwsError::from_sdk("ListTagsForResource", &self.place, &error))?;
        let tags = answer.tags().iter();
        Ok(tags
            .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
            .collect())
    }

    /// The refusal of a target, which comes with status 200.
    fn refused(&self, operation: &str, code: Option<&str>, message: Option<&str>) -> AwsError {
        let message = message.unwrap_or("the target was refused");
        AwsError::new(operation, &self.place, code.unwrap_or_default(), message)
    }
}

impl Events for AwsEvents {
    fn rule<'a>(&'a self, name: &'a str) -> Answer<'a, Option<Rule>> {
        Box::pin(async move {
            let answer = self.client.describe_rule().name(name).send().await;
            let answer =
                answer.map_err(|error| AwsError::from_sdk("DescribeRule", &self.place, &error));
            let found = match answer {
                Err(error) if error.is_missing() => return Ok(None),
                answer => answer?,
            };
            let pattern = found.event_pattern().unwrap_or_default();
            let pattern = serde_json::from_str(pattern);
            Ok(Some(Rule {
                pattern: pattern.unwrap_or_default(),
                enabled: found.state() == Some(&RuleState::Enabled),
                targets: self.targets(name).await?,
                tags: self.tags(found.arn().unwrap_or_default()).await?,
            }))
        })
    }

    fn put_rule<'a>(&'a self, rule: &'a NewRule) -> Answer<'a, ()> {
        Box::pin(async move {
            let tag = Tag::builder().key(&rule.tag.0).value(&rule.tag.1).build();
            let tag =
                tag.map_err(|error| AwsError::new("PutRule", &self.place, "", &error.to_string()))?;
            let request = self
                .client
                .put_rule()
                .name(&rule.name)
                .description(&rule.description)
                .event_pattern(rule.pattern.to_string());
            let answer = request.state(RuleState::Enabled).tags(tag).send().await;
            answer.map_err(|error| AwsError::from_sdk("PutRule", &self.place, &error))?;
            Ok(())
        })
    }

    fn put_target<'a>(&'a self, rule: &'a str, id: &'a str, arn: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let target = Target::builder().id(id).arn(arn).build();
            let target = target.map_err(|error| {
                AwsError::new("PutTargets", &self.place, "", &error.to_string())
            })?;
            let answer = self.client.put_targets().rule(rule).targets(target).send();
            let answer = answer.await;
            let answer =
                answer.map_err(|error| AwsError::from_sdk("PutTargets", &self.place, &error))?;
            match answer.failed_entries().first() {
                None => Ok(()),
                Some(failed) => {
                    let (code, message) = (failed.error_code(), failed.error_message());
                    Err(self.refused("PutTargets", code, message))
                }
            }
        })
    }

    fn remove_target<'a>(&'a self, rule: &'a str, id: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let answer = self.client.remove_targets().rule(rule).ids(id).send().await;
            let answer =
                answer.map_err(|error| AwsError::from_sdk("RemoveTargets", &self.place, &error))?;
            match answer.failed_entries().first() {
                None => Ok(()),
                Some(failed) => {
                    let (code, message) = (failed.error_code(), failed.error_message());
                    Err(self.refused("RemoveTargets", code, message))
                }
            }
        })
    }

    fn delete_rule<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let answer = self.client.delete_rule().name(name).send().await;
            answer.map_err(|error| AwsError::from_sdk("DeleteRule", &self.place, &error))?;
            Ok(())
        })
    }
}
