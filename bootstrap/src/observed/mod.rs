//! What exists, read from AWS each time; nothing is remembered between runs.

mod central;
mod member;

pub use central::{CentralObserved, ObservedCatalog, observe_central};
pub use member::{MemberObserved, ObservedGroup, observe_member};
