//! Lists the accounts with the units that they are in.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::aws::organizations::{Account, Organizations, Unit};
use crate::aws::{AwsError, all_pages};
use crate::bounded::bounded;
use crate::names::AccountId;

/// Units that are looked into at once: Organizations takes few calls a second.
const AT_ONCE: usize = 4;

/// Every account of the organization, and where it stands.
#[derive(Debug, Clone)]
pub struct Walked {
    /// The accounts, by id.
    pub accounts: Vec<Account>,
    /// Ids of the root and units above each account, from the root down.
    pub above: BTreeMap<AccountId, Vec<String>>,
    /// Roots and units by id, with their names.
    pub units: BTreeMap<String, String>,
    /// Ids of the root and units above each root and unit, from the root down, itself the last.
    pub unit_paths: BTreeMap<String, Vec<String>>,
}

impl Walked {
    /// The units above an account as a reader knows them: `Root/Workloads/Production`.
    pub fn path_of(&self, account: &AccountId) -> String {
        self.names_above(account).join("/")
    }

    /// Names of the root and units above an account, from the root down; ids where one has no name.
    pub fn names_above(&self, account: &AccountId) -> Vec<String> {
        let ids = self
            .above
            .get(account)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let names = ids.iter().map(|id| {
            self.units
                .get(id)
                .filter(|name| !name.is_empty())
                .unwrap_or(id)
        });
        names.cloned().collect()
    }
}

/// Walks the organization from its roots down, a level at a time. The list of all accounts is asked for
/// as well: it is what counts, and an account that moves between units during the walk is still in it.
/// Where that list tells every account's path, the accounts of each unit aren't asked for.
///
/// # Errors
/// The service's, when a list can't be read.
pub async fn walk(organizations: &Arc<dyn Organizations>) -> Result<Walked, AwsError> {
    let mut accounts = all_pages(|token| organizations.accounts(token)).await?;
    accounts.sort_by(|one, other| one.id.cmp(&other.id));
    accounts.dedup_by(|one, other| one.id == other.id);
    let told = accounts.iter().all(|account| !account.paths.is_empty());
    let mut walked = Walked {
        accounts,
        above: BTreeMap::new(),
        units: BTreeMap::new(),
        unit_paths: BTreeMap::new(),
    };
    let roots = all_pages(|token| organizations.roots(token)).await?;
    let mut open: Vec<(Unit, Vec<String>)> =
        roots.into_iter().map(|root| (root, Vec::new())).collect();
    while !open.is_empty() {
        let level = bounded(open, AT_ONCE, |(unit, above)| {
            let organizations = Arc::clone(organizations);
            async move { look_into(&organizations, unit, above, !told).await }
        });
        open = Vec::new();
        for found in level.await {
            let Inside {
                unit,
                above,
                accounts,
                units,
            } = found?;
            for account in accounts {
                walked.above.insert(account.id, above.clone());
            }
            open.extend(units.into_iter().map(|unit| (unit, above.clone())));
            walked.unit_paths.insert(unit.id.clone(), above);
            walked.units.insert(unit.id, unit.name);
        }
    }
    for account in &walked.accounts {
        if let (None, Some(path)) = (walked.above.get(&account.id), account.paths.first()) {
            // o-…/r-…/ou-…/: the organization first, then the way down.
            let above = path
                .split('/')
                .skip(1)
                .filter(|part| !part.is_empty())
                .map(str::to_owned);
            walked.above.insert(account.id.clone(), above.collect());
        }
    }
    Ok(walked)
}

/// A root or unit with what is directly in it.
struct Inside {
    unit: Unit,
    /// Ids from the root down to the unit itself.
    above: Vec<String>,
    accounts: Vec<Account>,
    units: Vec<Unit>,
}

async fn look_into(
    organizations: &Arc<dyn Organizations>,
    unit: Unit,
    mut above: Vec<String>,
    accounts_too: bool,
) -> Result<Inside, AwsError> {
    above.push(unit.id.clone());
    let accounts = if accounts_too {
        all_pages(|token| organizations.accounts_of(unit.id.clone(), token)).await?
    } else {
        Vec::new()
    };
    let units = all_pages(|token| organizations.units_of(unit.id.clone(), token)).await?;
    Ok(Inside {
        unit,
        above,
        accounts,
        units,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::organizations::{AccountState, OrganizationInfo};
    use crate::aws::{Answer, Page};

    /// An organization whose every list begins with an empty page that has a token, as the service may.
    struct EmptyPagesFirst {
        /// Whether every account says its path.
        paths: bool,
    }

    fn after_an_empty_page<T: Send + 'static>(
        token: Option<&str>,
        items: Vec<T>,
    ) -> Answer<'static, Page<T>> {
        let page = match token {
            None => Page {
                items: Vec::new(),
                next: Some("second".into()),
            },
            Some("second") => Page { items, next: None },
            Some(other) => panic!("never gave out the token {other}"),
        };
        Box::pin(async move { Ok(page) })
    }

    fn account(id: &str, state: AccountState) -> Account {
        Account {
            id: AccountId::parse(id).unwrap(),
            name: format!("account {id}"),
            state,
            paths: Vec::new(),
        }
    }

    fn unit(id: &str, name: &str) -> Unit {
        Unit {
            id: id.into(),
            name: name.into(),
        }
    }

    impl Organizations for EmptyPagesFirst {
        fn organization(&self) -> Answer<'_, OrganizationInfo> {
            unreachable!("the walk doesn't ask")
        }

        fn accounts(&self, token: Option<String>) -> Answer<'_, Page<Account>> {
            let mut moving = account("444444444444", AccountState::Active);
            moving.paths = vec!["o-1/r-1/ou-1/ou-2/".into()];
            let mut suspended = account("333333333333", AccountState::Suspended);
            let mut management = account("111111111111", AccountState::Active);
            if self.paths {
                management.paths = vec!["o-1/r-1/".into()];
                suspended.paths = vec!["o-1/r-1/ou-1/ou-2/".into()];
            }
            let accounts = vec![moving, management, suspended];
            after_an_empty_page(token.as_deref(), accounts)
        }

        fn roots(&self, token: Option<String>) -> Answer<'_, Page<Unit>> {
            after_an_empty_page(token.as_deref(), vec![unit("r-1", "Root")])
        }

        fn units_of(&self, parent: String, token: Option<String>) -> Answer<'_, Page<Unit>> {
            let units = match parent.as_str() {
                "r-1" => vec![unit("ou-1", "Workloads")],
                "ou-1" => vec![unit("ou-2", "Production")],
                _ => Vec::new(),
            };
            after_an_empty_page(token.as_deref(), units)
        }

        fn accounts_of(&self, parent: String, token: Option<String>) -> Answer<'_, Page<Account>> {
            assert!(
                !self.paths,
                "the accounts of {parent} are known by their paths"
            );
            let accounts = match parent.as_str() {
                "r-1" => vec![account("111111111111", AccountState::Active)],
                "ou-2" => vec![account("333333333333", AccountState::Suspended)],
                _ => Vec::new(),
            };
            after_an_empty_page(token.as_deref(), accounts)
        }

        fn tags_of(&self, _: AccountId, _: Option<String>) -> Answer<'_, Page<(String, String)>> {
            unreachable!("the walk doesn't ask")
        }
    }

    #[tokio::test]
    async fn every_account_is_found_behind_empty_pages_with_its_units() {
        for paths in [false, true] {
            let organizations: Arc<dyn Organizations> = Arc::new(EmptyPagesFirst { paths });
            let walked = walk(&organizations).await.unwrap();
            found_with_units(&walked);
        }
    }

    fn found_with_units(walked: &Walked) {
        let seen = walked
            .accounts
            .iter()
            .map(|account| (account.id.as_str(), walked.path_of(&account.id)));
        assert_eq!(
            seen.collect::<Vec<_>>(),
            [
                ("111111111111", "Root".to_owned()),
                ("333333333333", "Root/Workloads/Production".to_owned()),
                ("444444444444", "Root/Workloads/Production".to_owned()),
            ]
        );
        assert_eq!(walked.accounts[1].state, AccountState::Suspended);
        assert_eq!(walked.unit_paths["ou-2"], ["r-1", "ou-1", "ou-2"]);
    }
}
