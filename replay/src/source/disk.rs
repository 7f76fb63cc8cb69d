//! Error objects on disk, as `aws s3 sync` brings them.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::Object;
use crate::error::Error;

const SUFFIX: &str = "replayed";

/// A file, or all files in a folder and the folders in it.
pub(super) fn list(path: &Path) -> Result<Vec<Object>, Error> {
    let failed = |source| Error::File {
        path: path.to_owned(),
        source,
    };
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        return Ok(vec![Object::Disk(path.to_owned())]);
    }
    let entries = fs::read_dir(path).map_err(failed)?;
    let paths: Result<Vec<PathBuf>, _> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.map_err(failed)?;
    paths.sort();
    let mut objects = Vec::new();
    for path in paths {
        objects.extend(list(&path)?);
    }
    Ok(objects)
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })
}

pub(super) fn is_marked(path: &Path) -> bool {
    path.extension() == Some(OsStr::new(SUFFIX))
}

/// Renames it; a file of the new name that is there already stays.
pub(super) fn mark(path: &Path) -> Result<(), Error> {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(SUFFIX);
    let marked = PathBuf::from(name);
    let failed = |source| Error::File {
        path: marked.clone(),
        source,
    };
    if marked.exists() {
        return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
    }
    fs::rename(path, &marked).map_err(failed)
}
