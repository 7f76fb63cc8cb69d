//! Where a catalog is: `CATALOG` of `transform`, `catalog.location` in `tributary.toml`.

use std::fmt;
use std::path::PathBuf;

/// Where a catalog is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file of this machine.
    File(PathBuf),
    /// An object in S3.
    Object {
        /// The bucket.
        bucket: String,
        /// The object's key, as it is.
        key: String,
    },
}

/// A text that is no place for a catalog.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no place of a catalog: write s3://BUCKET/KEY, the object's ARN (arn:aws:s3:::BUCKET/KEY), or a file's absolute path"
)]
pub struct LocationError(String);

impl Location {
    /// Reads `s3://BUCKET/KEY`, the ARN of an object, or an absolute path.
    ///
    /// # Errors
    /// [`LocationError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, LocationError> {
        let wrong = || LocationError(text.to_owned());
        if text.starts_with('/') {
            return Ok(Self::File(PathBuf::from(text)));
        }
        let object = match text.strip_prefix("s3://") {
            Some(object) => object,
            None => object_of_arn(text).ok_or_else(wrong)?,
        };
        let (bucket, key) = object.split_once('/').ok_or_else(wrong)?;
        if !is_bucket(bucket) || key.is_empty() || key.len() > 1024 {
            return Err(wrong());
        }
        Ok(Self::Object {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        })
    }
}

/// `BUCKET/KEY` of `arn:PARTITION:s3:::BUCKET/KEY`.
fn object_of_arn(text: &str) -> Option<&str> {
    let (partition, object) = text.strip_prefix("arn:")?.split_once(":s3:::")?;
    partition.starts_with("aws").then_some(object)
}

/// A bucket's name as it may stand in a host name: AWS, "General purpose bucket naming rules".
fn is_bucket(name: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    (3..=63).contains(&name.len()) && name.bytes().all(plain) && !name.contains("..")
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(formatter),
            Self::Object { bucket, key } => write!(formatter, "s3://{bucket}/{key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_named_by_address_or_arn_and_files_by_absolute_path() {
        let object = |bucket: &str, key: &str| {
            Ok(Location::Object {
                bucket: bucket.into(),
                key: key.into(),
            })
        };
        assert_eq!(
            Location::parse("s3://logs-1/a/b c.json"),
            object("logs-1", "a/b c.json")
        );
        assert_eq!(
            Location::parse("arn:aws-cn:s3:::logs.x/k"),
            object("logs.x", "k")
        );
        assert_eq!(
            Location::parse("/opt/catalog.json"),
            Ok(Location::File("/opt/catalog.json".into()))
        );
    }

    #[test]
    fn anything_else_is_refused_with_the_forms_that_there_are() {
        for text in [
            "catalog.json",
            "logs/catalog.json",
            "s3://logs",
            "s3://logs/",
            "s3:///key",
            "s3://Logs/key",
            "s3://a/key",
            "https://logs.s3.amazonaws.com/key",
            "arn:aws:s3:::logs",
            "arn:aws:kinesis:eu-central-1:222222222222:stream/s",
        ] {
            let message = Location::parse(text).unwrap_err().to_string();
            assert!(message.contains("s3://BUCKET/KEY"), "{text}: {message}");
        }
    }
}
