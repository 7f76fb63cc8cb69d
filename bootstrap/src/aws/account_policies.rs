//! CloudWatch Logs' subscription policies of a whole account: one for all log groups of a region, those
//! that are there and those to come (`PutAccountPolicy`, `SUBSCRIPTION_FILTER_POLICY`).

use aws_sdk_cloudwatchlogs::types::{PolicyType, Scope};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::logs::AwsLogs;
use super::{AwsError, Page};

/// Longest selection criteria of an account policy, in bytes (`PutAccountPolicy`, selectionCriteria).
pub const LONGEST_CRITERIA: usize = 25 * 1024;

/// What stands before the list in selection criteria; the only form that subscriptions know.
const NOT_IN: &str = "LogGroupName NOT IN ";

/// A subscription policy of an account in one region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AccountPolicy {
    /// Its name.
    pub name: String,
    /// Where it sends; empty where the policy's document can't be read.
    pub destination_arn: String,
    /// The role that it sends with.
    pub role_arn: Option<String>,
    /// What it lets through; empty for everything.
    pub pattern: String,
    /// `ByLogStream` or `Random`.
    pub distribution: String,
    /// Names of log groups that it leaves out, in their order.
    pub except: Vec<String>,
}

impl AccountPolicy {
    /// The selection criteria that leave log groups out; nothing if it is for all.
    pub fn criteria(&self) -> Option<String> {
        (!self.except.is_empty()).then(|| format!("{NOT_IN}{}", json!(self.except)))
    }

    fn document(&self) -> String {
        let mut document = json!({
            "DestinationArn": self.destination_arn,
            "FilterPattern": self.pattern,
            "Distribution": self.distribution,
        });
        if let Some(role) = &self.role_arn {
            document["RoleArn"] = json!(role);
        }
        document.to_string()
    }

    /// Out of what the service tells: name, document and criteria.
    fn read(name: &str, document: &str, criteria: Option<&str>) -> Self {
        let document: Value = serde_json::from_str(document).unwrap_or_default();
        let text = |key: &str| document[key].as_str().unwrap_or_default().to_owned();
        let distribution = document["Distribution"].as_str().unwrap_or("ByLogStream");
        Self {
            name: name.to_owned(),
            destination_arn: text("DestinationArn"),
            role_arn: Some(text("RoleArn")).filter(|role| !role.is_empty()),
            pattern: text("FilterPattern"),
            distribution: distribution.to_owned(),
            except: criteria.map(left_out).unwrap_or_default(),
        }
    }
}

/// The log groups in selection criteria. Words that aren't ours come as they are, so that they differ
/// from every list.
fn left_out(criteria: &str) -> Vec<String> {
    let criteria = criteria.trim();
    if criteria.is_empty() {
        return Vec::new();
    }
    let list = criteria.strip_prefix(NOT_IN.trim_end()).map(str::trim);
    let names = list.and_then(|list| serde_json::from_str::<Vec<String>>(list).ok());
    let mut names = names.unwrap_or_else(|| vec![criteria.to_owned()]);
    names.sort();
    names
}

/// A region or partition, or a stand-in, that has no such policies.
fn knows_none(error: &AwsError) -> bool {
    error.code() == "UnknownOperationException" || error.message().starts_with("Unknown action")
}

impl AwsLogs {
    pub(super) async fn list_account_policies(
        &self,
        token: Option<String>,
    ) -> Result<Page<AccountPolicy>, AwsError> {
        let request = self
            .client
            .describe_account_policies()
            .policy_type(PolicyType::SubscriptionFilterPolicy);
        let answer = request.set_next_token(token).send().await;
        let answer = answer
            .map_err(|error| AwsError::from_sdk("DescribeAccountPolicies", &self.place, &error));
        let answer = match answer {
            Err(error) if knows_none(&error) => {
                return Ok(Page {
                    items: Vec::new(),
                    next: None,
                });
            }
            answer => answer?,
        };
        let items = answer.account_policies().iter().map(|policy| {
            AccountPolicy::read(
                policy.policy_name().unwrap_or_default(),
                policy.policy_document().unwrap_or_default(),
                policy.selection_criteria(),
            )
        });
        Ok(Page {
            items: items.collect(),
            next: answer.next_token.clone(),
        })
    }

    pub(super) async fn write_account_policy(
        &self,
        policy: &AccountPolicy,
    ) -> Result<(), AwsError> {
        let request = self
            .client
            .put_account_policy()
            .policy_name(&policy.name)
            .policy_type(PolicyType::SubscriptionFilterPolicy)
            .scope(Scope::All)
            .policy_document(policy.document());
        let answer = request
            .set_selection_criteria(policy.criteria())
            .send()
            .await;
        answer.map_err(|error| AwsError::from_sdk("PutAccountPolicy", &self.place, &error))?;
        Ok(())
    }

    pub(super) async fn remove_account_policy(&self, name: &str) -> Result<(), AwsError> {
        let request = self
            .client
            .delete_account_policy()
            .policy_name(name)
            .policy_type(PolicyType::SubscriptionFilterPolicy);
        let answer = request.send().await;
        answer.map_err(|error| AwsError::from_sdk("DeleteAccountPolicy", &self.place, &error))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(except: &[&str]) -> AccountPolicy {
        AccountPolicy {
            name: "tributary-account".into(),
            destination_arn: "arn:aws:logs:eu-central-1:222222222222:destination:tributary".into(),
            role_arn: Some("arn:aws:iam::333333333333:role/r".into()),
            pattern: "ERROR".into(),
            distribution: "Random".into(),
            except: except.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    #[test]
    fn what_is_put_is_read_again() {
        for except in [&[][..], &["/a", "b\"c"]] {
            let put = policy(except);
            let read = AccountPolicy::read(&put.name, &put.document(), put.criteria().as_deref());
            assert_eq!(read, put);
        }
    }

    #[test]
    fn criteria_are_written_as_the_service_documents_them() {
        let criteria = policy(&["LogGroupToExclude1", "LogGroupToExclude2"]).criteria();
        let documented = r#"LogGroupName NOT IN ["LogGroupToExclude1","LogGroupToExclude2"]"#;
        assert_eq!(criteria.as_deref(), Some(documented));
        assert_eq!(policy(&[]).criteria(), None);
    }

    #[test]
    fn other_spaces_and_another_order_leave_out_the_same() {
        assert_eq!(left_out(r#"LogGroupName NOT IN [ "b", "a" ]"#), ["a", "b"]);
        assert_eq!(left_out(""), Vec::<String>::new());
        assert_eq!(
            left_out("LogGroupNamePrefix = x"),
            ["LogGroupNamePrefix = x"]
        );
    }

    #[test]
    fn a_document_that_can_not_be_read_leads_nowhere_of_ours() {
        let read = AccountPolicy::read("tributary-account", "no JSON", None);
        assert_eq!(read.destination_arn, "");
    }
}
