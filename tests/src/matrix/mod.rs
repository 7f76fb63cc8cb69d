//! Every call of a full run of `bootstrap`, each with every fault: after it, running again ends as
//! without it.
//!
//! Which calls there are is not written down anywhere: a run without faults is recorded first.

mod case;
mod judge;
mod organization;
mod permissions;
mod record;
mod run;
mod stage;

pub use case::{Case, Coverage, Fault, Verb, cases};
pub use organization::Setting;
pub use permissions::{LeftOut, Permitted};
pub use record::Record;
pub use run::{Figures, run_all};
