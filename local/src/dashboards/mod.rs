//! The dashboards: `dashboards/saved-objects/source` holds one readable file for each, and
//! [`ndjson`] makes of them the saved objects that OpenSearch Dashboards imports.
//!
//! What is asked of the search server is read back out of the saved objects ([`read`],
//! [`request`]), as Dashboards does it: so that tests and the picture show what users will get.

mod aggregations;
pub mod answer;
mod grid;
mod objects;
mod other;
pub mod picture;
pub mod read;
pub mod request;
pub mod source;
mod vis_state;

use crate::layout::project_root;
use anyhow::Context;
use std::fs;
use std::path::PathBuf;

pub use answer::{Answer, Row};
pub use read::{Board, Panel, SavedObjects};

/// The committed saved objects.
#[must_use]
pub fn file() -> PathBuf {
    project_root().join("dashboards/saved-objects/tributary.ndjson")
}

/// The committed saved objects, read back.
///
/// # Errors
/// When the file is missing, or no saved objects.
pub fn committed() -> anyhow::Result<SavedObjects> {
    let file = file();
    let text =
        fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))?;
    SavedObjects::parse(&text)
}

/// The committed dashboards, read back.
///
/// # Errors
/// When the file is missing, or one of them isn't as Dashboards wants it.
pub fn boards() -> anyhow::Result<Vec<Board>> {
    committed()?.boards()
}

/// The saved objects that the sources make, one JSON object a line.
///
/// # Errors
/// When a source can't be read, with its name, or a panel can't be made of it.
pub fn ndjson() -> anyhow::Result<String> {
    let sources = source::Sources::load()?;
    let mut text = String::new();
    for object in objects::of(&sources)? {
        text += &object.to_string();
        text.push('\n');
    }
    Ok(text)
}
