//! Error objects in S3.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Region;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_s3::types::{Tag, Tagging};
use jiff::Timestamp;

use super::Object;
use crate::error::Error;

/// The tag of objects of which every record is out; its value is when.
const TAG: &str = "tributary-replayed";

/// A client of the bucket's own Region, which S3 tells whoever asks, also who may not.
pub(super) async fn in_its_region(client: &Client, bucket: &str) -> Client {
    let answer = client.head_bucket().bucket(bucket).send().await;
    let region = match &answer {
        Ok(found) => found.bucket_region().map(str::to_owned),
        Err(error) => error
            .raw_response()
            .and_then(|raw| raw.headers().get("x-amz-bucket-region"))
            .map(str::to_owned),
    };
    match region {
        None => client.clone(),
        Some(region) => {
            let config = client.config().to_builder().region(Region::new(region));
            Client::from_conf(config.build())
        }
    }
}

pub(super) async fn list(
    client: &Client,
    bucket: &str,
    prefix: &str,
) -> Result<Vec<Object>, Error> {
    let request = client.list_objects_v2().bucket(bucket).prefix(prefix);
    let mut pages = request.into_paginator().send();
    let mut objects = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            failed(
                format!("s3://{bucket}/{prefix} can't be listed"),
                error.into(),
            )
        })?;
        // The console's folders are objects without bytes.
        let full = page.contents.unwrap_or_default().into_iter();
        let full = full.filter(|object| object.size().unwrap_or(1) > 0);
        objects.extend(full.filter_map(|object| {
            Some(Object::S3 {
                bucket: bucket.to_owned(),
                key: object.key?,
            })
        }));
    }
    Ok(objects)
}

pub(super) async fn read(client: &Client, bucket: &str, key: &str) -> Result<Vec<u8>, Error> {
    let what = || format!("s3://{bucket}/{key} can't be read");
    let object = client.get_object().bucket(bucket).key(key).send().await;
    let object = object.map_err(|error| refused(what(), error))?;
    let body = object.body.collect().await;
    let body = body.map_err(|error| Error::S3 {
        what: what(),
        why: error.to_string(),
    })?;
    Ok(body.to_vec())
}

/// Codes of an object that is archived, gone, or encrypted by a key that is disabled or gone: "Error responses",
/// Amazon S3 API Reference.
fn is_of_one_object(code: &str) -> bool {
    matches!(
        code,
        "InvalidObjectState"
            | "NoSuchKey"
            | "KMS.DisabledException"
            | "KMS.KMSInvalidStateException"
            | "KMS.NotFoundException"
    )
}

/// What S3 says of an object, or of the whole bucket.
fn refused<E>(what: String, error: E) -> Error
where
    E: ProvideErrorMetadata + Into<aws_sdk_s3::Error>,
{
    if !error.code().is_some_and(is_of_one_object) {
        return failed(what, error.into());
    }
    let why = error.message().or(error.code()).unwrap_or_default();
    Error::Object {
        what,
        why: why.to_owned(),
    }
}

pub(super) async fn is_marked(client: &Client, bucket: &str, key: &str) -> Result<bool, Error> {
    Ok(tags(client, bucket, key)
        .await?
        .iter()
        .any(|tag| tag.key() == TAG))
}

/// Adds the tag to those that it has: a request writes all of them.
pub(super) async fn mark(client: &Client, bucket: &str, key: &str) -> Result<(), Error> {
    let mut all = tags(client, bucket, key).await?;
    all.retain(|tag| tag.key() != TAG);
    let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let impossible = |error: aws_sdk_s3::error::BuildError| {
        failed(format!("s3://{bucket}/{key} can't be marked"), error.into())
    };
    let tag = Tag::builder().key(TAG).value(now).build();
    all.push(tag.map_err(impossible)?);
    let tagging = Tagging::builder().set_tag_set(Some(all)).build();
    let request = client.put_object_tagging().bucket(bucket).key(key);
    let put = request.tagging(tagging.map_err(impossible)?).send().await;
    put.map(|_| ())
        .map_err(|error| failed(format!("s3://{bucket}/{key} can't be marked"), error.into()))
}

async fn tags(client: &Client, bucket: &str, key: &str) -> Result<Vec<Tag>, Error> {
    let request = client.get_object_tagging().bucket(bucket).key(key);
    let what = || format!("the tags of s3://{bucket}/{key} can't be read");
    let answer = request.send().await;
    let answer = answer.map_err(|error| refused(what(), error))?;
    Ok(answer.tag_set)
}

fn failed(what: String, error: aws_sdk_s3::Error) -> Error {
    Error::S3 {
        what,
        why: DisplayErrorContext(error).to_string(),
    }
}
