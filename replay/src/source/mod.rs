//! Where error objects are: a prefix in S3, or files.

mod disk;
mod s3;

use std::collections::HashMap;
use std::path::PathBuf;

use crate::error::Error;

/// A place to look for objects in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// All objects of a bucket with that prefix.
    S3 {
        /// The bucket.
        bucket: String,
        /// What the keys begin with; empty for all.
        prefix: String,
    },
    /// A file, or all files in a folder and the folders in it.
    Disk(PathBuf),
}

impl Place {
    /// Reads `s3://BUCKET/PREFIX`, or a path.
    ///
    /// # Errors
    /// In words, for an address of S3 without a bucket.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some(address) = text.strip_prefix("s3://") else {
            return Ok(Self::Disk(PathBuf::from(text)));
        };
        let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
        if bucket.is_empty() {
            return Err("write s3://BUCKET/PREFIX".to_owned());
        }
        Ok(Self::S3 {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }
}

/// An object that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// In S3.
    S3 {
        /// The bucket.
        bucket: String,
        /// Its key.
        key: String,
    },
    /// On disk.
    Disk(PathBuf),
}

impl Object {
    /// What to call it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::S3 { bucket, key } => format!("s3://{bucket}/{key}"),
            Self::Disk(path) => path.display().to_string(),
        }
    }
}

/// Lists, reads and marks objects.
#[derive(Debug)]
pub struct Source {
    s3: Option<aws_sdk_s3::Client>,
    buckets: HashMap<String, aws_sdk_s3::Client>,
}

impl Source {
    /// Asks `s3`, which may be nothing where no place is in S3.
    #[must_use]
    pub fn new(s3: Option<aws_sdk_s3::Client>) -> Self {
        Self {
            s3,
            buckets: HashMap::new(),
        }
    }

    /// The objects in `place`, in the order of their names.
    ///
    /// # Errors
    /// Where it can't be listed.
    pub async fn list(&mut self, place: &Place) -> Result<Vec<Object>, Error> {
        match place {
            Place::S3 { bucket, prefix } => {
                if let (Some(s3), false) = (&self.s3, self.buckets.contains_key(bucket)) {
                    let client = s3::in_its_region(s3, bucket).await;
                    self.buckets.insert(bucket.clone(), client);
                }
                s3::list(self.client(bucket)?, bucket, prefix).await
            }
            Place::Disk(path) => disk::list(path),
        }
    }

    /// All bytes of an object.
    ///
    /// # Errors
    /// Where it can't be read.
    pub async fn read(&self, object: &Object) -> Result<Vec<u8>, Error> {
        match object {
            Object::S3 { bucket, key } => s3::read(self.client(bucket)?, bucket, key).await,
            Object::Disk(path) => disk::read(path),
        }
    }

    /// Whether an earlier run has marked it.
    ///
    /// # Errors
    /// Where that can't be found out.
    pub async fn is_marked(&self, object: &Object) -> Result<bool, Error> {
        match object {
            Object::S3 { bucket, key } => s3::is_marked(self.client(bucket)?, bucket, key).await,
            Object::Disk(path) => Ok(disk::is_marked(path)),
        }
    }

    /// Marks an object of which every record is out.
    ///
    /// # Errors
    /// Where it can't be marked.
    pub async fn mark(&self, object: &Object) -> Result<(), Error> {
        match object {
            Object::S3 { bucket, key } => s3::mark(self.client(bucket)?, bucket, key).await,
            Object::Disk(path) => disk::mark(path),
        }
    }

    fn client(&self, bucket: &str) -> Result<&aws_sdk_s3::Client, Error> {
        let missing = || Error::Use(format!("{bucket} was not listed"));
        self.buckets.get(bucket).ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_s3_has_a_bucket_and_perhaps_a_prefix() {
        let s3 = |bucket: &str, prefix: &str| {
            Ok(Place::S3 {
                bucket: bucket.to_owned(),
                prefix: prefix.to_owned(),
            })
        };
        assert_eq!(Place::parse("s3://b/errors/x"), s3("b", "errors/x"));
        assert_eq!(Place::parse("s3://b"), s3("b", ""));
        assert!(Place::parse("s3:///x").is_err());
        assert_eq!(
            Place::parse("errors/"),
            Ok(Place::Disk(PathBuf::from("errors/")))
        );
    }
}
