//! S3: single objects, written only over what was seen before.

use std::error::Error;
use std::fmt::Debug;
use std::time::SystemTime;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Region;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;

use super::{Answer, AwsError, Page};

/// What `bootstrap` asks of S3.
pub trait Objects: Send + Sync {
    /// The object, if there is one under that key.
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str) -> Answer<'a, Option<Object>>;
    /// A page of what lies right under a prefix: objects, and folders, which end with `/`.
    fn list<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        token: Option<String>,
    ) -> Answer<'a, Page<Listed>>;
    /// Writes an object in place of the one with that `ETag`; without one, only where there is none.
    fn put<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        body: Vec<u8>,
        replaces: Option<&'a str>,
    ) -> Answer<'a, ()>;
    /// Deletes the object with that `ETag`, and no other.
    fn delete<'a>(&'a self, bucket: &'a str, key: &'a str, etag: &'a str) -> Answer<'a, ()>;
}

/// An object as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// What it holds.
    pub body: Vec<u8>,
    /// What changes with it.
    pub etag: String,
}

/// What a list of a bucket names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// What keys of further objects begin with.
    Folder(String),
    /// An object.
    Object {
        /// Its key.
        key: String,
        /// When it was written; the beginning of 1970 where S3 doesn't say.
        written: SystemTime,
    },
}

/// The service by the SDK.
pub struct AwsObjects {
    /// A client of the region that is asked first.
    pub client: Client,
    /// The account, for messages.
    pub place: String,
}

impl AwsObjects {
    /// A client of the bucket's own region, which S3 tells whoever asks in another one.
    async fn client(&self, bucket: &str) -> Client {
        let answer = self.client.head_bucket().bucket(bucket).send().await;
        let region = match &answer {
            Ok(found) => found.bucket_region().map(str::to_owned),
            Err(error) => error
                .raw_response()
                .and_then(|raw| raw.headers().get("x-amz-bucket-region"))
                .map(str::to_owned),
        };
        let asked = self.client.config().region().map(Region::as_ref);
        match region {
            Some(region) if asked != Some(region.as_str()) => {
                let config = self
                    .client
                    .config()
                    .to_builder()
                    .region(Region::new(region));
                Client::from_conf(config.build())
            }
            _ => self.client.clone(),
        }
    }

    fn place(&self, bucket: &str, key: &str) -> String {
        format!("s3://{bucket}/{key}, {}", self.place)
    }

    /// What came of a change. S3 says of a condition that failed only that it failed.
    fn changed<T, E, R>(
        &self,
        operation: &str,
        bucket: &str,
        key: &str,
        sent: Result<T, SdkError<E, R>>,
    ) -> Result<(), AwsError>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        R: Debug + Send + Sync + 'static,
    {
        let Err(error) = sent else { return Ok(()) };
        let place = self.place(bucket, key);
        let error = AwsError::from_sdk(operation, &place, &error);
        if !error.is_outrun() {
            return Err(error);
        }
        let message =
            "somebody else changed it at the same moment, and it stays as it is; run this again";
        Err(AwsError::new(operation, &place, error.code(), message))
    }
}

impl Objects for AwsObjects {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str) -> Answer<'a, Option<Object>> {
        Box::pin(async move {
            let place = self.place(bucket, key);
            let request = self.client(bucket).await.get_object();
            let answer = match request.bucket(bucket).key(key).send().await {
                Ok(answer) => answer,
                Err(error) => {
                    let error = AwsError::from_sdk("GetObject", &place, &error);
                    return if error.code() == "NoSuchKey" {
                        Ok(None)
                    } else {
                        Err(error)
                    };
                }
            };
            let etag = answer.e_tag().unwrap_or_default().to_owned();
            let body = answer.body.collect().await;
            let body =
                body.map_err(|error| AwsError::new("GetObject", &place, "", &error.to_string()))?;
            Ok(Some(Object {
                body: body.to_vec(),
                etag,
            }))
        })
    }

    fn list<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        token: Option<String>,
    ) -> Answer<'a, Page<Listed>> {
        Box::pin(async move {
            let request = self.client(bucket).await.list_objects_v2().bucket(bucket);
            let request = request.prefix(prefix).delimiter("/");
            let answer = request.set_continuation_token(token).send().await;
            let place = self.place(bucket, prefix);
            let answer =
                answer.map_err(|error| AwsError::from_sdk("ListObjectsV2", &place, &error))?;
            let folders = answer.common_prefixes().iter();
            let folders = folders.filter_map(|folder| folder.prefix().map(str::to_owned));
            let objects = answer.contents().iter().filter_map(|object| {
                let written = object.last_modified().map(|&at| SystemTime::try_from(at));
                Some(Listed::Object {
                    key: object.key()?.to_owned(),
                    written: written
                        .and_then(Result::ok)
                        .unwrap_or(SystemTime::UNIX_EPOCH),
                })
            });
            Ok(Page {
                items: folders.map(Listed::Folder).chain(objects).collect(),
                next: answer.next_continuation_token().map(str::to_owned),
            })
        })
    }

    fn put<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        body: Vec<u8>,
        replaces: Option<&'a str>,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = self
                .client(bucket)
                .await
                .put_object()
                .bucket(bucket)
                .key(key);
            let request = match replaces {
                Some(etag) => request.if_match(etag),
                None => request.if_none_match("*"),
            };
            let sent = request
                .content_type("application/json")
                .body(ByteStream::from(body))
                .send()
                .await;
            self.changed("PutObject", bucket, key, sent)
        })
    }

    fn delete<'a>(&'a self, bucket: &'a str, key: &'a str, etag: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = self.client(bucket).await.delete_object();
            let sent = request.bucket(bucket).key(key).if_match(etag).send().await;
            self.changed("DeleteObject", bucket, key, sent)
        })
    }
}

impl AwsError {
    /// An object isn't what it was when it was looked at: S3 held a write or a deletion against that.
    pub fn is_outrun(&self) -> bool {
        let codes = [
            "PreconditionFailed",
            "ConditionalRequestConflict",
            "NoSuchKey",
        ];
        codes.contains(&self.code())
    }
}
