//! The flow logs of an account as they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::MemberObserved;
use crate::aws::ec2::{FlowLog, Vpc};
use crate::aws::iam::Role;
use crate::aws::sessions::Session;
use crate::aws::{AwsError, all_pages};
use crate::desired::Desired;

/// What there is of flow logs in the regions that are onboarded and enabled.
#[derive(Debug, Clone, Default)]
pub struct FlowLogsObserved {
    /// By region; the error is why they can't be read there.
    pub flow_logs: BTreeMap<String, Result<Vec<FlowLog>, AwsError>>,
    /// The VPCs by region, where flow logs are to be created.
    pub vpcs: BTreeMap<String, Result<Vec<Vpc>, AwsError>>,
    /// The role by the name that we give to the role of flow logs, where it matters.
    pub role: Option<Result<Option<Role>, AwsError>>,
    /// Regions that AWS says aren't enabled, where nothing can be read.
    pub disabled_regions: Vec<String>,
}

/// Reads the flow logs of an account, as far as the configuration needs them. What can't be read keeps
/// nobody from sending.
pub async fn observe_flow_logs(
    session: &Arc<dyn Session>,
    desired: &Desired,
    member: &MemberObserved,
) -> FlowLogsObserved {
    let (config, mut observed) = (&desired.config, FlowLogsObserved::default());
    if !config.reads_flow_logs() {
        return observed;
    }
    let creates = config.flow_logs.as_ref().is_some_and(|made| made.create);
    observed.disabled_regions = member.disabled_regions.keys().cloned().collect();
    for region in member.log_groups.keys() {
        let ec2 = session.ec2(region);
        let read = all_pages(|token| ec2.flow_logs(None, token)).await;
        if creates && read.is_ok() {
            let vpcs = all_pages(|token| ec2.vpcs(token)).await;
            observed.vpcs.insert(region.clone(), vpcs);
        }
        observed.flow_logs.insert(region.clone(), read);
    }
    if config.flow_logs.is_some() {
        let role = session.iam().role(&desired.names.flow_logs_role()).await;
        observed.role = Some(role);
    }
    observed
}
