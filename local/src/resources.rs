//! Buckets and streams that the demo and the tests need beside those that `bootstrap` makes.

use crate::aws::Aws;
use crate::cloudwatch::routes::StreamAddress;
use anyhow::{Context, ensure};
use aws_sdk_kinesis::types::StreamStatus;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use std::time::{Duration, Instant};

/// How long a stream may take to become active.
const ACTIVE_WITHIN: Duration = Duration::from_secs(30);

/// The bytes of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Aws {
    /// A client for the buckets of `account`.
    #[must_use]
    pub fn s3(&self, account: &str) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.account(account))
            .endpoint_url(self.objects_endpoint())
            .force_path_style(true)
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// A client for the streams of `account`.
    #[must_use]
    pub fn kinesis(&self, account: &str) -> aws_sdk_kinesis::Client {
        aws_sdk_kinesis::Client::new(&self.account(account))
    }

    /// Makes a bucket.
    ///
    /// # Errors
    /// When S3 refuses it.
    pub async fn create_bucket(&self, account: &str, name: &str) -> anyhow::Result<()> {
        let place = BucketLocationConstraint::from(self.region());
        let place = CreateBucketConfiguration::builder()
            .location_constraint(place)
            .build();
        let made = self
            .s3(account)
            .create_bucket()
            .bucket(name)
            .create_bucket_configuration(place)
            .send()
            .await;
        made.with_context(|| format!("could not create the bucket {name}"))?;
        Ok(())
    }

    /// All objects of a bucket under `prefix`, in the order of their keys.
    ///
    /// # Errors
    /// When S3 refuses to list or read one.
    pub async fn objects(
        &self,
        account: &str,
        bucket: &str,
        prefix: &str,
    ) -> anyhow::Result<Vec<Object>> {
        let client = self.s3(account);
        let mut pages = client
            .list_objects_v2()
            .bucket(bucket)
            .prefix(prefix)
            .into_paginator()
            .send();
        let mut objects = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.with_context(|| format!("could not list the bucket {bucket}"))?;
            for key in page.contents().iter().filter_map(|object| object.key()) {
                let object = client.get_object().bucket(bucket).key(key).send().await;
                let body = object
                    .with_context(|| format!("could not read {key} of {bucket}"))?
                    .body;
                objects.push(Object {
                    key: key.to_owned(),
                    bytes: body.collect().await?.to_vec(),
                });
            }
        }
        Ok(objects)
    }

    /// Makes a stream of so many shards and waits until it can be used.
    ///
    /// # Errors
    /// When Kinesis refuses it, or it doesn't become active.
    pub async fn create_stream(
        &self,
        account: &str,
        name: &str,
        shards: i32,
    ) -> anyhow::Result<StreamAddress> {
        let client = self.kinesis(account);
        let made = client
            .create_stream()
            .stream_name(name)
            .shard_count(shards)
            .send()
            .await;
        made.with_context(|| format!("could not create the stream {name}"))?;
        let start = Instant::now();
        loop {
            let summary = client
                .describe_stream_summary()
                .stream_name(name)
                .send()
                .await?;
            let status = summary.stream_description_summary.map(|s| s.stream_status);
            if status == Some(StreamStatus::Active) {
                return Ok(StreamAddress {
                    account: account.to_owned(),
                    region: self.region().to_owned(),
                    name: name.to_owned(),
                });
            }
            ensure!(
                start.elapsed() < ACTIVE_WITHIN,
                "the stream {name} stays {status:?}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
