//! The catalog's part of a plan, once the accounts are read.

use std::collections::BTreeMap;

use super::Read;
use crate::catalog_place::Found;
use crate::context::{Context, Situation};
use crate::desired::{AccountFormats, FromAccounts, desired_catalog, observed_formats};
use crate::names::AccountId;
use crate::observed::ObservedCatalog;
use crate::organization::{AccountTags, Member, tags_of};
use crate::output::counted;
use crate::plan::{Part, catalog_step};

/// What is to be done about the catalog, where one is configured and the account can be worked in.
pub(super) async fn plan_catalog(
    context: &Context,
    situation: &Situation,
    found: &ObservedCatalog,
    read: &[(Member, Option<Read>)],
    part: &mut Part,
) {
    let desired = &situation.desired;
    let (Some(settings), None) = (&desired.config.catalog, part.failure()) else {
        return;
    };
    let tags = if settings.tags.are_none() {
        AccountTags::default()
    } else {
        let accounts = situation.walked.accounts.iter();
        let accounts = accounts.map(|account| account.id.clone()).collect();
        tags_of(&context.organizations, accounts, context.concurrency).await
    };
    if let Some(failure) = &tags.failure {
        part.notes.push(format!(
            "tags of accounts can't be read, the catalog keeps those that it has: {failure}; `bootstrap policies` \
             prints what the caller needs, and catalog.tags = [] goes without"
        ));
    }
    let there = match found {
        Ok(Found::Ours(there, _)) => Some(&**there),
        _ => None,
    };
    let accounts = situation.walked.accounts.iter();
    let formats = observed_formats(
        &desired.config,
        &formats_of(situation, read, part),
        accounts.map(|account| &account.id),
        there,
    );
    let wanted = desired_catalog(
        &desired.config,
        settings,
        desired.organization_id(),
        &FromAccounts {
            walked: &situation.walked,
            tags: &tags,
            formats,
        },
        there,
    );
    catalog_step(part, desired, settings, found, wanted);
}

/// The formats of flow logs in the accounts that were read; a note where some can't be.
fn formats_of(
    situation: &Situation,
    read: &[(Member, Option<Read>)],
    part: &mut Part,
) -> BTreeMap<AccountId, AccountFormats> {
    let (mut formats, mut failures) = (BTreeMap::new(), Vec::new());
    for (member, answer) in read {
        let Some(Ok((_, observed))) = answer else {
            continue;
        };
        let mut regions = observed.flow_logs.flow_logs.values();
        failures.extend(regions.find_map(|read| read.as_ref().err()));
        if observed.flow_logs.flow_logs.values().any(Result::is_ok) {
            let made = AccountFormats::new(&situation.desired.config, &observed.flow_logs);
            formats.insert(member.account.clone(), made);
        }
    }
    let first = failures.first();
    if let Some(first) = first.filter(|_| situation.desired.config.needs_formats()) {
        part.notes.push(format!(
            "formats of flow logs can't be read in {}, the catalog keeps those that it has: {first}; `bootstrap \
             policies` prints what the access role needs (access-flow-logs)",
            counted(failures.len(), "account")
        ));
    }
    formats
}
