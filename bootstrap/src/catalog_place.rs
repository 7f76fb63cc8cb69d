//! Where the catalog is: an object in S3 or a file, read and written the same way.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalog::{Catalog, Location, MAX_BYTES, ReadError};

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
                Err(error) if error.kind() == ErrorKind::NotFound && has_folder(path) => {
                    return Ok(Found::Nothing);
                }
                Err(error) => return Err(of_file("reading", path, &error)),
            },
            Self::Object {
                objects,
                bucket,
                key,
            } => match objects.get(bucket, key).await.map_err(advised)? {
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
            Err(error) => Found::Foreign(unreadable(&error)),
        })
    }

    /// Writes a catalog in place of what was found there. Where the same one is there by now, from
    /// another run or from a request whose answer was lost, that is as good.
    ///
    /// # Errors
    /// When it can't be written, or something else is there by now.
    pub async fn write(&self, catalog: &Catalog, found: &Found) -> Result<(), AwsError> {
        let text = catalog
            .to_json()
            .map_err(|error| AwsError::new("the catalog", "this run", "", &error.to_string()))?;
        match self {
            Self::File(path) => {
                write_file(path, &text).map_err(|error| of_file("writing", path, &error))
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
                let sent = objects.put(bucket, key, text.into_bytes(), replaces).await;
                match sent.map_err(advised) {
                    Err(error) if error.is_outrun() => {
                        match self.look(&catalog.created_by).await? {
                            Found::Ours(there, _) if there.says_the_same(catalog) => Ok(()),
                            _ => Err(error),
                        }
                    }
                    answer => answer,
                }
            }
        }
    }

    /// Deletes the catalog of `owner` that was found there, with that `ETag`.
    ///
    /// # Errors
    /// When it can't be deleted, or something else is there by now.
    pub async fn delete(&self, owner: &str, etag: &str) -> Result<(), AwsError> {
        match self {
            Self::File(path) => match std::fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    Err(of_file("deleting", path, &error))
                }
                _ => Ok(()),
            },
            Self::Object {
                objects,
                bucket,
                key,
            } => match objects.delete(bucket, key, etag).await.map_err(advised) {
                Err(error) if error.is_outrun() => match self.look(owner).await? {
                    Found::Nothing => Ok(()),
                    _ => Err(error),
                },
                answer => answer,
            },
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

fn has_folder(path: &Path) -> bool {
    path.parent().is_some_and(Path::is_dir)
}

fn of_file(what: &str, path: &Path, error: &std::io::Error) -> AwsError {
    let operation = format!("{what} the catalog");
    let error = AwsError::new(
        &operation,
        &path.display().to_string(),
        "",
        &error.to_string(),
    );
    if has_folder(path) {
        error
    } else {
        error.advised("; create its folder, or name another catalog.location")
    }
}

/// What is there, where it is no catalog that this release can read.
fn unreadable(error: &ReadError) -> String {
    match error {
        ReadError::TooLarge => format!("it has more than {MAX_BYTES} bytes, as no catalog has"),
        ReadError::NoCatalog => "it is no catalog".to_owned(),
        ReadError::Version(version) => {
            format!(
                "it is a catalog of version {version}, which another release of bootstrap wrote"
            )
        }
        ReadError::Damaged(error) => format!("it is a damaged catalog ({error})"),
    }
}

/// An error of S3, with what to do about it.
fn advised(error: AwsError) -> AwsError {
    let remedy = match error.code() {
        "NoSuchBucket" => "; create the bucket, or name another in catalog.location",
        _ if error.is_denied() => {
            "; `bootstrap policies` prints what the access role needs (access-catalog)"
        }
        _ => "",
    };
    error.advised(remedy)
}
