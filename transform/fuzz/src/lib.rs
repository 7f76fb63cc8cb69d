//! What must hold of the function for any bytes at all.
//!
//! Each target takes bytes, makes of them what one part of the function reads, and panics where
//! something is not as it always must be. `tests/short.rs` runs all of them for a moment, and
//! `targets/` hands them to libFuzzer, which looks for new ways through the code.
#![allow(
    clippy::missing_panics_doc,
    reason = "a target's panic is what a fuzzer looks for"
)]

#[allow(clippy::unwrap_used, reason = "a test that can't go on fails")]
#[path = "../../tests/common/mod.rs"]
mod common;

mod dataset;
mod envelope;
mod event;
mod mutate;
mod payload;
mod walker;

pub use dataset::{cloudtrail, flow_log, guardduty, plain};
pub use envelope::envelope;
pub use event::event;
pub use mutate::Mutator;
pub use payload::payload;
pub use walker::walker;

/// A fuzz target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is also that of its folder in `seeds/`.
    pub name: &'static str,
    /// Folders below `transform/tests/golden` whose files are seeds too.
    pub golden: &'static [&'static str],
    /// Takes any bytes; panics where something does not hold.
    pub run: fn(&[u8]),
}

const fn target(name: &'static str, golden: &'static [&'static str], run: fn(&[u8])) -> Target {
    Target { name, golden, run }
}

/// All targets.
pub const TARGETS: [Target; 8] = [
    target("event", &[], event),
    target("payload", &[], payload),
    target("envelope", &[], envelope),
    target("cloudtrail", &["cloudtrail"], cloudtrail),
    target("guardduty", &["guardduty"], guardduty),
    target("flow_log", &["flow_logs"], flow_log),
    target("plain", &["plain"], plain),
    target("walker", &["cloudtrail", "guardduty"], walker),
];
