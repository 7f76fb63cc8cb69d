//! `central.yaml` with Search=endpoint: what it deploys delivers each document once to an HTTP endpoint
//! that holds requests against Firehose's specification, whatever that endpoint answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use local::aws::Aws;
use local::demo::search::Server;
use local::firehose::{Firehose, Snapshot};
use local::opensearch::OpenSearch;
use local::search_endpoint::{SearchEndpoint, Wrong};
use serde_json::{Value, json};
use tests::deployed::{self, Deployed, stand_in};
use tests::deployed_endpoint::expected;
use tests::firehose::{ACCOUNT, through};
use tests::replay::replayed;
use tests::search::{event_ids, found, opensearch, prepare};
use tests::stream::put_record;
use tests::transform::{lines, payload};

type Tested = anyhow::Result<()>;

const STREAM: &str = "tributary-logs";
const KEY: &str = "a key, {as it is}";
const EVENTS: usize = 60;
const WITHIN: Duration = Duration::from_mins(2);
/// Events of this test, counted from a number that no other test of the server has.
const FIRST: usize = 91_000_000;

fn parameters() -> Value {
    deployed::central(&json!({
        "CatalogLocation": "none", "Search": "endpoint", "EndpointKey": KEY,
        "EndpointUrl": "https://search.example.com/firehose?to=tributary",
    }))
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
        let place = ("central.yaml", "tributary");
        let central = Deployed::create(aws, ACCOUNT, place, &parameters())?;
        central.point_the_function_here().await?;
        let server = Server::new(opensearch.url());
        prepare(&server)?;
        let resources = central.resources()?;
        let (archived, name) = (
            &resources["ArchiveDelivery"],
            &resources["EndpointDelivery"],
        );
        let archive = central.delivery(archived, None)?;
        let described = central.described_endpoint(name, KEY)?;
        ensure!(described.gzip(), "requests aren't compressed");
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
        let data = payload(first, &lines(EVENTS))?;
        put_record(self.central.aws, ACCOUNT, STREAM, data).await
    }

    /// Waits until everything on the streams is delivered or failed.
    async fn through(&self) -> anyhow::Result<Snapshot> {
        // What one delivers, the other reads.
        for firehose in [&self.archive, &self.search] {
            through(firehose, WITHIN).await?;
        }
        Ok(self.search.snapshot())
    }

    /// How often each event of a payload was indexed, by its id.
    fn indexed(&self, first: usize) -> anyhow::Result<BTreeMap<String, u64>> {
        let found = found(&self.server, &event_ids(first, EVENTS))?;
        let all: BTreeMap<_, _> = found.iter().cloned().collect();
        ensure!(all.len() == found.len(), "an event is in two indices");
        Ok(all)
    }

    fn replay(&self, folder: &tempfile::TempDir) -> anyhow::Result<Value> {
        let failed = format!(
            "s3://{}/search-failed/",
            self.central.output("ArchiveBucket")
        );
        let to = self.central.output("DocumentStreamArn");
        let arguments = [failed.as_str(), "--documents-to", to];
        replayed(self.central.aws.endpoint(), &arguments, folder.path())
    }
}

fn each(first: usize, times: u64) -> BTreeMap<String, u64> {
    let ids = event_ids(first, EVENTS).into_iter();
    ids.map(|id| (id, times)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_document_arrives_once_whatever_the_endpoint_answers() -> Tested {
    let Some(opensearch) = opensearch("every document arrives once") else {
        return Ok(());
    };
    let (_ministack, aws) = stand_in().await?;
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
    let (_ministack, aws) = stand_in().await?;
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
