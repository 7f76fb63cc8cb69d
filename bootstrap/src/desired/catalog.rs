//! The catalog as it should be: every account of the organization, and the formats of flow logs.

use catalog::{Account, Catalog, FlowLogFormat, Organization};

use crate::config::{CatalogSettings, Config, Source};
use crate::organization::{AccountTags, Walked};

/// What was found out about the accounts.
pub struct FromAccounts<'a> {
    /// Which there are, and where they stand.
    pub walked: &'a Walked,
    /// Their tags.
    pub tags: &'a AccountTags,
    /// The formats of their flow logs.
    pub formats: Vec<FlowLogFormat>,
}

/// The catalog of an organization. Accounts whose tags couldn't be read keep those of the catalog
/// that is `there`.
pub fn desired_catalog(
    config: &Config,
    settings: &CatalogSettings,
    organization_id: &str,
    accounts: &FromAccounts<'_>,
    there: Option<&Catalog>,
) -> Catalog {
    let FromAccounts { walked, tags, .. } = accounts;
    let found = accounts.formats.iter().cloned();
    let accounts = walked.accounts.iter().map(|found| {
        let id = found.id.to_string();
        let before = || there?.accounts.get(&id).map(|account| account.tags.clone());
        let mut tags = match tags.read.get(&found.id) {
            Some(tags) => tags.clone(),
            None => before().unwrap_or_default(),
        };
        tags.retain(|key, _| settings.tags.contain(key));
        let account = Account {
            name: found.name.clone(),
            path: walked.names_above(&found.id),
            path_ids: walked.above.get(&found.id).cloned().unwrap_or_default(),
            tags,
        };
        (id, account)
    });
    Catalog {
        created_by: config.central.destination.clone(),
        generated_at: None,
        organization: Organization {
            id: organization_id.to_owned(),
            name: String::new(),
        },
        accounts: accounts.collect(),
        // A log group of one account says more than a glob over all.
        flow_log_formats: found.chain(formats(&config.sources)).collect(),
    }
}

/// The formats of the sources, in their order: the first source that wants a log group takes it. Sources
/// without a format stand before those with one, so that these don't take their log groups.
fn formats(sources: &[Source]) -> Vec<FlowLogFormat> {
    let last = sources
        .iter()
        .rposition(|source| source.flow_log_format.is_some());
    let counted = last.map_or(0, |last| last + 1);
    let entries = sources[..counted].iter().flat_map(|source| {
        source.log_groups.iter().map(|glob| FlowLogFormat {
            account: None,
            region: None,
            log_group: glob.as_str().to_owned(),
            format: source.flow_log_format.clone(),
        })
    });
    entries.collect()
}
