//! The lifecycle of indices: how old they are to get, and what to say of it.

use super::options::SearchSetup;
use crate::output::counted;
use crate::search::{Ages, Client, Days, Dialect, Found, Object, POLICY, SearchError, State, find};

/// The policy of ours that is put, or stands there.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Whether one of ours stood there before.
    pub stood: bool,
    /// Its ages; nothing where somebody gave it another shape.
    pub ages: Option<Ages>,
}

/// The ages that are asked for, otherwise those that stand there; nothing where nobody wants our policy and
/// none stands there.
///
/// Of a policy that is to be replaced by force, the ages are kept whoever wrote it: indices would be deleted
/// that somebody meant to keep.
pub async fn ages(
    options: &SearchSetup,
    client: &Client,
    dialect: &Dialect,
    policy: &Object,
    notes: &mut Vec<String>,
) -> Result<Option<Ages>, SearchError> {
    let wanted = options.wants_lifecycle();
    if !wanted && options.access.is_serverless() {
        // It has no policies to ask for.
        return Ok(None);
    }
    let found = match find(client, dialect, policy).await {
        // There is nothing to take away, and nothing that goes on.
        Err(SearchError::NoLifecycle { .. }) if options.removal.remove || !wanted => {
            return Ok(None);
        }
        Err(SearchError::Denied { .. }) if !wanted => {
            notes.push(format!(
                "! Whether a policy {POLICY} of an earlier run stands there, and deletes indices all the same, can't \
                 be seen: the server answers 403 to GET {}.",
                policy.path(dialect)
            ));
            return Ok(None);
        }
        found => found?,
    };
    if !wanted && !matches!(found.state, State::Ours { .. }) {
        return Ok(None);
    }
    let standing = heeded(options, found);
    let ages = standing
        .as_ref()
        .and_then(|policy| Ages::of(dialect.product, policy));
    if standing.is_some() && ages.is_none() && options.would_make_up_an_end() {
        return Err(SearchError::NoAges {
            url: client.url().to_owned(),
            path: policy.path(dialect),
        });
    }
    options.ages(ages).map(Some)
}

/// What stands there, as far as what it says goes on: where it has our mark, or is replaced by force.
pub fn heeded(options: &SearchSetup, found: Found) -> Option<serde_json::Value> {
    let ours = matches!(found.state, State::Ours { .. });
    found.content.filter(|_| ours || options.is_forced())
}

/// What becomes of indices now that all is done.
pub fn note(options: &SearchSetup, dialect: &Dialect, policy: Option<Policy>) -> Option<String> {
    let (remove, wanted) = (options.removal.remove, options.wants_lifecycle());
    match policy {
        Some(policy) if !wanted => Some(goes_on(dialect, policy.ages)),
        Some(policy) if remove => policy.stood.then(|| taken_away(dialect)),
        Some(policy) => Some(format!("{}; {}.", how_old(policy.ages), whom(dialect))),
        None if remove => None,
        None => Some(
            "No lifecycle (--no-lifecycle): indices stay until somebody deletes them.".to_owned(),
        ),
    }
}

fn how_old(ages: Option<Ages>) -> String {
    let Some(ages) = ages else {
        return format!(
            "When an index becomes warm or is deleted is what somebody has made of the policy {POLICY}"
        );
    };
    let days = |age, doing: &str| match age {
        Days::After(days) => format!("{doing} {} after it is made", counted(days as usize, "day")),
        Days::Never => format!("never {doing}"),
    };
    format!(
        "An index is {} and {}",
        days(ages.warm, "warm"),
        days(ages.delete, "deleted")
    )
}

fn whom(dialect: &Dialect) -> &'static str {
    if dialect.policy_names_indices() {
        "indices that are there already keep the policy that they began with"
    } else {
        "this holds for indices that are there already too"
    }
}

/// A policy that nobody wants any more, and that isn't ours to take away by the way: indices would stay that
/// somebody relies on being deleted.
fn goes_on(dialect: &Dialect, ages: Option<Ages>) -> String {
    let off = dialect.lifecycle_off;
    if dialect.policy_names_indices() {
        let path = dialect.lifecycle_path;
        format!(
            "! The policy {POLICY} of an earlier run stands there and goes on, for new indices too, whatever \
             --no-lifecycle says. {}. To end that: DELETE {path}/{POLICY}, then {off} for the indices that have it \
             (docs/search.md has their names), and run this again.",
            how_old(ages)
        )
    } else {
        format!(
            "! The policy {POLICY} of an earlier run goes on for the indices that have it; those that are made from \
             now on stay until somebody deletes them (--no-lifecycle). To take it off the others: {off} \
             (docs/search.md has their names)."
        )
    }
}

fn taken_away(dialect: &Dialect) -> String {
    format!(
        "Indices that are there keep the policy that they have: it goes on making them warm and deleting them. To \
         keep them: {} (docs/search.md has their names).",
        dialect.lifecycle_off
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Product;

    #[test]
    fn a_policy_that_goes_on_is_told_with_what_ends_it_in_either_product() {
        let ages = Some(Ages {
            warm: Days::Never,
            delete: Days::After(1),
        });
        let opensearch = goes_on(Product::Opensearch.dialect(), ages);
        for words in [
            "An index is never warm and deleted 1 day after it is made.",
            "DELETE _plugins/_ism/policies/tributary, then POST _plugins/_ism/remove/INDEX",
        ] {
            assert!(opensearch.contains(words), "{words}: {opensearch}");
        }
        let elasticsearch = goes_on(Product::Elasticsearch.dialect(), ages);
        assert!(
            elasticsearch.contains("POST INDEX/_ilm/remove") && !elasticsearch.contains("DELETE"),
            "{elasticsearch}"
        );
    }
}
