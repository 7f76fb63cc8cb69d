//! A sending account as it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;

use crate::aws::account_policies::AccountPolicy;
use crate::aws::iam::Role;
use crate::aws::log_groups::is_ours;
use crate::aws::logs::{Filter, LogGroup, Logs};
use crate::aws::sessions::Session;
use crate::aws::{AwsError, all_pages};
use crate::bounded::bounded;
use crate::desired::{Desired, Verdict};
use crate::names::AccountId;

/// Log groups whose filters are asked for at once, in one account and region.
const AT_ONCE: usize = 2;

/// What there is of the sender role and the filters.
#[derive(Debug, Clone, Default)]
pub struct MemberObserved {
    /// The role by the name that we give to the sender role.
    pub sender_role: Option<Role>,
    /// By region: log groups that a source wants, or that hold a filter under a name of ours.
    pub log_groups: BTreeMap<String, Vec<ObservedGroup>>,
    /// By region: log groups that a source wants, and that vanished while they were read.
    pub vanished: BTreeMap<String, Vec<String>>,
    /// By region: the account's subscription policies, whoever they belong to.
    pub account_policies: BTreeMap<String, Vec<AccountPolicy>>,
    /// Regions in which `verify --canary` left its log group, or why that can't be told of one by its name.
    pub canaries: BTreeMap<String, Result<(), AwsError>>,
    /// Regions that aren't enabled in the account, with AWS's words for it.
    pub disabled_regions: BTreeMap<String, String>,
}

/// A log group with its filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedGroup {
    /// The log group.
    pub group: LogGroup,
    /// Every subscription filter on it, whoever it belongs to.
    pub filters: Vec<Filter>,
}

/// What there is in one region.
enum ObservedRegion {
    /// Its log groups, those that vanished, its subscription policies and canary, as [`MemberObserved`] has them.
    Enabled(
        Vec<ObservedGroup>,
        Vec<String>,
        Vec<AccountPolicy>,
        Option<Result<(), AwsError>>,
    ),
    /// The account hasn't enabled it: AWS's word for it.
    Disabled(String),
}

/// Reads an account, all its regions at once. Filters are asked for on every log group that can have
/// one, so that also those are found that no source wants any more.
///
/// # Errors
/// The service's, when something can't be read.
pub async fn observe_member(
    session: &Arc<dyn Session>,
    desired: &Desired,
    account: &AccountId,
) -> Result<MemberObserved, AwsError> {
    let (iam, role) = (session.iam(), desired.names.sender_role());
    let regions = desired.config.organization.regions.iter();
    let regions = regions.map(|region| async move {
        let observed = observe_region(session, desired, account, region).await;
        (region, observed)
    });
    let (sender_role, regions) = tokio::join!(iam.role(&role), join_all(regions));
    let mut observed = MemberObserved {
        // IAM first: where it doesn't know the credentials, no region does.
        sender_role: sender_role?,
        ..MemberObserved::default()
    };
    for (region, found) in regions {
        match found? {
            ObservedRegion::Enabled(groups, vanished, policies, canary) => {
                let canary = canary.map(|canary| (region.clone(), canary));
                observed.canaries.extend(canary);
                observed.log_groups.insert(region.clone(), groups);
                observed.vanished.insert(region.clone(), vanished);
                observed.account_policies.insert(region.clone(), policies);
            }
            ObservedRegion::Disabled(code) => {
                observed.disabled_regions.insert(region.clone(), code);
            }
        }
    }
    Ok(observed)
}

async fn observe_region(
    session: &Arc<dyn Session>,
    desired: &Desired,
    account: &AccountId,
    region: &str,
) -> Result<ObservedRegion, AwsError> {
    let logs = session.logs(region);
    let mut groups = match all_pages(|token| logs.log_groups(token)).await {
        Err(error) if error.is_region_disabled() => {
            return Ok(ObservedRegion::Disabled(error.code().to_owned()));
        }
        groups => groups?,
    };
    groups.sort_by(|one, other| one.name.cmp(&other.name));
    groups.dedup_by(|one, other| one.name == other.name);
    let canary = canary_left(session, desired, (account, region), &groups).await?;
    let read = bounded(groups, AT_ONCE, |group| with_filters(logs.clone(), group)).await;
    let read = read.into_iter().collect::<Result<Vec<_>, _>>()?;
    let (read, vanished) = apart(read);
    let wanted = |group: &LogGroup| desired.verdict(account, region, group) != Verdict::Ignore;
    let vanished = vanished.into_iter().filter(wanted);
    let vanished = vanished.map(|group| group.name).collect();
    let kept = read.into_iter().filter(|found| {
        // Also one that leads elsewhere: somebody may have turned it.
        let named = |filter: &Filter| desired.names.names_filter(&filter.name);
        found.filters.iter().any(named) || wanted(&found.group)
    });
    let groups = kept.collect();
    let policies = all_pages(|token| logs.account_policies(token)).await?;
    Ok(ObservedRegion::Enabled(groups, vanished, policies, canary))
}

/// Whether a log group of ours is there by the canary's name, or why that can't be told.
async fn canary_left(
    session: &Arc<dyn Session>,
    desired: &Desired,
    (account, region): (&AccountId, &str),
    groups: &[LogGroup],
) -> Result<Option<Result<(), AwsError>>, AwsError> {
    let name = desired.names.canary_log_group();
    if !groups.iter().any(|group| group.name == name) {
        return Ok(None);
    }
    let arn = desired.names.log_group_arn(region, account, &name);
    match is_ours(&*session.log_groups(region), &arn, desired.names.owner()).await {
        Ok(ours) => Ok(ours.unwrap_or(false).then_some(Ok(()))),
        Err(error) if error.is_denied() => Ok(Some(Err(error))),
        Err(error) => Err(error),
    }
}

/// Reads the sender role and one log group of an account, and nothing else.
///
/// # Errors
/// The service's, when something can't be read.
pub async fn observe_log_group(
    session: &Arc<dyn Session>,
    desired: &Desired,
    region: &str,
    name: &str,
) -> Result<MemberObserved, AwsError> {
    let mut observed = MemberObserved {
        sender_role: session.iam().role(&desired.names.sender_role()).await?,
        ..MemberObserved::default()
    };
    let logs = session.logs(region);
    let group = match logs.log_group(name).await {
        Err(error) if error.is_region_disabled() => {
            let code = error.code().to_owned();
            observed.disabled_regions.insert(region.to_owned(), code);
            return Ok(observed);
        }
        group => group?,
    };
    let read = match group {
        Some(group) => vec![with_filters(logs, group).await?],
        None => Vec::new(),
    };
    let (found, vanished) = apart(read);
    let vanished = vanished.into_iter().map(|group| group.name).collect();
    observed.log_groups.insert(region.to_owned(), found);
    observed.vanished.insert(region.to_owned(), vanished);
    Ok(observed)
}

/// A log group with its filters, or one that vanished since it was listed.
type ReadGroup = Result<ObservedGroup, LogGroup>;

fn apart(read: Vec<ReadGroup>) -> (Vec<ObservedGroup>, Vec<LogGroup>) {
    let (mut found, mut vanished) = (Vec::new(), Vec::new());
    for group in read {
        match group {
            Ok(group) => found.push(group),
            Err(group) => vanished.push(group),
        }
    }
    (found, vanished)
}

/// Reads the filters of a log group.
async fn with_filters(logs: Arc<dyn Logs>, group: LogGroup) -> Result<ReadGroup, AwsError> {
    if group.class != "STANDARD" {
        return Ok(Ok(ObservedGroup {
            group,
            filters: Vec::new(),
        }));
    }
    match all_pages(|token| logs.filters(&group.name, token)).await {
        Ok(filters) => Ok(Ok(ObservedGroup { group, filters })),
        Err(error) if error.is_missing() => Ok(Err(group)),
        Err(error) => Err(error),
    }
}
