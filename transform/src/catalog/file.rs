//! A catalog in a file.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::Path;
use std::time::UNIX_EPOCH;

use catalog::MAX_BYTES;

use super::source::{SourceError, too_large};

/// Reads a file of at most the size of a catalog, with its tag.
pub(super) fn read(path: &Path) -> Result<(Vec<u8>, String), SourceError> {
    // Before it is opened: opening a pipe would wait for somebody to write into it.
    regular(path)?;
    let file = File::open(path)?;
    let tag = tag_of(&file.metadata()?);
    let mut json = Vec::new();
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut json)?;
    too_large(json.len())?;
    Ok((json, tag))
}

/// What changes when the file is written: its size and the time of its last change.
pub(super) fn tag(path: &Path) -> Result<String, SourceError> {
    regular(path).map(|metadata| tag_of(&metadata))
}

fn regular(path: &Path) -> Result<Metadata, SourceError> {
    let metadata = std::fs::metadata(path)?;
    if metadata.is_file() {
        Ok(metadata)
    } else {
        Err(SourceError::NoFile)
    }
}

fn tag_of(metadata: &Metadata) -> String {
    let changed = metadata.modified().ok();
    let changed = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    format!("{} {:?}", metadata.len(), changed)
}
