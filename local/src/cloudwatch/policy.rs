//! The access policy of a destination: which accounts may subscribe to it.
//!
//! The checks and their texts are those of `PutDestinationPolicy` as observed: account ids instead of
//! ARNs, `*` only with a condition on the organization, two condition keys.

use serde::Deserialize;
use std::collections::BTreeMap;

use crate::wildcard::like;

/// The action that a destination's policy allows.
const SUBSCRIBE: &str = "logs:PutSubscriptionFilter";

/// Who wants to send.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// The sending account (twelve digits).
    pub account: &'a str,
    /// The id of the organization it is in (`o-...`).
    pub organization: &'a str,
    /// Its place in the organization (`o-.../r-.../ou-.../`), where known.
    pub path: Option<&'a str>,
}

/// How a policy admits a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// A statement names the account.
    ByAccount,
    /// A statement names the organization: the sender's filter needs a role of its own.
    ByOrganization,
    /// No statement allows it, or one denies it.
    No,
}

/// A policy that the service would refuse.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Not JSON of a policy's form.
    #[error("the access policy is not a policy document: {0}")]
    Malformed(#[from] serde_json::Error),
    /// An ARN stands where an account id belongs.
    #[error("Principal section of policy contains ARN instead of account ID: {0}")]
    Arn(String),
    /// `*` without a condition on the organization.
    #[error("the access policy admits every account: add a condition on aws:PrincipalOrgID")]
    Everyone,
    /// Another condition key.
    #[error(
        "Only 'aws:PrincipalOrgID' and 'aws:PrincipalOrgPaths' condition keys are allowed in Condition block of the policy: found {0}"
    )]
    ConditionKey(String),
    /// An operator that this stand-in doesn't evaluate.
    #[error(
        "the condition operator {0} is not one of StringEquals, StringLike and their ForAnyValue forms"
    )]
    Operator(String),
}

/// A destination's access policy, checked as the service checks it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccessPolicy {
    statement: OneOrMany<Statement>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: Effect,
    principal: Principal,
    action: OneOrMany<String>,
    resource: OneOrMany<String>,
    #[serde(default)]
    condition: BTreeMap<String, BTreeMap<String, OneOrMany<String>>>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Principal {
    Everyone(String),
    Accounts {
        #[serde(rename = "AWS")]
        aws: OneOrMany<String>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl AccessPolicy {
    /// Reads and checks a policy document.
    ///
    /// # Errors
    /// When the service would refuse it.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let policy: Self = serde_json::from_str(text)?;
        for statement in policy.statement.as_slice() {
            statement.check()?;
        }
        Ok(policy)
    }

    /// Whether a statement admits senders by a condition on their organization.
    #[must_use]
    pub fn names_organization(&self) -> bool {
        let mut statements = self.statement.as_slice().iter();
        statements.any(|statement| !statement.condition.is_empty())
    }

    /// How the policy of `destination` (an ARN) admits `sender`.
    #[must_use]
    pub fn admits(&self, sender: Sender<'_>, destination: &str) -> Admission {
        let mut admission = Admission::No;
        for statement in self.statement.as_slice() {
            if !statement.covers(sender, destination) {
                continue;
            }
            if statement.effect == Effect::Deny {
                return Admission::No;
            }
            if statement.condition.is_empty() {
                admission = Admission::ByAccount;
            } else if admission == Admission::No {
                admission = Admission::ByOrganization;
            }
        }
        admission
    }
}

impl Statement {
    fn check(&self) -> Result<(), PolicyError> {
        for (operator, keys) in &self.condition {
            let plain = operator.strip_prefix("ForAnyValue:").unwrap_or(operator);
            if !matches!(plain, "StringEquals" | "StringLike") {
                return Err(PolicyError::Operator(operator.clone()));
            }
            if let Some(key) = keys
                .keys()
                .find(|key| !matches!(key.as_str(), "aws:PrincipalOrgID" | "aws:PrincipalOrgPaths"))
            {
                return Err(PolicyError::ConditionKey(key.clone()));
            }
        }
        for principal in self.principals() {
            if principal.starts_with("arn:") {
                return Err(PolicyError::Arn(principal.clone()));
            }
            if principal == "*" && self.condition.is_empty() && self.effect == Effect::Allow {
                return Err(PolicyError::Everyone);
            }
        }
        Ok(())
    }

    fn principals(&self) -> &[String] {
        match &self.principal {
            Principal::Everyone(text) => std::slice::from_ref(text),
            Principal::Accounts { aws } => aws.as_slice(),
        }
    }

    fn covers(&self, sender: Sender<'_>, destination: &str) -> bool {
        self.principals()
            .iter()
            .any(|p| p == "*" || p == sender.account)
            && self
                .action
                .as_slice()
                .iter()
                .any(|action| like(action, SUBSCRIBE))
            && self
                .resource
                .as_slice()
                .iter()
                .any(|resource| like(resource, destination))
            && self.condition.iter().all(|(operator, keys)| {
                keys.iter()
                    .all(|(key, values)| holds(operator, key, values.as_slice(), sender))
            })
    }
}

fn holds(operator: &str, key: &str, values: &[String], sender: Sender<'_>) -> bool {
    let actual = if key == "aws:PrincipalOrgID" {
        Some(sender.organization)
    } else {
        sender.path
    };
    let Some(actual) = actual else { return false };
    values.iter().any(|value| {
        if operator.ends_with("StringLike") {
            like(value, actual)
        } else {
            value == actual
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESTINATION: &str = "arn:aws:logs:eu-central-1:222222222222:destination:tributary";
    const SENDER: Sender<'static> = Sender {
        account: "111111111111",
        organization: "o-example",
        path: None,
    };

    fn policy(principal: &str, condition: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":["logs:PutSubscriptionFilter","logs:PutAccountPolicy"],"Resource":"{DESTINATION}"{condition}}}]}}"#
        )
    }

    fn admission(principal: &str, condition: &str) -> Admission {
        AccessPolicy::parse(&policy(principal, condition))
            .unwrap()
            .admits(SENDER, DESTINATION)
    }

    #[test]
    fn an_account_is_admitted_by_its_id() {
        assert_eq!(
            admission(r#"{"AWS":"111111111111"}"#, ""),
            Admission::ByAccount
        );
        assert_eq!(
            admission(r#"{"AWS":["333333333333","111111111111"]}"#, ""),
            Admission::ByAccount
        );
        assert_eq!(admission(r#"{"AWS":["333333333333"]}"#, ""), Admission::No);
    }

    #[test]
    fn an_organization_is_admitted_by_its_id_only() {
        let by = |id: &str| {
            format!(r#","Condition":{{"StringEquals":{{"aws:PrincipalOrgID":"{id}"}}}}"#)
        };
        assert_eq!(
            admission(r#""*""#, &by("o-example")),
            Admission::ByOrganization
        );
        assert_eq!(
            admission(r#"{"AWS":"*"}"#, &by("o-example")),
            Admission::ByOrganization
        );
        assert_eq!(admission(r#""*""#, &by("o-other")), Admission::No);
    }

    #[test]
    fn a_policy_for_another_destination_admits_nobody() {
        let policy = AccessPolicy::parse(&policy(r#"{"AWS":"111111111111"}"#, "")).unwrap();
        assert_eq!(
            policy.admits(
                SENDER,
                "arn:aws:logs:eu-west-1:222222222222:destination:tributary"
            ),
            Admission::No
        );
    }

    #[test]
    fn what_the_service_refuses_is_refused() {
        let refused =
            |principal, condition| AccessPolicy::parse(&policy(principal, condition)).unwrap_err();
        assert!(matches!(
            refused(r#"{"AWS":"arn:aws:iam::111111111111:root"}"#, ""),
            PolicyError::Arn(_)
        ));
        assert!(matches!(refused(r#""*""#, ""), PolicyError::Everyone));
        let by_ip = r#","Condition":{"StringEquals":{"aws:SourceIp":"1"}}"#;
        assert!(matches!(
            refused(r#""*""#, by_ip),
            PolicyError::ConditionKey(_)
        ));
    }

    #[test]
    fn patterns_match_whole_texts() {
        assert!(like("arn:*:destination:?ributary", DESTINATION));
        assert!(!like("arn:*:destination", DESTINATION));
        assert!(like("*", ""));
    }
}
