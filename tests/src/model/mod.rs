//! Random organizations and random changes from outside: what `bootstrap` leaves is what a model says.
//!
//! The model is a second stand-in, in which `bootstrap` never runs: it gets what others do and nothing
//! else. What is to differ after an `apply` is told from it, and `destroy` has to end with it.

mod accounts;
mod change;
mod expected;
mod log_groups;
mod member;
mod ours;
mod outside;
mod run;
mod scenario;
mod state;

pub use change::Change;
pub use run::{Figures, run};
pub use scenario::{Mode, Scenario, Trust, one_region_shut, scenarios};
