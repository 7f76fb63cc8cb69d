//! The organization's accounts, and which of them are to send.

pub mod selection;
mod walk;

pub use selection::{Decision, Member, select};
pub use walk::{Walked, walk};
