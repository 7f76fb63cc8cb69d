//! What exists, read from AWS each time; nothing is remembered between runs.

mod central;
mod flow_logs;
mod member;
mod sources;

pub use central::{CentralObserved, ObservedCatalog, observe_central};
pub use flow_logs::{FlowLogsObserved, observe_flow_logs};
pub use member::{MemberObserved, ObservedGroup, observe_log_group, observe_member};
pub use sources::{SourcesObserved, observe_sources};
