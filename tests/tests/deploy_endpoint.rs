//! `central.yaml` with Search=endpoint: what it deploys delivers each document once to an HTTP endpoint
//! that holds requests against Firehose's specification, whatever that endpoint answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, ensure};
use local::aws::Aws;
use local::demo::search::Server;
use local::firehose::{Firehose, Snapshot};
use local::ministack::Ministack;
use local::opensearch::OpenSearch;
use local::search_endpoint::{SearchEndpoint, Wrong};
use serde_json::{Value, json};
use tests::bootstrap::{Ran, alone};
use tests::deployed::Deployed;
use tests::deployed_endpoint::expected;
use tests::search::opensearch;
use tests::transform::{lines, payload};

type Tested = anyhow::Result<()>;

const ACCOUNT: &str = "222222222222";
const REGION: &str = "eu-central-1";
const STREAM: &str = "tributary-logs";
const KEY: &str = "a key, {as it is}";
const EVENTS: usize = 60;
/// Events of this test, counted from a number that no other test of the server has.
const FIRST: usize = 91_000_000;

fn parameters() -> Value {
    json!({
        "OrganizationId": "o-abcdefghij", "ManagementAccount": "111111111111",
        "CatalogLocation": "none", "Search": "endpoint", "EndpointKey": KEY,
        "EndpointUrl": "https://search.example.com/firehose?to=tributary",
    })
}

/// What was deployed, running: through the function to the archive, and to an endpoint before OpenSearch.
struct Scene<'a> {
    central: Deployed<'a>,
    endpoint: SearchEndpoint,
    archive: Firehose,
    search: Firehose,
    server: Server,
    _opensearch: Arc<OpenSearch>,
}

impl<'a> Scene<'a> {
    async fn start(aws: &'a Aws, opensearch: Arc<OpenSearch>) -> anyhow::Result<Self> {
        Deployed::upload(aws, ACCOUNT).await?;
        let place = ("central.yaml", "tributary");
        let central = Deployed::create(aws, ACCOUNT, place, &parameters())?;
        central.point_the_function_here().await?;
        let server = Server::new(opensearch.url());
        server.prepare(&tests::binary("bootstrap")?)?;
        let resources = central.resources()?;
        let (archived, name) = (
            &resources["ArchiveDelivery"],
            &resources["EndpointDelivery"],
        );
        let archive = central.delivery(archived, None)?;
        let described = central.described_endpoint(name, KEY)?;
        ensure!(described.gzip(), "not as the template says");
        let nowhere = central.endpoint_delivery(name, &described, "")?;
        let endpoint = SearchEndpoint::start(opensearch.url(), expected(&described, &nowhere))?;
        let search = central.endpoint_delivery(name, &described, endpoint.url())?;
        central.without_its_own(&[archived, name])?;
        Ok(Self {
            archive: Firehose::start(archive).await?,
            search: Firehose::start(search).await?,
            central,
            endpoint,
            server,
            _opensearch: opensearch,
        })
    }

    /// Puts a payload of events whose numbers count on from `first`.
    async fn put(&self, first: usize) -> Tested {
        let kinesis = self.central.aws.kinesis(ACCOUNT);
        let put = kinesis
            .put_record()
            .stream_name(STREAM)
            .partition_key("one");
        let data = payload(first, &lines(EVENTS))?;
        let data = aws_sdk_kinesis::primitives::Blob::new(data);
        put.data(data).send().await?;
        Ok(())
    }

    /// Waits until everything on the streams is delivered or failed.
    async fn through(&self) -> anyhow::Result<Snapshot> {
        // What one delivers, the other reads.
        for firehose in [&self.archive, &self.search] {
            let start = Instant::now();
            while !firehose.is_through(start) {
                ensure!(start.elapsed().as_secs() < 120, "{:?}", firehose.snapshot());
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
        Ok(self.search.snapshot())
    }

    /// How often each event of a payload was indexed, by its id.
    fn indexed(&self, first: usize) -> anyhow::Result<BTreeMap<String, u64>> {
        let query =
            json!({"size": 1000, "version": true, "query": {"ids": {"values": ids(first)}}});
        self.server.post("_refresh", &json!({}))?;
        let answer = self.server.post("logs-*/_search", &query)?;
        let hits = answer["hits"]["hits"].as_array().context("no hits")?;
        let one = |hit: &Value| {
            let id = hit["_id"].as_str().context("no id")?.to_owned();
            let index = hit["_index"].as_str().unwrap_or_default();
            ensure!(index.starts_with("logs-aws.cloudwatch_logs-"), "{index}");
            Ok((id, hit["_version"].as_u64().context("no version")?))
        };
        let all: BTreeMap<_, _> = hits.iter().map(one).collect::<anyhow::Result<_>>()?;
        ensure!(all.len() == hits.len(), "an event is in two indices");
        Ok(all)
    }

    fn replay(&self, folder: &tempfile::TempDir) -> anyhow::Result<Value> {
        let credentials = (ACCOUNT.to_owned(), "local".to_owned(), None);
        let mut command = alone("replay", self.central.aws.endpoint(), &credentials)?;
        command
            .arg(format!(
                "s3://{}/search-failed/",
                self.central.output("ArchiveBucket")
            ))
            .args(["--documents-to", self.central.output("DocumentStreamArn")])
            .args(["--json", "--journal"])
            .arg(folder.path().join("journal"));
        Ran::of(&mut command)?.ended(0)?.json()
    }
}

fn ids(first: usize) -> Vec<String> {
    (first..first + EVENTS)
        .map(|n| format!("{n:056}"))
        .collect()
}

fn each(first: usize, times: u64) -> BTreeMap<String, u64> {
    ids(first).into_iter().map(|id| (id, times)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_document_arrives_once_whatever_the_endpoint_answers() -> Tested {
    let Some(opensearch) = opensearch("every document arrives once") else {
        return Ok(());
    };
    let ministack = Ministack::start()?;
    let aws = Aws::new(ministack.endpoint(), REGION).await;
    let scene = Scene::start(&aws, opensearch).await?;
    let wrong = [
        Wrong::Status(500),
        Wrong::Status(429),
        Wrong::Status(202),
        Wrong::OtherRequestId,
        Wrong::NoAnswer,
    ];
    scene.endpoint.misbehave(wrong);
    scene.put(FIRST).await?;
    let done = scene.through().await?;
    assert_eq!(scene.indexed(FIRST)?, each(FIRST, 1), "{done:?}");
    let seen = scene.endpoint.seen();
    let tries = seen.iter().filter(|id| **id == seen[0]).count();
    assert_eq!(tries, wrong.len() + 1, "the id stays: {seen:?}");

    // Indexed, but Firehose doesn't know.
    let second = FIRST + EVENTS;
    scene.endpoint.misbehave([Wrong::LostAnswer]);
    scene.put(second).await?;
    let done = scene.through().await?;
    let indexed = scene.indexed(second)?;
    assert_eq!(indexed.len(), EVENTS, "{done:?}");
    assert!(indexed.values().any(|times| *times == 2), "{indexed:?}");
    assert_eq!(scene.endpoint.violations(), Vec::<String>::new());
    assert_eq!((done.delivered, done.failures()), (2 * EVENTS as u64, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_endpoint_never_takes_is_kept_and_put_back_once() -> Tested {
    let Some(opensearch) = opensearch("what the endpoint never takes") else {
        return Ok(());
    };
    let ministack = Ministack::start()?;
    let aws = Aws::new(ministack.endpoint(), REGION).await;
    let scene = Scene::start(&aws, opensearch).await?;
    let first = FIRST + 1_000_000;
    scene.endpoint.always(Wrong::Status(400));
    scene.put(first).await?;
    let done = scene.through().await?;
    let code = "HttpEndpoint.DestinationException";
    assert_eq!(done.failed.get(code), Some(&(EVENTS as u64)), "{done:?}");
    assert_eq!(scene.indexed(first)?, BTreeMap::new());
    let bucket = scene.central.output("ArchiveBucket");
    let kept = aws.objects(ACCOUNT, bucket, "search-failed/").await?;
    for object in &kept {
        let begins = "search-failed/http-endpoint-failed/date=";
        assert!(object.key.starts_with(begins), "{}", object.key);
    }

    scene.endpoint.heal();
    let folder = tempfile::tempdir()?;
    let report = scene.replay(&folder)?;
    assert_eq!(report["sent"], EVENTS, "{report}");
    assert_eq!(report["groups"][0]["error_code"], code);
    assert_eq!(report["groups"][0]["holds"], "document");
    scene.through().await?;
    assert_eq!(scene.indexed(first)?, each(first, 1));
    assert_eq!(scene.replay(&folder)?["sent_before"], EVENTS);
    scene.through().await?;
    assert_eq!(scene.indexed(first)?, each(first, 1));
    Ok(())
}
