//! The organization's accounts, and which of them are to send.

pub mod selection;
mod tags;
mod walk;

pub use selection::{Decision, Member, decide_all, select};
pub use tags::{AccountTags, tags_of};
pub use walk::{Walked, walk};
