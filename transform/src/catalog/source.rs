//! Where a catalog is read from, and what can go wrong there.

use std::path::PathBuf;

use catalog::{MAX_BYTES, ReadError};

use super::s3::Object;
use super::{Location, file};

/// A catalog's place, with what is needed to read it again.
#[derive(Debug)]
pub(super) enum Source {
    File(PathBuf),
    Object(Box<Object>),
}

/// What a place holds.
pub(super) enum Content {
    /// The same as when it had the tag that was given.
    Unchanged,
    /// A catalog's JSON, and the tag by which a change is known.
    New { json: Vec<u8>, tag: Option<String> },
}

/// Why a catalog couldn't be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file can't be read.
    #[error("the file can't be read: {0}")]
    File(std::io::Error),
    /// Not a file.
    #[error("it is no regular file: name the file that bootstrap writes")]
    NoFile,
    /// A variable that Lambda sets is missing.
    #[error("{0}")]
    Environment(String),
    /// The way to S3 is closed.
    #[error(
        "S3 can't be reached ({0}): check the function's network; inside a VPC it needs a gateway endpoint for S3"
    )]
    Unreachable(String),
    /// There is no such object.
    #[error("{0}: let `bootstrap apply` write it, or correct CATALOG")]
    Missing(String),
    /// The function may not read it, or it isn't there.
    #[error(
        "{0}: the function's role needs s3:GetObject on the object, and kms:Decrypt on its key where it is encrypted with one of yours (S3 says the same of an object that isn't there)"
    )]
    Denied(String),
    /// Another answer of S3.
    #[error("S3 answers with {0}")]
    Answer(String),
    /// It took too long.
    #[error("no answer within {0} ms")]
    TooSlow(u128),
    /// What was read is no catalog.
    #[error(transparent)]
    Catalog(#[from] ReadError),
}

impl From<std::io::Error> for SourceError {
    fn from(error: std::io::Error) -> Self {
        Self::File(error)
    }
}

impl Source {
    pub(super) fn new(location: Location) -> Self {
        match location {
            Location::File(path) => Self::File(path),
            Location::Object { bucket, key } => Self::Object(Box::new(Object::new(bucket, key))),
        }
    }

    /// Reads the catalog, unless it is still the one with this tag.
    pub(super) async fn read(&mut self, tag: Option<&str>) -> Result<Content, SourceError> {
        match self {
            Self::File(path) => {
                let (path, known) = (path.clone(), tag.map(str::to_owned));
                // A file on a network can hang; the reading of it may, the function may not.
                let read = tokio::task::spawn_blocking(move || match known {
                    Some(known) if file::tag(&path)? == known => Ok(Content::Unchanged),
                    _ => file::read(&path).map(|(json, tag)| Content::New {
                        json,
                        tag: Some(tag),
                    }),
                });
                read.await
                    .unwrap_or_else(|error| Err(std::io::Error::other(error).into()))
            }
            Self::Object(object) => object.read(tag).await,
        }
    }
}

/// The error of more bytes than a catalog has.
pub(super) fn too_large(bytes: usize) -> Result<(), SourceError> {
    if bytes > MAX_BYTES {
        return Err(ReadError::TooLarge.into());
    }
    Ok(())
}
