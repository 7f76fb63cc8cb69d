//! The built function and a catalog in S3: through the real interface, and while S3 is away.

use std::net::TcpListener;
use std::time::Duration;

use ::catalog::MAX_BYTES;
use local::aws::Aws;
use local::fault_proxy::{Fault, FaultProxy, Rule};
use local::ministack::Ministack;
use serde_json::json;
use tests::catalog::{answer, of_one_account, put, told};
use tests::transform::{Function, event, payload};

type Tested = anyhow::Result<()>;

const ACCOUNT: &str = "222222222222";
const BUCKET: &str = "tributary-catalog";
const KEY: &str = "organization/the catalog+1.json";
/// The operation, as the proxy names it.
const GET: &str = "GET /tributary-catalog/organization/the%20catalog%2B1.json";

/// S3 with a bucket, behind a proxy that can fail.
struct Store {
    aws: Aws,
    proxy: FaultProxy,
    _ministack: Ministack,
}

impl Store {
    async fn start() -> anyhow::Result<Self> {
        let ministack = Ministack::start()?;
        let aws = Aws::new(ministack.endpoint(), "eu-central-1").await;
        aws.create_bucket(ACCOUNT, BUCKET).await?;
        let proxy = FaultProxy::start(ministack.endpoint())?;
        Ok(Self {
            aws,
            proxy,
            _ministack: ministack,
        })
    }

    async fn put(&self, body: impl Into<Vec<u8>>) -> Tested {
        put(&self.aws, ACCOUNT, BUCKET, KEY, body).await
    }

    fn function(&self) -> anyhow::Result<Function> {
        function_at(self.proxy.endpoint())
    }
}

fn function_at(endpoint: &str) -> anyhow::Result<Function> {
    let location = format!("s3://{BUCKET}/{KEY}");
    Function::start(&[
        ("OUTPUT", "ndjson"),
        ("CATALOG", &location),
        ("AWS_ENDPOINT_URL", endpoint),
    ])
}

#[tokio::test]
async fn documents_carry_the_names_of_a_catalog_that_is_read_once() -> Tested {
    let store = Store::start().await?;
    store.put(of_one_account("shop").to_json()?).await?;
    let function = store.function()?;
    assert_eq!(store.proxy.requests_of(GET).len(), 0, "not at start");
    for _ in 0..3 {
        let (answered, documents) = answer(&function)?;
        for document in &documents {
            assert_eq!(
                document["cloud"]["account"],
                json!({"id": "333333333333", "name": "shop"})
            );
            assert_eq!(document["aws"]["organization"]["path"], "Root/Workloads");
            assert_eq!(document["aws"]["account"]["tags"]["owner"], "team-a");
            assert_eq!(document["organization"]["id"], "o-exampleorg1");
        }
        assert_eq!(answered.metrics["CatalogUnavailable"], 0);
        assert_eq!(answered.metrics["CatalogStale"], 0);
        assert!(answered.metrics["CatalogAgeSeconds"].as_u64() < Some(60));
        assert_eq!(told(&answered), Vec::<&String>::new());
    }
    assert_eq!(store.proxy.requests_of(GET).len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_newer_catalog_is_found_and_an_older_one_outlives_an_outage() -> Tested {
    let store = Store::start().await?;
    store.put(of_one_account("shop").to_json()?).await?;
    let location = format!("s3://{BUCKET}/{KEY}");
    let function = Function::start(&[
        ("OUTPUT", "ndjson"),
        ("CATALOG", &location),
        ("CATALOG_REFRESH_SECONDS", "1"),
        ("AWS_ENDPOINT_URL", store.proxy.endpoint()),
    ])?;
    let later = || {
        std::thread::sleep(Duration::from_millis(1100));
        let (answered, documents) = answer(&function)?;
        let name = documents[0]["cloud"]["account"]["name"].clone();
        anyhow::Ok((answered, name))
    };
    assert_eq!(later()?.1, "shop");
    assert_eq!(
        later()?.1,
        "shop",
        "asked with the tag, told that it is the same"
    );
    store.put(of_one_account("renamed").to_json()?).await?;
    assert_eq!(later()?.1, "renamed");
    assert_eq!(store.proxy.requests_of(GET).len(), 3);
    store
        .proxy
        .add(Rule::every(GET, Fault::answer(500, "InternalError")));
    let (answered, name) = later()?;
    assert_eq!(name, "renamed");
    assert_eq!(
        (
            answered.metric("CatalogStale"),
            answered.metric("CatalogUnavailable")
        ),
        (1, 0)
    );
    assert_eq!(told(&answered).len(), 1);
    let (answered, _) = later()?;
    assert_eq!(
        (answered.metric("CatalogStale"), told(&answered).len()),
        (1, 0)
    );
    assert!(answered.metric("CatalogAgeSeconds") >= 1);
    store.proxy.heal();
    let (answered, name) = later()?;
    assert_eq!(
        (answered.metric("CatalogStale"), name),
        (0, json!("renamed"))
    );
    assert!(told(&answered)[0].contains("can be read again"));
    Ok(())
}

#[tokio::test]
async fn without_an_object_documents_go_out_and_the_log_says_what_to_do() -> Tested {
    let store = Store::start().await?;
    let function = store.function()?;
    let (answered, documents) = answer(&function)?;
    assert_eq!(
        documents[0]["cloud"]["account"],
        json!({"id": "333333333333"})
    );
    assert_eq!(answered.metrics["CatalogUnavailable"], 1);
    let told_once = told(&answered);
    assert_eq!(told_once.len(), 1);
    assert!(told_once[0].contains("bootstrap apply"), "{told_once:?}");
    assert!(told_once[0].contains("NoSuchKey"), "{told_once:?}");
    let (answered, _) = answer(&function)?;
    assert_eq!(answered.metrics["CatalogUnavailable"], 1);
    assert_eq!(told(&answered).len(), 0, "once");
    assert_eq!(
        store.proxy.requests_of(GET).len(),
        1,
        "not at each invocation"
    );
    Ok(())
}

#[tokio::test]
async fn every_failure_of_s3_leaves_the_documents_as_they_are() -> Tested {
    let store = Store::start().await?;
    store.put(of_one_account("shop").to_json()?).await?;
    for (fault, reason) in [
        (Fault::answer(403, "AccessDenied"), "s3:GetObject"),
        (Fault::answer(503, "SlowDown"), "status 503 SlowDown"),
        (Fault::DropBefore, "S3 can't be reached"),
        (
            Fault::Delay(Duration::from_secs(20)),
            "no answer within 2000 ms",
        ),
    ] {
        store.proxy.heal();
        store.proxy.add(Rule::every(GET, fault));
        let (answered, documents) = answer(&store.function()?)?;
        assert_eq!(
            documents[0]["cloud"]["account"],
            json!({"id": "333333333333"})
        );
        assert_eq!(answered.metrics["CatalogUnavailable"], 1, "{reason}");
        let lines = told(&answered);
        assert!(lines.len() == 1 && lines[0].contains(reason), "{lines:?}");
        assert!(answered.duration < Duration::from_secs(5), "{reason}");
    }
    Ok(())
}

#[tokio::test]
async fn an_object_that_is_no_catalog_or_too_large_leaves_the_documents_as_they_are() -> Tested {
    let store = Store::start().await?;
    let mut huge = of_one_account("shop").to_json()?.into_bytes();
    huge.resize(MAX_BYTES + 1, b' ');
    for (body, reason) in [
        (
            b"account,name\n333333333333,shop\n".to_vec(),
            "no catalog of Tributary",
        ),
        (
            br#"{"kind":"tributary-catalog","version":9}"#.to_vec(),
            "version 9",
        ),
        (huge, "more than 16777216 bytes"),
    ] {
        store.put(body).await?;
        let (answered, documents) = answer(&store.function()?)?;
        assert!(documents[0]["cloud"]["account"].get("name").is_none());
        let lines = told(&answered);
        assert!(lines.len() == 1 && lines[0].contains(reason), "{lines:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_function_of_little_time_does_not_spend_it_on_the_catalog() -> Tested {
    let store = Store::start().await?;
    store
        .proxy
        .add(Rule::every(GET, Fault::Delay(Duration::from_secs(20))));
    let function = store.function()?.with_timeout(Duration::from_secs(2));
    let (answered, _) = answer(&function)?;
    assert!(
        answered.duration < Duration::from_secs(1),
        "{:?}",
        answered.duration
    );
    assert_eq!(answered.metrics["CatalogUnavailable"], 1);
    Ok(())
}

#[tokio::test]
async fn where_nobody_listens_the_documents_go_out() -> Tested {
    let closed = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let (answered, _) = answer(&function_at(&format!("http://{closed}"))?)?;
    assert!(told(&answered)[0].contains("S3 can't be reached"));
    Ok(())
}

#[tokio::test]
async fn flow_logs_are_read_in_the_catalog_s_format() -> Tested {
    let store = Store::start().await?;
    let mut catalog = of_one_account("shop");
    catalog.flow_log_formats[0].log_group = "/app/*".to_owned();
    store.put(catalog.to_json()?).await?;
    let flow = payload(0, &["10.0.0.1 10.0.0.2 4242".to_owned()])?;
    let answered = store.function()?.answer(&event(&[flow]))?;
    let document = &answered.documents(0)?[0];
    assert_eq!(document["event"]["dataset"], "aws.vpcflow");
    assert_eq!(document["source"]["bytes"], 4242);
    assert_eq!(answered.metric("DocumentsOut_aws_vpcflow"), 1);
    Ok(())
}
