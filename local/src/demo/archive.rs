//! Reads the bucket back: the archive's documents, the error records; and keeps copies to look at.

use super::arrivals::Arrivals;
use super::deploy::BUCKET;
use super::pipeline::{ARCHIVE_PREFIX, ERROR_PREFIX};
use crate::aws::Aws;
use crate::firehose::error_record::ErrorRecord;
use crate::resources::Object;
use anyhow::Context;
use flate2::read::MultiGzDecoder;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// What the bucket holds.
#[derive(Debug, Default)]
pub struct Archive {
    /// The documents.
    pub documents: Arrivals,
    /// The error records, each with the prefix it lies under.
    pub errors: Vec<(String, ErrorRecord)>,
    /// Objects of documents.
    pub objects: usize,
    /// Their bytes, compressed.
    pub bytes: usize,
}

/// Reads all objects of `account`'s bucket, and writes them to `archive` and `errors` in `folder`.
///
/// # Errors
/// When an object can't be read or copied, or holds what it shouldn't.
pub async fn read(aws: &Aws, account: &str, folder: &Path) -> anyhow::Result<Archive> {
    let mut archive = Archive::default();
    for (prefix, copies) in [(ARCHIVE_PREFIX, "archive"), (ERROR_PREFIX, "errors")] {
        let copies = folder.join(copies);
        empty(&copies)?;
        for object in aws.objects(account, BUCKET, prefix).await? {
            copy(
                &copies,
                object.key.trim_start_matches(prefix),
                &object.bytes,
            )?;
            if prefix == ARCHIVE_PREFIX {
                archive.objects += 1;
                archive.bytes += object.bytes.len();
                documents(&object, &mut archive.documents)?;
            } else {
                errors(&object, &mut archive.errors)?;
            }
        }
    }
    Ok(archive)
}

/// An archive object is gzip members one after the other; each holds whole lines.
fn documents(object: &Object, into: &mut Arrivals) -> anyhow::Result<()> {
    for line in BufReader::new(MultiGzDecoder::new(object.bytes.as_slice())).split(b'\n') {
        let line = line.with_context(|| format!("{} is no gzip", object.key))?;
        into.add(&line)
            .with_context(|| format!("{} holds a line that is no document", object.key))?;
    }
    Ok(())
}

fn errors(object: &Object, into: &mut Vec<(String, ErrorRecord)>) -> anyhow::Result<()> {
    let kind = object
        .key
        .trim_start_matches(ERROR_PREFIX)
        .split('/')
        .next()
        .unwrap_or_default();
    for line in object
        .bytes
        .split(|&b| b == b'\n')
        .filter(|line| !line.is_empty())
    {
        let record = serde_json::from_slice(line)
            .with_context(|| format!("{} holds no error record", object.key))?;
        into.push((kind.to_owned(), record));
    }
    Ok(())
}

fn empty(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("could not empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))
}

fn copy(folder: &Path, key: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let path = folder.join(key);
    let parent = path.parent().unwrap_or(folder);
    fs::create_dir_all(parent)
        .and_then(|()| fs::write(&path, bytes))
        .with_context(|| format!("could not write {}", path.display()))
}
