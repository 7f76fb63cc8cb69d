//! The template of the logging account on a stand-in that enforces policies: `bootstrap` takes its
//! stream, logs go through what was deployed, an update replaces nothing, a deletion keeps all data.

use std::collections::BTreeSet;
use std::io::Read;

use anyhow::{Context, ensure};
use flate2::read::MultiGzDecoder;
use local::corpus;
use local::demo::search::{INDEX, Server};
use local::firehose::{Search, Snapshot};
use serde_json::{Value, json};
use tests::bootstrap::least_privilege::LeastPrivilege;
use tests::bootstrap::{BUCKET, KEY};
use tests::deployed::{self, Deployed};
use tests::firehose::run_all;
use tests::search::{opensearch, prepare};
use tests::stream::put_record;
use tests::transform::{flow_logs, lines, payload_of};

type Tested = anyhow::Result<()>;

/// Of each dataset.
const EVENTS: usize = 200;
const STREAM: &str = "tributary-logs";

fn parameters(hours: &str) -> Value {
    let catalog = format!("{BUCKET}/{KEY}");
    deployed::central(
        &json!({"Search": "new-domain", "RetentionHours": hours, "CatalogLocation": catalog}),
    )
}

/// What of the raw stream nobody may change unasked.
fn stream(central: &Deployed<'_>) -> anyhow::Result<Value> {
    let what = json!({"StreamName": STREAM});
    let summary = central.ask("kinesis", "describe_stream_summary", &what)?;
    Ok(summary["StreamDescriptionSummary"].clone())
}

/// The stand-in for `CloudFormation` leaves a stream's encryption out.
fn encrypt(central: &Deployed<'_>) -> Tested {
    let key = central.output("KeyArn");
    let what = json!({"StreamName": STREAM, "EncryptionType": "KMS", "KeyId": key});
    let answer = central.ask("kinesis", "start_stream_encryption", &what)?;
    ensure!(answer.get("error").is_none(), "{answer}");
    Ok(())
}

/// Payloads of three datasets, and one that is damaged.
async fn send(central: &Deployed<'_>, account: &str) -> Tested {
    let trail = corpus::cloudtrail()?.into_iter().take(EVENTS);
    let trail: Vec<_> = trail.map(|message| message.text).collect();
    let payloads = [
        payload_of(account, "cwl_vpc_fl_main", &flow_logs(EVENTS))?,
        payload_of(account, "aws-cloudtrail-logs-main", &trail)?,
        payload_of(account, "/app/orders", &lines(EVENTS))?,
        b"no gzip".to_vec(),
    ];
    for payload in payloads {
        put_record(central.aws, central.account, STREAM, payload).await?;
    }
    Ok(())
}

/// Every document of the archive, with the partition that it lies in.
async fn archived(central: &Deployed<'_>) -> anyhow::Result<Vec<(String, Value)>> {
    let bucket = central.output("ArchiveBucket");
    let mut documents = Vec::new();
    for object in central
        .aws
        .objects(central.account, bucket, "logs/")
        .await?
    {
        ensure!(object.key.ends_with(".ndjson.gz"), "{}", object.key);
        let mut text = String::new();
        MultiGzDecoder::new(object.bytes.as_slice()).read_to_string(&mut text)?;
        let (partition, _) = object.key.rsplit_once('/').context("no partition")?;
        for line in text.lines() {
            documents.push((partition.to_owned(), serde_json::from_str(line)?));
        }
    }
    Ok(documents)
}

/// The archive has every document once, in the partition of its dataset and, of each record, of the
/// first one's day; what was damaged is under errors/.
async fn the_archive_is_whole(central: &Deployed<'_>, done: &Snapshot) -> Tested {
    let documents = archived(central).await?;
    assert_eq!(documents.len(), 3 * EVENTS, "{done:?}");
    for (partition, document) in &documents {
        let dataset = document["event"]["dataset"].as_str().unwrap_or_default();
        let start = format!("logs/dataset={dataset}/date=");
        assert!(partition.starts_with(&start), "{partition}: {document}");
        assert!(
            document["cloud"]["account"]["name"].is_string() || dataset != "aws.cloudwatch_logs",
            "the catalog: {document}"
        );
    }
    let partitions: BTreeSet<_> = documents.iter().map(|(partition, _)| partition).collect();
    assert_eq!(partitions.len(), 3, "{partitions:?}");
    let bucket = central.output("ArchiveBucket");
    let errors = central
        .aws
        .objects(central.account, bucket, "errors/processing-failed/date=");
    assert_eq!(errors.await?.len(), 1, "{done:?}");
    assert_eq!(done.failed.get("Lambda.ProcessingFailedStatus"), Some(&1));
    Ok(())
}

/// What the dashboard shows of the function, the function counts.
fn the_function_counts_what_the_dashboard_shows(central: &Deployed<'_>, done: &Snapshot) -> Tested {
    let what = json!({"DashboardName": format!("{}-tributary", central.stack)});
    let answer = central.ask("cloudwatch", "get_dashboard", &what)?;
    let body: Value = serde_json::from_str(answer["DashboardBody"].as_str().context("no body")?)?;
    let mut shown = 0;
    for widget in body["widgets"].as_array().into_iter().flatten() {
        let mut last = Vec::new();
        for metric in widget["properties"]["metrics"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let texts = metric
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            // "." is what stands above it.
            let texts: Vec<_> = texts
                .enumerate()
                .map(|(n, it)| if it == "." { last[n] } else { it })
                .collect();
            last.clone_from(&texts);
            if texts[0] == "Tributary" {
                // No finding was sent.
                let counted =
                    done.metrics.contains_key(texts[1]) || texts[1] == "DocumentsOut_aws_guardduty";
                assert!(counted, "{texts:?}: {:?}", done.metrics.keys());
                assert_eq!(texts[2..], ["FunctionName", central.output("FunctionName")]);
                shown += 1;
            }
        }
    }
    assert!(shown > 10, "{shown}");
    Ok(())
}

/// The role that `bootstrap` made for CloudWatch Logs may use the template's key.
fn the_delivery_role_may_use_the_key(central: &Deployed<'_>) -> Tested {
    let what = json!({"RoleName": "tributary-delivery-tributary", "PolicyName": "tributary"});
    let answer = central.ask("iam", "get_role_policy", &what)?;
    let statements = answer["PolicyDocument"]["Statement"].as_array();
    let key = statements.context(answer.to_string())?.iter();
    let key: Vec<_> = key
        .filter(|it| it["Action"] == "kms:GenerateDataKey")
        .collect();
    assert_eq!(key.len(), 1, "{answer}");
    assert_eq!(key[0]["Resource"], central.output("KeyArn"));
    Ok(())
}

async fn go_through(central: &Deployed<'_>, account: &str) -> Tested {
    let server = opensearch("logs_go_through_what_was_deployed");
    let server = server.as_deref().map(|it| Server::new(it.url()));
    let resources = central.resources()?;
    let (archive, searched) = (&resources["ArchiveDelivery"], &resources["DomainDelivery"]);
    let mut deliveries = vec![central.delivery(archive, None)?];
    if let Some(server) = &server {
        prepare(server)?;
        let search = Search {
            buffer_interval: std::time::Duration::from_millis(500),
            ..Search::new(server.url(), INDEX)
        };
        deliveries.push(central.delivery(searched, Some(search))?);
    }
    central.without_its_own(&[archive, searched])?;
    send(central, account).await?;
    let done = run_all(deliveries).await?;
    the_archive_is_whole(central, &done[0]).await?;
    the_function_counts_what_the_dashboard_shows(central, &done[0])?;
    if let Some(server) = server {
        let accounts = [account.to_owned()];
        let found = tokio::task::spawn_blocking(move || server.documents(&accounts)).await??;
        assert_eq!(found.documents(), 3 * EVENTS, "{:?}", done[1]);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_go_through_what_was_deployed_an_update_replaces_nothing_and_data_is_kept() -> Tested {
    let least = LeastPrivilege::new().await?;
    let scene = &least.scene;
    let account = scene.organization.logging.id.as_str();
    Deployed::upload(&scene.aws, account).await?;
    let place = ("central.yaml", "tributary");
    let mut central = Deployed::create(&scene.aws, account, place, &parameters("168"))?;
    central.point_the_function_here().await?;
    encrypt(&central)?;

    // bootstrap takes the stream as it is, and makes what belongs around it.
    let before = stream(&central)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(stream(&central)?, before);
    the_delivery_role_may_use_the_key(&central)?;
    scene.bootstrap.ends(0, &["verify"])?;

    let member = scene.organization.members[0].id.clone();
    go_through(&central, &member).await?;

    // Everything has the name that it had, and what it held.
    let (resources, documents) = (central.resources()?, archived(&central).await?.len());
    central.update(&parameters("240"))?;
    assert_eq!(central.resources()?, resources);
    let after = stream(&central)?;
    assert_eq!(after["RetentionPeriodHours"], 240);
    assert_eq!(
        after["StreamCreationTimestamp"],
        before["StreamCreationTimestamp"]
    );
    assert_eq!(archived(&central).await?.len(), documents);
    scene.bootstrap.ends(0, &["verify"])?;

    central.stack().delete()?;
    assert_eq!(
        archived(&central).await?.len(),
        documents,
        "the archive stays"
    );
    assert_eq!(stream(&central)?["StreamARN"], before["StreamARN"]);
    let gone = central.ask_all(&json!([
        ["s3", "head_bucket", {"Bucket": central.output("TrailBucket")}],
        ["s3", "get_bucket_policy", {"Bucket": central.output("TrailBucket")}],
        ["s3", "get_bucket_policy", {"Bucket": central.output("ArchiveBucket")}],
        ["kms", "describe_key", {"KeyId": central.output("KeyArn")}],
        ["opensearch", "describe_domain", {"DomainName": "tributary"}],
        ["lambda", "get_function", {"FunctionName": central.output("FunctionName")}],
        ["firehose", "describe_delivery_stream", {"DeliveryStreamName": resources["ArchiveDelivery"]}],
        ["kinesis", "describe_stream_summary", {"StreamName": format!("{STREAM}-documents")}],
    ]))?;
    let gone: Vec<_> = gone
        .iter()
        .map(|answer| answer.get("error").is_some())
        .collect();
    assert_eq!(gone, [false, false, false, false, false, true, true, true]);
    // What bootstrap made stays, and the stream that it leads to.
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_functions_role_has_no_permission_that_it_could_do_without() -> Tested {
    let least = LeastPrivilege::new().await?;
    let scene = &least.scene;
    let account = scene.organization.logging.id.as_str();
    Deployed::upload(&scene.aws, account).await?;
    let place = ("central.yaml", "tributary");
    let central = Deployed::create(&scene.aws, account, place, &parameters("24"))?;
    central.point_the_function_here().await?;
    let role = central.resources()?["FunctionRole"].clone();
    let event = tests::transform::event_from(
        Some(central.output("StreamArn")),
        &[payload_of("333333333333", "/app/orders", &lines(3))?],
    );
    let with_all = central.answer(&event).await?;
    assert_eq!(with_all["records"][0]["result"], "Ok", "{with_all}");
    let what = json!({"RoleName": role, "PolicyName": "function-documents"});
    central.ask("iam", "delete_role_policy", &what)?;
    let without = central.answer(&event).await?;
    assert_eq!(
        without["records"][0]["result"], "ProcessingFailed",
        "{without}"
    );
    Ok(())
}
