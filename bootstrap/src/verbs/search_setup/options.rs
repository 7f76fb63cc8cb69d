//! The options of `search-setup`.

use clap::Args;

use super::access::Access;
use crate::search::{Ages, Days, Endpoint, Replicas, SearchError, Wish};

/// The ages where none stand and none are asked for.
pub(super) const DEFAULT: Ages = Ages {
    warm: Days::After(7),
    delete: Days::After(90),
};

/// The options.
#[derive(Debug, Args)]
pub struct SearchSetup {
    #[command(flatten)]
    pub(super) access: Access,
    /// Also import the dashboards, into the OpenSearch Dashboards or Kibana at this address
    #[arg(long, value_name = "URL")]
    dashboards: Option<String>,
    /// Tenant of OpenSearch Dashboards to import into
    #[arg(long, value_name = "NAME", requires = "dashboards")]
    tenant: Option<String>,
    #[command(flatten)]
    ageing: Ageing,
    /// Copies of each index beside the first, or auto: one where there is a second node [default: what stands
    /// there, otherwise auto]
    #[arg(long, value_name = "NUMBER")]
    pub(super) replicas: Option<Replicas>,
    /// Only show what would be done
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Replace also what isn't ours, and what a newer version has put
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    pub(super) removal: Removal,
}

/// How old indices get.
#[derive(Debug, Args)]
struct Ageing {
    /// Days after which an index becomes warm, or never [default: what stands there, otherwise 7]
    #[arg(long, value_name = "DAYS", conflicts_with = "no_lifecycle")]
    warm_after: Option<Days>,
    /// Days after which an index is deleted, or never [default: what stands there, otherwise 90]
    #[arg(long, value_name = "DAYS", conflicts_with = "no_lifecycle")]
    delete_after: Option<Days>,
    /// Leave the lifecycle of indices to somebody else; a policy that an earlier run has put stays, and is told
    #[arg(long)]
    no_lifecycle: bool,
}

/// Taking away.
#[derive(Debug, Args)]
pub(super) struct Removal {
    /// Take away what this put there; documents stay, but a policy that an index has already goes on with it
    #[arg(long, conflicts_with_all = ["warm_after", "delete_after", "replicas"])]
    pub(super) remove: bool,
    /// With --remove: don't ask
    #[arg(long, requires = "remove")]
    pub(super) yes: bool,
}

impl SearchSetup {
    /// Whether AWS credentials are needed.
    pub fn is_signed(&self) -> bool {
        self.access.is_signed()
    }

    pub(super) fn wish(&self) -> Wish {
        if self.removal.remove {
            return Wish::Remove;
        }
        Wish::Put {
            force: self.force,
            ages_given: self.ageing.warm_after.is_some() || self.ageing.delete_after.is_some(),
        }
    }

    pub(super) fn is_forced(&self) -> bool {
        self.force
    }

    /// Whether an end of indices that nobody has named would take the place of one that can't be read.
    pub(super) fn would_make_up_an_end(&self) -> bool {
        self.force
            && self.wants_lifecycle()
            && !self.removal.remove
            && self.ageing.delete_after.is_none()
    }

    /// Whether the lifecycle of indices is ours.
    pub(super) fn wants_lifecycle(&self) -> bool {
        !self.ageing.no_lifecycle
    }

    /// The ages that are wanted, where some stand already. Warm goes where it would never come, unless it was
    /// asked for.
    ///
    /// # Errors
    /// When it was asked for and would never come.
    pub(super) fn ages(&self, standing: Option<Ages>) -> Result<Ages, SearchError> {
        let standing = standing.unwrap_or(DEFAULT);
        let ages = Ages {
            warm: self.ageing.warm_after.unwrap_or(standing.warm),
            delete: self.ageing.delete_after.unwrap_or(standing.delete),
        };
        let reachable = ages.reachable();
        match (ages.warm, ages.delete) {
            (Days::After(warm), Days::After(delete))
                if self.ageing.warm_after.is_some() && reachable != ages =>
            {
                Err(SearchError::NeverWarm { warm, delete })
            }
            _ => Ok(reachable),
        }
    }

    /// The address of Dashboards and the tenant, where they are wanted.
    pub(super) fn dashboards(&self) -> Result<Option<(Endpoint, Option<&str>)>, SearchError> {
        let url = self
            .dashboards
            .as_deref()
            .map(Endpoint::parse)
            .transpose()?;
        Ok(url.map(|url| (url, self.tenant.as_deref())))
    }
}
