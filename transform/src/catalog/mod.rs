//! Account names and flow-log formats out of the catalog that `bootstrap` writes.
//!
//! The catalog makes documents better and nothing depends on it: it is read when the first event
//! needs it, kept, and read again now and then; while it can't be read, documents go out without
//! names, or with those of the last one, and the log and the metrics say so.

mod file;
mod keeper;
mod names;
mod s3;
mod s3_request;
mod source;

use std::path::Path;

use catalog::{Catalog, ReadError};
pub use catalog::{Location, LocationError};

use crate::flow_logs::CatalogFormats;

pub use keeper::{Keeper, State};
pub use names::{Named, Names};
pub use source::SourceError;

/// A catalog, made ready for documents.
#[derive(Debug, Default)]
pub struct Prepared {
    /// What is known of accounts.
    pub names: Names,
    /// Formats of flow logs.
    pub formats: CatalogFormats,
    /// What had to be left out, and why.
    pub problems: Vec<String>,
}

impl Prepared {
    /// Prepares a catalog's JSON.
    ///
    /// # Errors
    /// [`ReadError`] where it is no catalog.
    pub fn from_json(json: &[u8]) -> Result<Self, ReadError> {
        let mut catalog = Catalog::from_json(json)?;
        let (formats, mut problems) =
            CatalogFormats::new(std::mem::take(&mut catalog.flow_log_formats));
        let (names, of_names) = Names::new(&catalog);
        problems.extend(of_names);
        Ok(Self {
            names,
            formats,
            problems,
        })
    }

    /// Reads the catalog in a file, and waits for it.
    ///
    /// # Errors
    /// [`SourceError`] where the file can't be read or is no catalog.
    pub fn from_file(path: &Path) -> Result<Self, SourceError> {
        let (json, _) = file::read(path)?;
        Ok(Self::from_json(&json)?)
    }
}
