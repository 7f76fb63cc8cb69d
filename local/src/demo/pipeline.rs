//! The two delivery streams: logs to the archive, documents to OpenSearch.

use super::console::Console;
use super::deploy::{BUCKET, Deployed, FUNCTION};
use super::onboard::Onboarded;
use super::search::INDEX;
use crate::aws::Aws;
use crate::firehose::{Bucket, Destination, Firehose, Processor, Search, Settings, Snapshot};
use crate::function;
use crate::opensearch::OpenSearch;
use anyhow::ensure;
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long everything may take to come through.
const THROUGH_WITHIN: Duration = Duration::from_mins(5);
/// Where archive objects lie, by the day they arrived.
pub const ARCHIVE_PREFIX: &str = "logs/";
/// Where records lie that failed.
pub const ERROR_PREFIX: &str = "errors/";

/// Both delivery streams; the second only where there is a search server.
pub struct Pipeline {
    archive: Firehose,
    search: Option<Firehose>,
}

/// What both have done.
#[derive(Debug, Clone)]
pub struct Done {
    /// The archive's counts.
    pub archive: Snapshot,
    /// The search side's, where there is one.
    pub search: Option<Snapshot>,
}

impl Pipeline {
    /// Starts them.
    ///
    /// # Errors
    /// When their streams can't be read.
    pub async fn start(
        aws: &Aws,
        onboarded: &Onboarded,
        deployed: &Deployed,
        search: Option<&OpenSearch>,
    ) -> anyhow::Result<Self> {
        let client = aws_sdk_lambda::Client::new(&aws.account(&onboarded.stream.account));
        let function = Arc::new(function::Deployed::new(client, FUNCTION));
        let archive = Firehose::start(Settings {
            aws: aws.clone(),
            name: "tributary-archive".to_owned(),
            source: onboarded.stream.clone(),
            processor: Some(Processor {
                buffer_bytes: 3 * 1024 * 1024,
                buffer_interval: Duration::from_secs(1),
                ..Processor::new(function, &deployed.function_arn)
            }),
            destination: Destination::S3(bucket()),
        })
        .await?;
        let search = match search {
            Some(server) => Some(Firehose::start(to_search(aws, deployed, server)).await?),
            None => None,
        };
        Ok(Self { archive, search })
    }

    /// Waits until all that is on the streams is through, then stops both.
    ///
    /// # Errors
    /// When it takes too long: with what went wrong last.
    pub async fn finish(self, console: Console) -> anyhow::Result<Done> {
        let mut wait = console.wait("Firehose");
        let start = Instant::now();
        let mut archived = None;
        loop {
            if self.archive.is_through(start) {
                // Only now all documents are on their stream.
                let since = *archived.get_or_insert_with(Instant::now);
                if self
                    .search
                    .as_ref()
                    .is_none_or(|search| search.is_through(since))
                {
                    break;
                }
            } else {
                archived = None;
            }
            wait.at(&self.progress());
            ensure!(
                start.elapsed() < THROUGH_WITHIN,
                "not everything is through after {THROUGH_WITHIN:?}: {:#?}",
                self.now()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        wait.done(&self.progress());
        let archive = self.archive.stop().await;
        let search = match self.search {
            Some(search) => Some(search.stop().await),
            None => None,
        };
        Ok(Done { archive, search })
    }

    fn now(&self) -> Done {
        Done {
            archive: self.archive.snapshot(),
            search: self.search.as_ref().map(Firehose::snapshot),
        }
    }

    fn progress(&self) -> String {
        let Done { archive, search } = self.now();
        let mut text = format!(
            "{} of {} payloads through the function",
            archive.settled(),
            archive.read
        );
        if let Some(search) = search {
            let _ = write!(
                text,
                ", {} of {} documents in OpenSearch",
                search.settled(),
                search.read
            );
        }
        text
    }
}

fn bucket() -> Bucket {
    Bucket {
        prefix: format!(
            "{ARCHIVE_PREFIX}year=!{{timestamp:yyyy}}/month=!{{timestamp:MM}}/day=!{{timestamp:dd}}/"
        ),
        error_prefix: format!("{ERROR_PREFIX}!{{firehose:error-output-type}}/"),
        extension: ".ndjson.gz".to_owned(),
        buffer_interval: Duration::from_secs(1),
        ..Bucket::new(BUCKET)
    }
}

fn to_search(aws: &Aws, deployed: &Deployed, server: &OpenSearch) -> Settings {
    let search = Search {
        buffer_interval: Duration::from_secs(1),
        ..Search::new(server.url(), INDEX)
    };
    Settings {
        aws: aws.clone(),
        name: "tributary-search".to_owned(),
        source: deployed.documents.clone(),
        processor: None,
        destination: Destination::OpenSearch(search, bucket()),
    }
}
