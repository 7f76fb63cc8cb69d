//! Kinesis streams in the stand-in, as a reader sees them.

use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use aws_sdk_firehose::types::ExtendedS3DestinationConfiguration;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::ShardIteratorType;
use base64::{Engine, engine::general_purpose::STANDARD};
use local::aws::Aws;
use local::kpl;
use local::layout::{project_root, python_program};
use local::ministack::Ministack;

use crate::firehose::{ACCOUNT, REGION};

/// Puts one record on a stream.
///
/// # Errors
/// When Kinesis refuses it.
pub async fn put_record(
    aws: &Aws,
    account: &str,
    stream: &str,
    data: impl Into<Vec<u8>>,
) -> anyhow::Result<()> {
    let put = aws.kinesis(account).put_record().stream_name(stream);
    let put = put.partition_key("one").data(Blob::new(data));
    put.send().await.context("put")?;
    Ok(())
}

/// An empty stand-in with streams in it.
pub struct Streams {
    ministack: Ministack,
    aws: Aws,
}

impl Streams {
    /// Starts a stand-in and makes streams of two shards with these names.
    ///
    /// # Errors
    /// When the stand-in doesn't start.
    pub async fn start(names: &[&str]) -> anyhow::Result<Self> {
        let ministack = Ministack::start()?;
        let aws = Aws::new(ministack.endpoint(), REGION).await;
        for name in names {
            aws.create_stream(ACCOUNT, name, 2).await?;
        }
        Ok(Self { ministack, aws })
    }

    /// The stand-in's address.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.ministack.endpoint()
    }

    /// Makes a delivery stream into a bucket of its own; returns its ARN.
    ///
    /// # Errors
    /// When the stand-in refuses it.
    pub async fn delivery_stream(&self, name: &str) -> anyhow::Result<String> {
        self.aws.create_bucket(ACCOUNT, name).await?;
        let bucket = ExtendedS3DestinationConfiguration::builder()
            .role_arn("arn:aws:iam::222222222222:role/firehose")
            .bucket_arn(format!("arn:aws:s3:::{name}"))
            .build()?;
        let request = aws_sdk_firehose::Client::new(&self.aws.account(ACCOUNT))
            .create_delivery_stream()
            .delivery_stream_name(name)
            .extended_s3_destination_configuration(bucket);
        // Such a configuration makes for a large future.
        let made = Box::pin(request.send()).await?;
        made.delivery_stream_arn
            .context("a delivery stream without ARN")
    }

    /// What a delivery stream has delivered so far, its objects one after the other.
    ///
    /// # Errors
    /// When the stand-in refuses to read them.
    pub async fn delivered(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        let objects = self.aws.objects(ACCOUNT, name, "").await?;
        Ok(objects
            .into_iter()
            .flat_map(|object| object.bytes)
            .collect())
    }

    /// The data of all records of a stream, shard by shard.
    ///
    /// # Errors
    /// When Kinesis refuses to read them.
    pub async fn read(&self, name: &str) -> anyhow::Result<Vec<Vec<u8>>> {
        let client = self.aws.kinesis(ACCOUNT);
        let shards = client.list_shards().stream_name(name).send().await?;
        let mut data = Vec::new();
        for shard in shards.shards() {
            let from = client
                .get_shard_iterator()
                .stream_name(name)
                .shard_id(shard.shard_id())
                .shard_iterator_type(ShardIteratorType::TrimHorizon);
            let mut iterator = from.send().await?.shard_iterator;
            while let Some(from) = iterator.take() {
                let page = client.get_records().shard_iterator(from).send().await?;
                if !page.records().is_empty() {
                    iterator = page.next_shard_iterator;
                }
                data.extend(
                    page.records
                        .into_iter()
                        .map(|record| record.data.into_inner()),
                );
            }
        }
        Ok(data)
    }

    /// The records of a stream with aggregated ones taken apart, in whose contents two independent
    /// readers agree: the project's own, and the reference one.
    ///
    /// # Errors
    /// When they don't agree, or the stream can't be read.
    pub async fn user_records(&self, name: &str) -> anyhow::Result<Vec<Vec<u8>>> {
        let data = self.read(name).await?;
        let own: Vec<Vec<Vec<u8>>> = data.iter().map(|data| taken_apart(data)).collect();
        ensure!(
            own == reference(&data)?,
            "two readers of {name} don't agree"
        );
        Ok(own.concat())
    }
}

fn taken_apart(data: &[u8]) -> Vec<Vec<u8>> {
    match kpl::user_records(data) {
        Some(records) => records.into_iter().map(|record| record.data).collect(),
        None => vec![data.to_vec()],
    }
}

/// What the reference de-aggregator makes of each record.
fn reference(data: &[Vec<u8>]) -> anyhow::Result<Vec<Vec<Vec<u8>>>> {
    let mut reader = Command::new(python_program("python")?)
        .arg(project_root().join("tests/python/deaggregate.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("the reference reader doesn't start")?;
    let mut input = reader.stdin.take().context("no way into the reader")?;
    let lines: Vec<String> = data
        .iter()
        .map(|data| STANDARD.encode(data) + "\n")
        .collect();
    let writer = std::thread::spawn(move || input.write_all(lines.concat().as_bytes()));
    let output = reader.wait_with_output()?;
    writer.join().ok().context("the reader was not fed")??;
    ensure!(output.status.success(), "the reference reader failed");
    let (mut all, mut records) = (Vec::new(), Vec::new());
    for line in String::from_utf8(output.stdout)?.lines() {
        if line.is_empty() {
            all.push(std::mem::take(&mut records));
        } else {
            records.push(STANDARD.decode(line)?);
        }
    }
    Ok(all)
}
