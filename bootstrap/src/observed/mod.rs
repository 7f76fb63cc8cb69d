//! What exists, read from AWS each time; nothing is remembered between runs.

mod central;
mod flow_logs;
mod made;
mod member;
mod sources;

pub use central::{CentralObserved, ObservedCatalog, observe_central};
pub use flow_logs::{FlowLogsObserved, observe_flow_logs};
pub use made::{FindingsObserved, TrailsObserved, observe_findings, observe_trails};
pub use member::{MemberObserved, ObservedGroup, observe_log_group, observe_member};
pub use sources::{Look, SourcesObserved, Whose, observe_sources};
