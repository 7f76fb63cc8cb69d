//! AWS Organizations, read only.

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{
    Account as SdkAccount, AccountState as SdkState, AccountStatus as SdkStatus, Tag,
};
use serde::Serialize;

use super::{Answer, AwsError, Page};
use crate::names::AccountId;

const PLACE: &str = "the organization";

/// Most that one page may hold (Organizations API reference, `MaxResults`).
const PAGE: i32 = 20;

/// What `bootstrap` asks of AWS Organizations.
pub trait Organizations: Send + Sync {
    /// The organization that the caller belongs to.
    fn organization(&self) -> Answer<'_, OrganizationInfo>;
    /// A page of all accounts.
    fn accounts(&self, token: Option<String>) -> Answer<'_, Page<Account>>;
    /// A page of the roots.
    fn roots(&self, token: Option<String>) -> Answer<'_, Page<Unit>>;
    /// A page of the units directly under a root or unit.
    fn units_of(&self, parent: String, token: Option<String>) -> Answer<'_, Page<Unit>>;
    /// A page of the accounts directly under a root or unit.
    fn accounts_of(&self, parent: String, token: Option<String>) -> Answer<'_, Page<Account>>;
    /// A page of the tags of an account: keys and values.
    fn tags_of(
        &self,
        account: AccountId,
        token: Option<String>,
    ) -> Answer<'_, Page<(String, String)>>;
}

/// The organization itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationInfo {
    /// `o-…`
    pub id: String,
    /// The account that pays and rules.
    pub management_account: AccountId,
}

/// A root or an organizational unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// `r-…` or `ou-…`
    pub id: String,
    /// Its name.
    pub name: String,
}

/// An account as the organization lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Whether it is in use.
    pub state: AccountState,
    /// Paths of ids down to it (`o-…/r-…/ou-…/`), where the service tells them.
    pub paths: Vec<String>,
}

/// Where an account is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AccountState {
    /// In use.
    Active,
    /// Created, not usable yet.
    PendingActivation,
    /// Suspended by AWS or by its owner.
    Suspended,
    /// Being closed.
    PendingClosure,
    /// Closed.
    Closed,
    /// Something that the service says and we don't know.
    Unknown,
}

impl AccountState {
    /// Takes the words of `State`, or those of the older `Status`.
    pub fn parse(text: &str) -> Self {
        match text {
            "ACTIVE" => Self::Active,
            "PENDING_ACTIVATION" => Self::PendingActivation,
            "SUSPENDED" => Self::Suspended,
            "PENDING_CLOSURE" => Self::PendingClosure,
            "CLOSED" => Self::Closed,
            _ => Self::Unknown,
        }
    }

    /// In a user's words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::PendingActivation => "not activated yet",
            Self::Suspended => "suspended",
            Self::PendingClosure => "being closed",
            Self::Closed => "closed",
            Self::Unknown => "in an unknown state",
        }
    }
}

/// The service by the SDK.
pub struct AwsOrganizations(pub Client);

impl Organizations for AwsOrganizations {
    fn organization(&self) -> Answer<'_, OrganizationInfo> {
        Box::pin(async move {
            let answer = self.0.describe_organization().send().await;
            let answer = answer
                .map_err(|error| AwsError::from_sdk("DescribeOrganization", PLACE, &error))?;
            let organization = answer.organization();
            let management = organization
                .and_then(|found| found.master_account_id())
                .and_then(AccountId::parse);
            match (organization.and_then(|found| found.id()), management) {
                (Some(id), Some(management_account)) => Ok(OrganizationInfo {
                    id: id.to_owned(),
                    management_account,
                }),
                _ => Err(incomplete("DescribeOrganization")),
            }
        })
    }

    fn accounts(&self, token: Option<String>) -> Answer<'_, Page<Account>> {
        Box::pin(async move {
            let answer = self
                .0
                .list_accounts()
                .max_results(PAGE)
                .set_next_token(token)
                .send()
                .await;
            let answer =
                answer.map_err(|error| AwsError::from_sdk("ListAccounts", PLACE, &error))?;
            let items = answer
                .accounts()
                .iter()
                .map(|found| account(found, "ListAccounts"));
            Ok(Page {
                items: items.collect::<Result<_, _>>()?,
                next: answer.next_token,
            })
        })
    }

    fn roots(&self, token: Option<String>) -> Answer<'_, Page<Unit>> {
        Box::pin(async move {
            let answer = self
                .0
                .list_roots()
                .max_results(PAGE)
                .set_next_token(token)
                .send()
                .await;
            let answer = answer.map_err(|error| AwsError::from_sdk("ListRoots", PLACE, &error))?;
            let items = answer
                .roots()
                .iter()
                .map(|root| unit(root.id(), root.name()));
            Ok(Page {
                items: items.collect(),
                next: answer.next_token,
            })
        })
    }

    fn units_of(&self, parent: String, token: Option<String>) -> Answer<'_, Page<Unit>> {
        Box::pin(async move {
            let request = self
                .0
                .list_organizational_units_for_parent()
                .parent_id(&parent)
                .max_results(PAGE);
            let answer = request.set_next_token(token).send().await;
            let answer = answer.map_err(|error| {
                AwsError::from_sdk("ListOrganizationalUnitsForParent", &parent, &error)
            })?;
            let items = answer
                .organizational_units()
                .iter()
                .map(|found| unit(found.id(), found.name()));
            Ok(Page {
                items: items.collect(),
                next: answer.next_token,
            })
        })
    }

    fn accounts_of(&self, parent: String, token: Option<String>) -> Answer<'_, Page<Account>> {
        Box::pin(async move {
            let request = self
                .0
                .list_accounts_for_parent()
                .parent_id(&parent)
                .max_results(PAGE);
            let answer = request.set_next_token(token).send().await;
            let answer = answer
                .map_err(|error| AwsError::from_sdk("ListAccountsForParent", &parent, &error))?;
            let items = answer
                .accounts()
                .iter()
                .map(|found| account(found, "ListAccountsForParent"));
            Ok(Page {
                items: items.collect::<Result<_, _>>()?,
                next: answer.next_token,
            })
        })
    }

    fn tags_of(
        &self,
        account: AccountId,
        token: Option<String>,
    ) -> Answer<'_, Page<(String, String)>> {
        Box::pin(async move {
            let request = self
                .0
                .list_tags_for_resource()
                .resource_id(account.as_str());
            let answer = request.set_next_token(token).send().await;
            let place = format!("account {account}");
            let answer = answer
                .map_err(|error| AwsError::from_sdk("ListTagsForResource", &place, &error))?;
            Ok(Page {
                items: tags(answer.tags()),
                next: answer.next_token,
            })
        })
    }
}

/// Keys and values.
fn tags(found: &[Tag]) -> Vec<(String, String)> {
    let pair = |tag: &Tag| (tag.key().to_owned(), tag.value().to_owned());
    found.iter().map(pair).collect()
}

fn incomplete(operation: &str) -> AwsError {
    AwsError::new(operation, PLACE, "", "answered without an id")
}

fn unit(id: Option<&str>, name: Option<&str>) -> Unit {
    Unit {
        id: id.unwrap_or_default().to_owned(),
        name: name.unwrap_or_default().to_owned(),
    }
}

/// `State` is what counts; `Status`, which AWS retires, is read where it is missing.
#[allow(
    deprecated,
    reason = "stand-ins and older partitions answer Status alone"
)]
fn account(found: &SdkAccount, operation: &str) -> Result<Account, AwsError> {
    let state = found.state().map(SdkState::as_str);
    let state = state
        .or_else(|| found.status().map(SdkStatus::as_str))
        .unwrap_or_default();
    Ok(Account {
        id: found
            .id()
            .and_then(AccountId::parse)
            .ok_or_else(|| incomplete(operation))?,
        name: found.name().unwrap_or_default().to_owned(),
        state: AccountState::parse(state),
        paths: found.paths().to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(deprecated, reason = "the older field is what is tested")]
    fn the_state_counts_and_the_older_status_is_read_where_there_is_none() {
        let state = |found: SdkAccount| account(&found, "ListAccounts").unwrap().state;
        let found = || SdkAccount::builder().id("333333333333");
        let both = found()
            .state(SdkState::PendingClosure)
            .status(SdkStatus::Active);
        assert_eq!(state(both.build()), AccountState::PendingClosure);
        let older = found().status(SdkStatus::Suspended);
        assert_eq!(state(older.build()), AccountState::Suspended);
        assert_eq!(state(found().build()), AccountState::Unknown);
    }
}
