//! Whom the destination admits.

use serde_json::Value;

use super::Desired;
use crate::config::{ConfigError, Mode, Scope, Trust};
use crate::error::Error;
use crate::organization::Walked;
use crate::output::counted;
use crate::policies::{self, Values};

/// Longest access policy of a destination, in bytes (`PutDestinationPolicy`, accessPolicy).
pub const LONGEST_ACCESS_POLICY: usize = 5120;

/// The paths of the included units as `aws:PrincipalOrgPaths` has them: `o-…/r-…/ou-…/*`, which is every
/// account in the unit and in those under it. A unit under another one of them isn't named again.
pub fn unit_paths(organization_id: &str, include: &[Scope], walked: &Walked) -> Vec<String> {
    let units = include.iter().filter_map(|scope| match scope {
        Scope::Unit(id) => walked.unit_paths.get(id),
        Scope::Account(_) => None,
    });
    let units: Vec<_> = units.collect();
    let is_under = |unit: &[String], other: &[String]| unit != other && unit.starts_with(other);
    let mut paths: Vec<_> = units
        .iter()
        .filter(|unit| !units.iter().any(|other| is_under(unit, other)))
        .map(|unit| format!("{organization_id}/{}/*", unit.join("/")))
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

impl Desired {
    /// The access policy of the destination in `region`.
    ///
    /// # Errors
    /// When there are too many accounts or units to be named one by one.
    pub fn access_policy(&self, region: &str) -> Result<Value, Error> {
        let filters = "logs:PutSubscriptionFilter".to_owned();
        let policies = (self.config.organization.mode == Mode::Account)
            .then(|| "logs:PutAccountPolicy".to_owned());
        let values = Values::default()
            .text("destination_arn", self.names.destination_arn(region))
            .list("subscribe_actions", [filters].into_iter().chain(policies));
        let policy = match self.config.organization.trust {
            Trust::Organization => policies::DESTINATION_ORGANIZATION
                .render(&values.text("organization_id", &self.organization_id))?,
            Trust::Units => policies::DESTINATION_UNITS
                .render(&values.list("unit_paths", self.unit_paths.iter().cloned()))?,
            Trust::Accounts => {
                // Bare account ids: CloudWatch Logs refuses ARNs here.
                let accounts = self.accounts.iter().map(ToString::to_string);
                policies::DESTINATION_ACCOUNTS.render(&values.list("accounts", accounts))?
            }
        };
        let length = policy.to_string().len();
        if length > LONGEST_ACCESS_POLICY {
            return Err(self.too_long(length).into());
        }
        Ok(policy)
    }

    /// Whom the access policy admits, for people.
    pub fn admitted(&self) -> String {
        match self.config.organization.trust {
            Trust::Organization => format!("the organization {}", self.organization_id),
            Trust::Units => format!("the units {}", self.unit_paths.join(", ")),
            Trust::Accounts => counted(self.accounts.len(), "account"),
        }
    }

    fn too_long(&self, length: usize) -> ConfigError {
        let trust = self.config.organization.trust;
        let (what, remedy) = if trust == Trust::Units {
            (
                counted(self.unit_paths.len(), "included unit"),
                "include units further up, or write trust = \"organization\"",
            )
        } else {
            (
                counted(self.accounts.len(), "selected account"),
                "write trust = \"organization\"; or trust = \"units\" with the accounts' units in include; or share \
                 the accounts out among several configurations, each with a central.destination of its own onto the \
                 same stream",
            )
        };
        let problem = format!(
            "is \"{trust}\", and the {what} make an access policy of {length} bytes, of which CloudWatch Logs allows \
             {LONGEST_ACCESS_POLICY}"
        );
        ConfigError::value("organization.trust", problem, remedy)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn walked() -> Walked {
        let path = |ids: &[&str]| -> Vec<String> { ids.iter().map(|&id| id.to_owned()).collect() };
        let paths = [
            path(&["r-1"]),
            path(&["r-1", "ou-a"]),
            path(&["r-1", "ou-a", "ou-b"]),
            path(&["r-1", "ou-ab"]),
        ];
        let by_id = paths.map(|path| (path[path.len() - 1].clone(), path));
        Walked {
            accounts: Vec::new(),
            above: BTreeMap::new(),
            units: BTreeMap::new(),
            unit_paths: by_id.into(),
        }
    }

    fn paths(ids: &[&str]) -> Vec<String> {
        let scopes: Vec<_> = ids.iter().map(|&id| Scope::Unit(id.to_owned())).collect();
        unit_paths("o-1", &scopes, &walked())
    }

    #[test]
    fn a_unit_is_named_by_its_whole_path_with_everything_under_it() {
        assert_eq!(paths(&["ou-b"]), ["o-1/r-1/ou-a/ou-b/*"]);
        assert_eq!(paths(&["r-1"]), ["o-1/r-1/*"]);
    }

    #[test]
    fn a_unit_under_another_one_is_not_named_again_and_one_of_a_like_name_is() {
        let both = ["o-1/r-1/ou-a/*", "o-1/r-1/ou-ab/*"];
        assert_eq!(paths(&["ou-b", "ou-a", "ou-ab", "ou-a"]), both);
    }
}
