//! The flow logs of an account as they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::aws::ec2::FlowLog;
use crate::aws::sessions::Session;
use crate::aws::{AwsError, all_pages};
use crate::desired::Desired;

/// What there is of flow logs in the regions that are onboarded.
#[derive(Debug, Clone, Default)]
pub struct FlowLogsObserved {
    /// By region; the error is why they can't be read there.
    pub flow_logs: BTreeMap<String, Result<Vec<FlowLog>, AwsError>>,
}

/// Reads the flow logs of an account, as far as the configuration needs them. What can't be read keeps
/// nobody from sending.
pub async fn observe_flow_logs(session: &Arc<dyn Session>, desired: &Desired) -> FlowLogsObserved {
    let mut observed = FlowLogsObserved::default();
    if !desired.config.reads_flow_logs() {
        return observed;
    }
    for region in &desired.config.organization.regions {
        let ec2 = session.ec2(region);
        let read = all_pages(|token| ec2.flow_logs(None, token)).await;
        observed.flow_logs.insert(region.clone(), read);
    }
    observed
}
