//! The whole way: records that the real function failed, and documents that the real OpenSearch didn't
//! get, as Firehose kept them, are put back by `replay` and arrive once.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use base64::prelude::{BASE64_STANDARD, Engine};
use flate2::read::MultiGzDecoder;
use local::demo::search::{INDEX, Server};
use local::fault_proxy::{Fault, FaultProxy, Rule};
use local::firehose::{Destination, Firehose, Search, Settings};
use local::function::FunctionError;
use local::opensearch::OpenSearch;
use serde_json::{Value, json};
use tests::catalog::put;
use tests::firehose::{ACCOUNT, Script, Way, through};
use tests::replay::{failed, replayed};
use tests::search::{event_ids, found, opensearch, prepare};
use tests::transform::{Function, lines, payload};

type Tested = anyhow::Result<()>;

const SEARCH: &str = "arn:aws:kinesis:eu-central-1:222222222222:stream/search";
const SOURCE: &str = "arn:aws:kinesis:eu-central-1:222222222222:stream/source";
const WITHIN: Duration = Duration::from_mins(1);
/// Events of this test, counted from a number that no other test of the server has.
const FIRST: usize = 70_000_000;

/// Both deliveries, running: through the real function to the archive, and to OpenSearch.
struct Pipeline {
    way: Way,
    /// In front of the function's streams.
    streams: FaultProxy,
    /// In front of OpenSearch.
    cluster: FaultProxy,
    archive: Firehose,
    search: Firehose,
    server: Server,
    folder: tempfile::TempDir,
    _opensearch: Arc<OpenSearch>,
}

impl Pipeline {
    async fn start(test: &str) -> anyhow::Result<Option<Self>> {
        let Some(opensearch) = opensearch(test) else {
            return Ok(None);
        };
        let server = Server::new(opensearch.url());
        let prepared = server.clone();
        tokio::task::spawn_blocking(move || prepare(&prepared)).await??;
        let way = Way::new().await?;
        let source = way.aws.create_stream(ACCOUNT, "search", 1).await?;
        let streams = FaultProxy::start(way.aws.endpoint())?;
        let cluster = FaultProxy::start(opensearch.url())?;
        let function = Function::start(&[
            ("DOCUMENTS_TO", SEARCH),
            ("AWS_ENDPOINT_URL", streams.endpoint()),
        ])?;
        let archive = Firehose::start(way.settings(script(function))).await?;
        let to = Search {
            buffer_interval: Duration::from_millis(200),
            retry_for: Duration::from_secs(1),
            ..Search::new(cluster.endpoint(), INDEX)
        };
        let search = Settings {
            name: "search".to_owned(),
            source,
            processor: None,
            destination: Destination::OpenSearch(to, Way::bucket()),
            aws: way.aws.clone(),
        };
        Ok(Some(Self {
            search: Firehose::start(search).await?,
            archive,
            way,
            streams,
            cluster,
            server,
            folder: tempfile::tempdir()?,
            _opensearch: opensearch,
        }))
    }

    /// Waits until everything on the streams is delivered or failed.
    async fn through(&self) -> Tested {
        // What one delivers, the other reads.
        for firehose in [&self.archive, &self.search] {
            through(firehose, WITHIN).await?;
        }
        Ok(())
    }

    fn replay(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        replayed(self.way.aws.endpoint(), arguments, self.folder.path())
    }

    /// The documents in the archive, in any order.
    async fn archived(&self) -> anyhow::Result<Vec<String>> {
        let objects = self.way.aws.objects(ACCOUNT, "archive", "data/").await?;
        let bytes: Vec<u8> = objects
            .into_iter()
            .flat_map(|object| object.bytes)
            .collect();
        let mut text = String::new();
        if !bytes.is_empty() {
            MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
        }
        text.lines().map(id).collect()
    }

    /// The ids and versions of this test's documents in the index.
    async fn indexed(&self, first: usize) -> anyhow::Result<Vec<(String, u64)>> {
        let server = self.server.clone();
        tokio::task::spawn_blocking(move || found(&server, &event_ids(first, 1000))).await?
    }
}

fn id(document: &str) -> anyhow::Result<String> {
    let document: Value = serde_json::from_str(document)?;
    let id = document["tributary"]["document_id"].as_str();
    Ok(id.context("no id")?.to_owned())
}

/// The real function as Firehose calls it.
fn script(function: Function) -> Arc<Script> {
    Script::new(move |event, _| {
        let failed = |error: String| FunctionError::Failed(error);
        let done = function.runtime().invoke(event.to_string().as_bytes());
        let answer = done.map_err(|error| failed(error.to_string()))?.result;
        let answer = answer.map_err(|error| failed(error.to_string()))?;
        serde_json::from_slice(&answer).map_err(|error| failed(error.to_string()))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_function_failed_is_archived_and_indexed_once_after_the_replay() -> Tested {
    let Some(pipeline) = Pipeline::start("what the function failed").await? else {
        return Ok(());
    };
    let denied = Fault::answer(400, "AccessDeniedException");
    pipeline.streams.add(Rule::every("PutRecords", denied));
    for batch in 0..3 {
        let record = payload(FIRST + batch * 20, &lines(20))?;
        pipeline.way.put(&record).await?;
    }
    pipeline.through().await?;
    assert_eq!(pipeline.archived().await?, Vec::<String>::new());
    assert_eq!(pipeline.archive.snapshot().failures(), 3);
    pipeline.streams.heal();
    let arguments = [
        "s3://archive/errors/processing-failed/",
        "--payloads-to",
        SOURCE,
        "--mark",
    ];
    let report = pipeline.replay(&arguments)?;
    assert_eq!(report["sent"], 3, "{report}");
    assert_eq!(
        report["groups"][0]["error_code"],
        "Lambda.ProcessingFailedStatus"
    );
    pipeline.through().await?;
    // Once more, with the journal alone and with the mark alone.
    assert_eq!(pipeline.replay(&arguments[..3])?["sent_before"], 3);
    assert_eq!(pipeline.replay(&arguments)?["records"], 0);
    pipeline.through().await?;
    let mut archived = pipeline.archived().await?;
    archived.sort();
    assert_eq!(archived, event_ids(FIRST, 60));
    let mut indexed = pipeline.indexed(FIRST).await?;
    indexed.sort();
    let once: Vec<(String, u64)> = event_ids(FIRST, 60).into_iter().map(|id| (id, 1)).collect();
    assert_eq!(indexed, once, "each once, and never a second time");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_cluster_did_not_take_is_indexed_once_after_the_replay() -> Tested {
    let Some(pipeline) = Pipeline::start("what the cluster did not take").await? else {
        return Ok(());
    };
    let first = FIRST + 1_000_000;
    pipeline.cluster.add(Rule::every(
        "POST /_bulk",
        Fault::answer(503, "unavailable"),
    ));
    pipeline.way.put(&payload(first, &lines(30))?).await?;
    pipeline.through().await?;
    assert_eq!(pipeline.indexed(first).await?, []);
    assert_eq!(pipeline.search.snapshot().failures(), 30);
    pipeline.cluster.heal();
    let from = "s3://archive/errors/";
    let report = pipeline.replay(&[from, "--payloads-to", SOURCE, "--documents-to", SEARCH])?;
    assert_eq!(report["sent"], 30, "{report}");
    assert_eq!(report["groups"][0]["holds"], "document");
    pipeline.through().await?;
    let mut indexed = pipeline.indexed(first).await?;
    indexed.sort();
    let once: Vec<(String, u64)> = event_ids(first, 30).into_iter().map(|id| (id, 1)).collect();
    assert_eq!(indexed, once);
    assert_eq!(
        pipeline.archived().await?.len(),
        30,
        "the archive had them before"
    );
    Ok(())
}

/// As where more partitions are open than Firehose allows: the function had run, and the archive has nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_firehose_failed_after_the_function_is_archived_once_after_the_replay() -> Tested {
    let Some(pipeline) = Pipeline::start("what Firehose failed after the function").await? else {
        return Ok(());
    };
    let first = FIRST + 2_000_000;
    let event = json!({"invocationId": "i", "deliveryStreamArn": SOURCE, "region": "eu-central-1",
        "records": [{"recordId": "r", "data": BASE64_STANDARD.encode(payload(first, &lines(40))?)}]});
    let function = Function::start(&[])?;
    let answer = function.runtime().invoke(event.to_string().as_bytes())?;
    let answer: Value =
        serde_json::from_slice(&answer.result.map_err(|error| anyhow!("{error}"))?)?;
    let data = answer["records"][0]["data"].as_str().context("no data")?;
    let object = failed(
        "DynamicPartitioning.ActivePartitionLimitExceeded",
        &BASE64_STANDARD.decode(data)?,
    );
    put(
        &pipeline.way.aws,
        ACCOUNT,
        "archive",
        "errors/partitions/1",
        object,
    )
    .await?;
    let from = "s3://archive/errors/partitions/";
    let report = pipeline.replay(&[from, "--payloads-to", SOURCE])?;
    assert_eq!(report["sent"], 1, "{report}");
    assert_eq!(report["groups"][0]["holds"], "answer");
    pipeline.through().await?;
    let mut archived = pipeline.archived().await?;
    archived.sort();
    assert_eq!(archived, event_ids(first, 40));
    let mut indexed = pipeline.indexed(first).await?;
    indexed.sort();
    let once: Vec<(String, u64)> = event_ids(first, 40).into_iter().map(|id| (id, 1)).collect();
    assert_eq!(indexed, once);
    Ok(())
}
