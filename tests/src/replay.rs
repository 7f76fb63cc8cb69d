//! Error objects in a bucket, the streams that they go back to, and the built `replay`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use local::aws::Aws;
use local::fault_proxy::FaultProxy;
use local::firehose::error_record::ErrorRecord;
use local::firehose::record::{Failure, SourceRecord};
use serde_json::Value;

use crate::bootstrap::{Ran, alone};
use crate::catalog::put;
use crate::firehose::{ACCOUNT, LAMBDA, REGION};
use crate::stream::Streams;
use crate::transform::{lines, payload};

/// The bucket with the error objects.
pub const ERRORS: &str = "errors";
/// Where payloads go back to.
pub const RAW: &str = "arn:aws:kinesis:eu-central-1:222222222222:stream/raw";
/// Where finished documents go back to.
pub const DOCUMENTS: &str = "arn:aws:kinesis:eu-central-1:222222222222:stream/documents";
/// Where the stand-in's objects are.
pub const FROM: &str = "s3://errors/processing-failed/";

/// What the built program reports as JSON with these arguments, and a journal in that folder.
///
/// # Errors
/// When it isn't built, or fails.
pub fn replayed(endpoint: &str, arguments: &[&str], folder: &Path) -> anyhow::Result<Value> {
    let mut command = command_at(endpoint, arguments)?;
    command
        .args(["--json", "--journal"])
        .arg(folder.join("journal"));
    Ran::of(&mut command)?.ended(0)?.json()
}

/// The program, with that address as AWS.
fn command_at(endpoint: &str, arguments: &[&str]) -> anyhow::Result<Command> {
    let credentials = (ACCOUNT.to_owned(), "local".to_owned(), None);
    let mut command = alone("replay", endpoint, &credentials)?;
    command.args(arguments);
    Ok(command)
}

/// A stand-in with streams and a bucket, and a proxy in front of it.
pub struct Scene {
    /// Its streams `raw` and `documents`.
    pub streams: Streams,
    /// In front of it: where the program sends its requests.
    pub proxy: FaultProxy,
    /// SDK configurations, past the proxy.
    pub aws: Aws,
    folder: tempfile::TempDir,
}

impl Scene {
    /// Starts it.
    ///
    /// # Errors
    /// When the stand-in doesn't start.
    pub async fn start() -> anyhow::Result<Self> {
        let streams = Streams::start(&["raw", "documents"]).await?;
        let aws = Aws::new(streams.endpoint(), REGION).await;
        aws.create_bucket(ACCOUNT, ERRORS).await?;
        Ok(Self {
            proxy: FaultProxy::start(streams.endpoint())?,
            streams,
            aws,
            folder: tempfile::tempdir()?,
        })
    }

    /// A file of this scene's own.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes an error object of these lines.
    ///
    /// # Errors
    /// When S3 refuses it.
    pub async fn object(&self, name: &str, lines: &[Vec<u8>]) -> anyhow::Result<()> {
        let key = format!("processing-failed/{name}");
        put(&self.aws, ACCOUNT, ERRORS, &key, lines.concat()).await
    }

    /// The program, with that address as AWS.
    ///
    /// # Errors
    /// When it isn't built.
    pub fn command_at(&self, endpoint: &str, arguments: &[&str]) -> anyhow::Result<Command> {
        command_at(endpoint, arguments)
    }

    /// Starts the program with the scene's journal, and goes on.
    ///
    /// # Errors
    /// When it isn't built.
    pub fn begin(&self, endpoint: &str, arguments: &[&str]) -> anyhow::Result<Child> {
        let mut command = self.command_at(endpoint, arguments)?;
        command.arg("--journal").arg(self.file("journal"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command.spawn()?)
    }

    /// Runs the program with the scene's journal and `--json`; wants that exit status.
    ///
    /// # Errors
    /// When it ends with another one.
    pub fn ends(&self, code: i32, arguments: &[&str]) -> anyhow::Result<Value> {
        let child = self.begin(self.proxy.endpoint(), &[arguments, &["--json"]].concat())?;
        let ran = Ran::from_output(child.wait_with_output()?)?.ended(code);
        ran.with_context(|| format!("{arguments:?}"))?.json()
    }

    /// How often each record is in the stream of that name.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn taken(&self, stream: &str) -> anyhow::Result<BTreeMap<Vec<u8>, usize>> {
        let mut counts = BTreeMap::new();
        for record in self.streams.read(stream).await? {
            *counts.entry(record).or_default() += 1;
        }
        Ok(counts)
    }
}

/// Some of a report's counts.
#[must_use]
pub fn counts<'a>(report: &'a Value, names: &[&str]) -> Vec<&'a Value> {
    names.iter().map(|name| &report[name]).collect()
}

/// The error record of `data` with that code.
#[must_use]
pub fn failed(code: &str, data: &[u8]) -> Vec<u8> {
    let record = SourceRecord {
        data: data.to_vec(),
        arrival: 1_700_000_000_000,
        partition_key: String::new(),
        sequence_number: String::new(),
        subsequence_number: 0,
        shard: String::new(),
    };
    let failure = Failure {
        code: code.to_owned(),
        message: "it failed".to_owned(),
        attempts: 4,
    };
    ErrorRecord::processing(&record, &failure, LAMBDA).line()
}

/// Error records of `count` payloads that differ, whose numbers count on from `first`.
///
/// # Errors
/// When one can't be compressed.
pub fn payloads(first: usize, count: usize) -> anyhow::Result<Vec<Vec<u8>>> {
    (first..first + count)
        .map(|number| Ok(failed("Lambda.FunctionError", &payload(number, &lines(1))?)))
        .collect()
}
