//! Organizations: accounts in a tree of units, listed in pages.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::pages::page;
use super::unknown;
use crate::cloud::answer::Answered;
use crate::cloud::build::ACCESS_ROLE;
use crate::cloud::call::Call;
use crate::cloud::refusal::Refusal;
use crate::cloud::world::World;

/// Most that one page holds.
const PAGE: usize = 20;

/// The organization.
#[derive(Debug, Clone)]
pub(in crate::cloud) struct Organization {
    /// `o-…`
    pub id: String,
    /// The account that pays and rules.
    pub management: String,
    /// The root's id.
    pub root: String,
    /// Units by id.
    pub units: BTreeMap<String, Unit>,
    /// Accounts by id.
    pub accounts: BTreeMap<String, Account>,
    /// Accounts beside the management account that may list.
    pub delegated: Vec<String>,
}

/// An organizational unit.
#[derive(Debug, Clone)]
pub(in crate::cloud) struct Unit {
    pub name: String,
    pub parent: String,
}

/// An account.
#[derive(Debug, Clone)]
pub(in crate::cloud) struct Account {
    pub name: String,
    pub parent: String,
    /// `ACTIVE`, `SUSPENDED`, …
    pub state: String,
    pub tags: BTreeMap<String, String>,
}

impl Organization {
    /// `o-…/r-…/ou-…/…/` down to a root or unit.
    fn path_of_unit(&self, id: &str) -> String {
        match self.units.get(id) {
            Some(unit) => format!("{}{id}/", self.path_of_unit(&unit.parent)),
            None => format!("{}/{}/", self.id, self.root),
        }
    }

    /// The path down to an account, as `aws:PrincipalOrgPaths` and `Paths` have it; nothing for an
    /// account of another organization.
    pub(in crate::cloud) fn path_of(&self, account: &str) -> Option<String> {
        let account = self.accounts.get(account)?;
        Some(self.path_of_unit(&account.parent))
    }

    pub(in crate::cloud) fn dump(&self, dump: &mut BTreeMap<String, String>) {
        for (id, account) in &self.accounts {
            let path = self.path_of(id).unwrap_or_default();
            let Account {
                name, state, tags, ..
            } = account;
            dump.insert(
                format!("{id} account"),
                format!("{name} {state} {path} {tags:?}"),
            );
        }
        for (id, unit) in &self.units {
            dump.insert(
                format!("unit {id}"),
                format!("{} {}", unit.name, unit.parent),
            );
        }
    }

    fn shown(&self, id: &str, account: &Account) -> Value {
        json!({
            "Id": id,
            "Arn": format!("arn:aws:organizations::{}:account/{}/{id}", self.management, self.id),
            "Name": account.name,
            "Email": format!("{id}@example.com"),
            "State": account.state,
            "Paths": [self.path_of_unit(&account.parent)],
            "JoinedMethod": "CREATED",
        })
    }

    fn is_parent(&self, id: &str) -> bool {
        id == self.root || self.units.contains_key(id)
    }
}

pub(super) fn answer(world: &mut World, call: &Call) -> Answered {
    let empty_first = world.settings.empty_first_pages;
    let organization = &mut world.organization;
    if !organization.accounts.contains_key(&call.account) {
        return Err(Refusal::new(
            "AWSOrganizationsNotInUseException",
            "Your account is not a member of an organization.",
        ));
    }
    if call.operation == "DescribeOrganization" {
        return Ok(json!({"Organization": {
            "Id": organization.id,
            "MasterAccountId": organization.management,
            "FeatureSet": "ALL",
        }}));
    }
    if call.account != organization.management && !organization.delegated.contains(&call.account) {
        return Err(Refusal::new(
            "AccessDeniedException",
            "You don't have permissions to access this resource.",
        ));
    }
    match call.operation.as_str() {
        "CloseAccount" | "MoveAccount" => change(organization, call),
        "CreateAccount" | "CreateOrganizationalUnit" => create(world, call),
        "RemoveAccountFromOrganization" => {
            let gone = organization.accounts.remove(call.text("AccountId")?);
            gone.map(|_| Value::Null).ok_or_else(no_account)
        }
        _ => list(organization, call, empty_first),
    }
}

fn list(organization: &Organization, call: &Call, empty_first: bool) -> Answered {
    let (name, items) = listed(organization, call)?;
    let size = usize::try_from(call.number("MaxResults").unwrap_or(20)).unwrap_or(0);
    if !(1..=PAGE).contains(&size) {
        let message = "You provided a value for MaxResults that is out of range.";
        return Err(Refusal::new("InvalidInputException", message));
    }
    if empty_first && call.optional("NextToken").is_none() {
        return Ok(json!({name: [], "NextToken": "0"}));
    }
    let (items, next) = page(items, call.optional("NextToken"), size)?;
    let items: Vec<_> = items.into_iter().map(|show| show()).collect();
    Ok(json!({name: items, "NextToken": next}))
}

/// Shows an item, once it is known to be on the page.
type Show<'a> = Box<dyn Fn() -> Value + 'a>;

/// The list's name in the answer, and its items.
fn listed<'a>(
    organization: &'a Organization,
    call: &Call,
) -> Result<(&'static str, Vec<Show<'a>>), Refusal> {
    let accounts = |parent: Option<&str>| -> Vec<Show<'a>> {
        let all = organization.accounts.iter();
        let found = all.filter(|(_, account)| parent.is_none_or(|parent| account.parent == parent));
        let show = |(id, account): (&'a String, &'a Account)| {
            Box::new(move || organization.shown(id, account)) as Show<'a>
        };
        found.map(show).collect()
    };
    Ok(match call.operation.as_str() {
        "ListAccounts" => ("Accounts", accounts(None)),
        "ListAccountsForParent" => ("Accounts", accounts(Some(parent(organization, call)?))),
        "ListRoots" => {
            let root = || json!({"Id": organization.root, "Name": "Root"});
            ("Roots", vec![Box::new(root)])
        }
        "ListOrganizationalUnitsForParent" => {
            let parent = parent(organization, call)?;
            let all = organization.units.iter();
            let found = all.filter(|(_, unit)| unit.parent == parent);
            let show = |(id, unit): (&'a String, &'a Unit)| {
                let path = organization.path_of_unit(id);
                Box::new(move || json!({"Id": id, "Name": unit.name, "Path": path})) as Show<'a>
            };
            ("OrganizationalUnits", found.map(show).collect())
        }
        "ListTagsForResource" => {
            let found = organization.accounts.get(call.text("ResourceId")?);
            let missing = || Refusal::new("TargetNotFoundException", "We can't find that account.");
            let tags = found.ok_or_else(missing)?.tags.iter();
            let show = |(key, value): (&'a String, &'a String)| {
                Box::new(move || json!({"Key": key, "Value": value})) as Show<'a>
            };
            ("Tags", tags.map(show).collect())
        }
        _ => return Err(unknown(call)),
    })
}

/// Makes an account in the root, with its access role at once, or a unit.
fn create(world: &mut World, call: &Call) -> Answered {
    let organization = &mut world.organization;
    if call.operation == "CreateAccount" {
        let id = format!("9{:011}", organization.accounts.len());
        let account = Account {
            name: call.text("AccountName")?.to_owned(),
            parent: organization.root.clone(),
            state: "ACTIVE".to_owned(),
            tags: BTreeMap::new(),
        };
        organization.accounts.insert(id.clone(), account);
        let role = call.optional("RoleName").unwrap_or(ACCESS_ROLE);
        world.roles.add_access_role(&id, role, &call.account);
        return Ok(
            json!({"CreateAccountStatus": {"Id": "car-1", "State": "SUCCEEDED", "AccountId": id}}),
        );
    }
    let unit = Unit {
        name: call.text("Name")?.to_owned(),
        parent: parent(organization, call)?.to_owned(),
    };
    let id = format!("ou-exam-{:08}", organization.units.len() + 1);
    organization.units.insert(id.clone(), unit);
    Ok(json!({"OrganizationalUnit": {"Id": id}}))
}

/// The parent that the call names, if there is one.
fn parent<'a>(organization: &Organization, call: &'a Call) -> Result<&'a str, Refusal> {
    let parent = call.text("ParentId")?;
    if organization.is_parent(parent) {
        return Ok(parent);
    }
    let message = "We can't find a root or OU with that id.";
    Err(Refusal::new("ParentNotFoundException", message))
}

fn no_account() -> Refusal {
    Refusal::new(
        "AccountNotFoundException",
        "We can't find an account with that id.",
    )
}

fn change(organization: &mut Organization, call: &Call) -> Answered {
    let to = match call.operation.as_str() {
        "MoveAccount" => Some(call.text("DestinationParentId")?),
        _ => None,
    };
    if to.is_some_and(|parent| !organization.is_parent(parent)) {
        return Err(Refusal::new(
            "DestinationParentNotFoundException",
            "We can't find the destination container.",
        ));
    }
    let account = organization.accounts.get_mut(call.text("AccountId")?);
    let account = account.ok_or_else(no_account)?;
    match to {
        Some(parent) => parent.clone_into(&mut account.parent),
        None => "SUSPENDED".clone_into(&mut account.state),
    }
    Ok(Value::Null)
}
