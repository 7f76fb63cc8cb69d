//! The rule for GuardDuty's findings and the organization's trails, as they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::MemberObserved;
use crate::aws::events::Rule;
use crate::aws::iam::Role;
use crate::aws::log_groups::ResourcePolicy;
use crate::aws::sessions::Session;
use crate::aws::trails::Trail;
use crate::aws::{AwsError, all_pages};
use crate::desired::Desired;
use crate::names::AccountId;

/// What there is of the rule in one region.
#[derive(Debug, Clone, Default)]
pub struct FindingsObserved {
    /// The rule by the name that we give it.
    pub rule: Option<Rule>,
    /// Every resource policy of CloudWatch Logs.
    pub policies: Vec<ResourcePolicy>,
}

/// What there is of trails.
#[derive(Debug, Clone, Default)]
pub struct TrailsObserved {
    /// The organization's trails.
    pub trails: Vec<Trail>,
    /// The role by the name that we give to the trail's role, where it matters.
    pub role: Option<Role>,
}

/// By region, what there is of the rule in the account that should have it; nothing in others. The error
/// is why it can't be read.
pub async fn observe_findings(
    session: &Arc<dyn Session>,
    desired: &Desired,
    account: &AccountId,
    member: &MemberObserved,
) -> BTreeMap<String, Result<FindingsObserved, AwsError>> {
    let mut observed = BTreeMap::new();
    let settings = desired.config.guardduty.as_ref();
    let Some(settings) = settings.filter(|settings| settings.account == *account) else {
        return observed;
    };
    let enabled = |region: &&String| member.log_groups.contains_key(*region);
    for region in settings.regions.iter().filter(enabled) {
        let read = findings(session, desired, region).await;
        observed.insert(region.clone(), read);
    }
    observed
}

async fn findings(
    session: &Arc<dyn Session>,
    desired: &Desired,
    region: &str,
) -> Result<FindingsObserved, AwsError> {
    let (groups, events) = (session.log_groups(region), session.events(region));
    Ok(FindingsObserved {
        rule: events.rule(&desired.names.finding_rule()).await?,
        policies: all_pages(|token| groups.resource_policies(token)).await?,
    })
}

/// The organization's trails, as the management account sees them, where the configuration wants to know.
/// The error is why they can't be read.
pub async fn observe_trails(
    session: &Arc<dyn Session>,
    desired: &Desired,
) -> Option<Result<TrailsObserved, AwsError>> {
    if !desired.config.asks_for_trails() {
        return None;
    }
    // A trail of all regions is seen in each of them.
    let region = desired.config.organization.regions.first()?;
    Some(trails(session, desired, region).await)
}

async fn trails(
    session: &Arc<dyn Session>,
    desired: &Desired,
    region: &str,
) -> Result<TrailsObserved, AwsError> {
    let mut trails = session.trails(region).trails().await?;
    trails.retain(|trail| trail.of_organization);
    let role = match &desired.config.cloudtrail {
        Some(_) => session.iam().role(&desired.names.trail_role()).await?,
        None => None,
    };
    Ok(TrailsObserved { trails, role })
}
