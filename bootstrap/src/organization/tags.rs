//! The tags of accounts, as far as they may be read.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::aws::organizations::Organizations;
use crate::aws::{AwsError, all_pages};
use crate::bounded::bounded;
use crate::names::AccountId;

/// Tags of accounts.
#[derive(Debug, Clone, Default)]
pub struct AccountTags {
    /// By account; accounts whose tags couldn't be read are missing.
    pub read: BTreeMap<AccountId, BTreeMap<String, String>>,
    /// The first reason why some couldn't be read.
    pub failure: Option<AwsError>,
}

/// Reads the tags of these accounts, of at most `limit` at once. Where that is denied, it is for all:
/// nothing more is asked then.
pub async fn tags_of(
    organizations: &Arc<dyn Organizations>,
    accounts: Vec<AccountId>,
    limit: usize,
) -> AccountTags {
    let denied = Arc::new(AtomicBool::new(false));
    let answers = bounded(accounts, limit, |account| {
        let (organizations, denied) = (Arc::clone(organizations), Arc::clone(&denied));
        async move {
            if denied.load(Ordering::Relaxed) {
                return (account, None);
            }
            let pages = all_pages(|token| organizations.tags_of(account.clone(), token)).await;
            if pages.as_ref().is_err_and(AwsError::is_denied) {
                denied.store(true, Ordering::Relaxed);
            }
            (account, Some(pages))
        }
    });
    let mut tags = AccountTags::default();
    for (account, answer) in answers.await {
        match answer {
            Some(Ok(found)) => drop(tags.read.insert(account, found.into_iter().collect())),
            Some(Err(error)) => tags.failure = tags.failure.or(Some(error)),
            None => {}
        }
    }
    tags
}
