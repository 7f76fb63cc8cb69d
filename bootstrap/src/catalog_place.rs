//! Where the catalog is: an object in S3 or a file, read and written the same way.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalog::{Catalog, Location};

use crate::aws::AwsError;
use crate::aws::objects::Objects;
use crate::aws::sessions::Session;

/// A place that a catalog can be in.
pub enum Place {
    /// A file of this machine.
    File(PathBuf),
    /// An object.
    Object {
        /// S3.
        objects: Arc<dyn Objects>,
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
    },
}

/// What is at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A catalog that this installation wrote, with what changes when the object does.
    Ours(Box<Catalog>, String),
    /// Something else, and what it is.
    Foreign(String),
}

impl Place {
    /// The place that `location` names; S3 is asked in `region` first.
    pub fn new(location: &Location, session: &Arc<dyn Session>, region: &str) -> Self {
        match location {
            Location::File(path) => Self::File(path.clone()),
            Location::Object { bucket, key } => Self::Object {
                objects: session.objects(region),
                bucket: bucket.clone(),
                key: key.clone(),
            },
        }
    }

    /// What is there now, to the installation called `owner`.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn look(&self, owner: &str) -> Result<Found, AwsError> {
        let (body, etag) = match self {
            Self::File(path) => match std::fs::read(path) {
                Ok(body) => (body, String::new()),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
                Err(error) => return Err(of_file("read", path, &error)),
            },
            Self::Object {
                objects,
                bucket,
                key,
            } => match objects.get(bucket, key).await? {
                Some(object) => (object.body, object.etag),
                None => return Ok(Found::Nothing),
            },
        };
        Ok(match Catalog::from_json(&body) {
            Ok(found) if found.created_by == owner => Found::Ours(Box::new(found), etag),
            Ok(found) if found.created_by.is_empty() => {
                Found::Foreign("it is a catalog that somebody wrote by hand".to_owned())
            }
            Ok(found) => Found::Foreign(format!(
                "it is the catalog of another installation ({})",
                found.created_by
            )),
            Err(error) => Found::Foreign(error.to_string()),
        })
    }

    /// Writes a catalog in place of what was found there.
    ///
    /// # Errors
    /// When it can't be written, or something else is there by now.
    pub async fn write(&self, catalog: &Catalog, found: &Found) -> Result<(), AwsError> {
        let text = catalog
            .to_json()
            .map_err(|error| AwsError::new("the catalog", "this run", "", &error.to_string()))?;
        match self {
            Self::File(path) => {
                write_file(path, &text).map_err(|error| of_file("write", path, &error))
            }
            Self::Object {
                objects,
                bucket,
                key,
            } => {
                let replaces = match found {
                    Found::Ours(_, etag) => Some(etag.as_str()),
                    Found::Nothing | Found::Foreign(_) => None,
                };
                objects.put(bucket, key, text.into_bytes(), replaces).await
            }
        }
    }

    /// Deletes what is there.
    ///
    /// # Errors
    /// When it can't be deleted.
    pub async fn delete(&self) -> Result<(), AwsError> {
        match self {
            Self::File(path) => match std::fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    Err(of_file("delete", path, &error))
                }
                _ => Ok(()),
            },
            Self::Object {
                objects,
                bucket,
                key,
            } => objects.delete(bucket, key).await,
        }
    }
}

/// Whoever reads the file meanwhile reads the old one or the new one.
fn write_file(path: &Path, text: &str) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, path).inspect_err(|_| {
        let _ = std::fs::remove_file(&beside);
    })
}

fn of_file(what: &str, path: &Path, error: &std::io::Error) -> AwsError {
    AwsError::new(what, &path.display().to_string(), "", &error.to_string())
}
