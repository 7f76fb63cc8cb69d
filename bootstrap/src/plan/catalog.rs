//! The catalog: desired against observed.

use catalog::Catalog;

use super::central::in_order;
use super::{Part, Step};
use crate::actions::{Action, DeleteCatalog, WriteCatalog};
use crate::catalog_place::Found;
use crate::config::CatalogSettings;
use crate::desired::Desired;
use crate::observed::ObservedCatalog;
use crate::output::counted;

/// Adds to the central account's part what is to be done so that the catalog says what it should.
pub fn catalog_step(
    part: &mut Part,
    desired: &Desired,
    settings: &CatalogSettings,
    observed: &ObservedCatalog,
    wanted: Catalog,
) {
    let changes = match observed {
        Ok(Found::Nothing) => None,
        Ok(Found::Ours(there, _)) if there.says_the_same(&wanted) => return,
        Ok(Found::Ours(there, _)) => Some(differences(there, &wanted)),
        Ok(Found::Foreign(reason)) => {
            part.conflicts.push(format!(
                "the catalog {} is not written: {reason}; move it away, or name another catalog.location",
                settings.location
            ));
            return;
        }
        Err(error) => {
            part.conflicts.push(format!(
                "the catalog {} is not written: {error}",
                settings.location
            ));
            return;
        }
    };
    if let Err(error) = wanted.to_json() {
        part.conflicts.push(error.to_string());
        return;
    }
    let action = WriteCatalog {
        location: settings.location.to_string(),
        region: desired.config.central.region.clone(),
        catalog: wanted,
        changes,
    };
    part.steps
        .push(Step::new(None, Action::WriteCatalog(action)));
    in_order(part);
}

/// Adds to the central account's part that the catalog goes, if it is ours.
pub fn destroy_catalog(
    part: &mut Part,
    desired: &Desired,
    settings: &CatalogSettings,
    observed: &ObservedCatalog,
) {
    let location = settings.location.to_string();
    match observed {
        Ok(Found::Nothing) => {}
        Ok(Found::Ours(..)) => {
            let action = DeleteCatalog {
                location,
                region: desired.config.central.region.clone(),
                owner: desired.names.owner().to_owned(),
            };
            part.steps
                .push(Step::new(None, Action::DeleteCatalog(action)));
        }
        Ok(Found::Foreign(reason)) => part
            .notes
            .push(format!("left: the catalog {location}: {reason}")),
        // Without its bucket there is none.
        Err(error) if error.code() == "NoSuchBucket" => {}
        Err(error) => part.conflicts.push(format!(
            "left: the catalog {location}, since it can't be told whose it is: {error}"
        )),
    }
}

/// What is different, in numbers.
fn differences(there: &Catalog, wanted: &Catalog) -> String {
    let (before, after) = (&there.accounts, &wanted.accounts);
    let added = after.keys().filter(|id| !before.contains_key(*id)).count();
    let removed = before.keys().filter(|id| !after.contains_key(*id)).count();
    let same = |(id, account)| after.get(id).is_none_or(|other| other == account);
    let changed = before.iter().filter(|&pair| !same(pair)).count();
    let mut parts: Vec<String> = [(added, "added"), (changed, "changed"), (removed, "removed")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", counted(number, "account")))
        .collect();
    if there.flow_log_formats != wanted.flow_log_formats {
        parts.push("other formats of flow logs".to_owned());
    }
    if there.organization != wanted.organization {
        parts.push(format!("organization {}", wanted.organization.id));
    }
    parts.join(", ")
}
