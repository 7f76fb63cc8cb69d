//! The rule that writes GuardDuty's findings into a log group, and the policy that lets it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Act, Outcome, Sign, Site, put, removed};
use crate::aws::events::{Events, NewRule, Rule};
use crate::aws::{Answer, AwsError};
use crate::difference::Difference;
use crate::names::OWNER_TAG;

/// Puts the resource policy that lets `EventBridge` write into a log group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PutResourcePolicy {
    /// Its name.
    pub policy: String,
    /// The log group.
    pub log_group: String,
    /// The document.
    pub document: Value,
    /// The document that is there now.
    pub before: Option<Value>,
}

impl Act for PutResourcePolicy {
    fn sign(&self) -> Sign {
        put::sign(self.before.as_ref())
    }

    fn summary(&self) -> String {
        format!(
            "resource policy {}: lets EventBridge write into {}",
            self.policy, self.log_group
        )
    }

    fn differences(&self) -> Vec<Difference> {
        put::differences("resource policy", self.before.as_ref(), &self.document)
    }

    fn undo(&self) -> String {
        put::undo(
            self.before.as_ref(),
            format!("`destroy` deletes the resource policy {}", self.policy),
        )
    }

    fn log_group(&self) -> Option<&str> {
        Some(&self.log_group)
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let groups = site.session.log_groups(&site.region);
            let document = self.document.to_string();
            match groups.put_resource_policy(&self.policy, &document).await {
                Err(error) if error.is_over_quota() => Err(error.advised(
                    "; an account may have ten resource policies of CloudWatch Logs in a region: remove one that \
                     nobody needs",
                )),
                answer => answer.map(|()| Outcome::Done),
            }
        })
    }
}

/// Deletes the resource policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeleteResourcePolicy {
    /// Its name, which makes it ours.
    pub policy: String,
}

impl Act for DeleteResourcePolicy {
    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn summary(&self) -> String {
        format!("resource policy {}", self.policy)
    }

    fn undo(&self) -> String {
        format!("`apply` puts the resource policy {} again", self.policy)
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let groups = site.session.log_groups(&site.region);
            removed(groups.delete_resource_policy(&self.policy).await)
        })
    }
}

/// Creates the rule, or brings it back to what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PutFindingRule {
    /// Its name.
    pub rule: String,
    /// What it is for.
    pub description: String,
    /// Which events it matches.
    pub pattern: Value,
    /// Id of its target.
    pub target: String,
    /// The log group.
    pub log_group: String,
    /// ARN of the log group, without `:*`.
    pub log_group_arn: String,
    /// What is wrong with the rule that is there, for people; nothing where there is none.
    pub changes: Option<String>,
    /// The rule of ours that is there now.
    pub before: Option<Rule>,
    /// Value of the tag that makes it ours.
    pub owner: String,
}

impl Act for PutFindingRule {
    fn sign(&self) -> Sign {
        put::sign(self.changes.as_ref())
    }

    fn summary(&self) -> String {
        match &self.changes {
            None => format!(
                "rule {}: {} into {}",
                self.rule, self.description, self.log_group
            ),
            Some(changes) => format!("rule {}: {changes}", self.rule),
        }
    }

    fn undo(&self) -> String {
        put::undo(
            self.before.as_ref(),
            format!("`destroy` deletes the rule {}", self.rule),
        )
    }

    fn log_group(&self) -> Option<&str> {
        Some(&self.log_group)
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let events = site.session.events(&site.region);
            our_rule(&events, &self.rule, &self.owner).await?;
            let wanted = NewRule {
                name: self.rule.clone(),
                description: self.description.clone(),
                pattern: self.pattern.clone(),
                tag: (OWNER_TAG.to_owned(), self.owner.clone()),
            };
            events.put_rule(&wanted).await?;
            let put = || events.put_target(&self.rule, &self.target, &self.log_group_arn);
            let passes = |error: &AwsError| error.is_missing() || error.is_not_ready();
            let what = format!("the rule {}", self.rule);
            site.retry.until_ready(&what, passes, put).await?;
            Ok(Outcome::Done)
        })
    }
}

/// Deletes the rule with its target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeleteFindingRule {
    /// Its name.
    pub rule: String,
    /// Id of its target.
    pub target: String,
    /// Value of the tag that makes it ours.
    pub owner: String,
}

impl Act for DeleteFindingRule {
    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn summary(&self) -> String {
        format!("rule {}", self.rule)
    }

    fn undo(&self) -> String {
        format!("`apply` creates the rule {} again", self.rule)
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let events = site.session.events(&site.region);
            let Some(found) = our_rule(&events, &self.rule, &self.owner).await? else {
                return Ok(Outcome::Gone);
            };
            if let Some(others) = other_targets(&found.targets, &self.target) {
                let message = format!(
                    "it has targets by now that aren't ours ({others}), and stays as it is: remove them first"
                );
                let place = format!("the rule {}", self.rule);
                return Err(AwsError::new("ListTargetsByRule", &place, "", &message));
            }
            removed(events.remove_target(&self.rule, &self.target).await)?;
            removed(events.delete_rule(&self.rule).await)
        })
    }
}

/// Targets of a rule beside ours, by their ids.
pub fn other_targets(targets: &BTreeMap<String, String>, ours: &str) -> Option<String> {
    let others: Vec<_> = targets.keys().filter(|id| *id != ours).cloned().collect();
    (!others.is_empty()).then(|| others.join(", "))
}

/// The rule as it is this moment, if it is ours. The error is that it is somebody else's.
async fn our_rule(
    events: &Arc<dyn Events>,
    name: &str,
    owner: &str,
) -> Result<Option<Rule>, AwsError> {
    match events.rule(name).await? {
        Some(found) if !found.is_owned_by(owner) => {
            let message = format!(
                "it isn't ours (its tag {OWNER_TAG} is not {owner:?}), so that it stays as it is"
            );
            let place = format!("the rule {name}");
            Err(AwsError::new("ListTagsForResource", &place, "", &message))
        }
        found => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_replaces_something_is_not_undone_by_deleting_it() {
        let text = String::new;
        let mut policy = PutResourcePolicy {
            policy: "tributary".to_owned(),
            log_group: text(),
            document: Value::Null,
            before: None,
        };
        let mut rule = PutFindingRule {
            rule: "tributary".to_owned(),
            description: text(),
            pattern: Value::Null,
            target: text(),
            log_group: text(),
            log_group_arn: text(),
            changes: None,
            before: None,
            owner: text(),
        };
        for undo in [policy.undo(), rule.undo()] {
            assert!(undo.starts_with("`destroy` deletes"), "{undo}");
        }
        policy.before = Some(Value::Null);
        rule.before = Some(Rule {
            pattern: Value::Null,
            enabled: false,
            targets: BTreeMap::new(),
            tags: BTreeMap::new(),
        });
        for undo in [policy.undo(), rule.undo()] {
            assert_eq!(undo, put::IN_THE_PLAN);
        }
    }
}
