//! The smallest form on a stand-in: one stream, one delivery stream, one search server. Each record's
//! first document is its answer; the others come back through the stream.

use anyhow::Context;
use local::cloudwatch::routes::StreamAddress;
use local::demo::search::{INDEX, Server};
use local::firehose::{Bucket, Destination, Search, Settings};
use serde_json::{Value, json};
use std::time::Duration;
use tests::deployed::{Deployed, stand_in};
use tests::firehose::{ACCOUNT, run_all};
use tests::search::{opensearch, prepare};
use tests::stream::put_record;
use tests::template::template;
use tests::transform::{flow_logs, lines, payload_of};

type Tested = anyhow::Result<()>;

/// The sender, which no other test's documents have.
const SENDER: &str = "515151515151";
const EVENTS: usize = 60;
/// All documents but the first of each record.
const PUT_BACK: f64 = 118.0;
const SHORTLY: Duration = Duration::from_millis(300);

/// The delivery stream as the template says it: the stand-in doesn't describe such a destination.
fn delivery(single: &Deployed<'_>, url: &str) -> anyhow::Result<Settings> {
    let template = template("single.yaml")?;
    let properties = &template["Resources"]["Delivery"]["Properties"];
    let to = &properties["AmazonopensearchserviceDestinationConfiguration"];
    assert_eq!(to["IndexName"], INDEX);
    let mut processor = to["ProcessingConfiguration"]["Processors"][0].clone();
    let function = single.output("FunctionName");
    let region = single.aws.region();
    let arn = json!(format!(
        "arn:aws:lambda:{region}:{ACCOUNT}:function:{function}"
    ));
    processor["Parameters"][0]["ParameterValue"] = arn;
    for parameter in processor["Parameters"].as_array_mut().into_iter().flatten() {
        if let Some(name) = parameter["ParameterValue"]["Ref"].as_str() {
            parameter["ParameterValue"] = template["Parameters"][name]["Default"].clone();
        }
    }
    let failed = to["S3Configuration"]["ErrorOutputPrefix"].as_str();
    Ok(Settings {
        aws: single.aws.clone(),
        name: single.stack.to_owned(),
        source: StreamAddress {
            account: ACCOUNT.to_owned(),
            region: region.to_owned(),
            name: single.output("StreamName").to_owned(),
        },
        processor: Some(single.processor(&processor)?),
        destination: Destination::OpenSearch(
            Search {
                buffer_interval: SHORTLY,
                ..Search::new(url, INDEX)
            },
            Bucket {
                error_prefix: failed.context("no error prefix")?.to_owned(),
                buffer_interval: SHORTLY,
                ..Bucket::new(single.output("Bucket"))
            },
        ),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_found_once_and_what_is_damaged_is_kept() -> Tested {
    let Some(server) = opensearch("every_event_is_found_once_and_what_is_damaged_is_kept") else {
        return Ok(());
    };
    let (_ministack, aws) = stand_in().await?;
    let single = Deployed::create(&aws, ACCOUNT, ("single.yaml", "tributary"), &json!({}))?;
    single.point_the_function_here().await?;
    let server = Server::new(server.url());
    prepare(&server)?;

    single.without_its_own(&[&single.resources()?["Delivery"]])?;
    for payload in [
        payload_of(SENDER, "cwl_vpc_fl_main", &flow_logs(EVENTS))?,
        payload_of(SENDER, "/app/orders", &lines(EVENTS))?,
        b"no gzip".to_vec(),
    ] {
        put_record(&aws, ACCOUNT, single.output("StreamName"), payload).await?;
    }
    let done = run_all(vec![delivery(&single, server.url())?])
        .await?
        .remove(0);
    let accounts = [SENDER.to_owned()];
    let found = tokio::task::spawn_blocking(move || server.documents(&accounts)).await??;
    assert_eq!(found.documents(), 2 * EVENTS, "{done:?}");
    let put_back = done.metrics.get("PutBackEvents").copied();
    assert!(
        put_back.is_some_and(|it| (it - PUT_BACK).abs() < 0.5),
        "{done:?}"
    );
    let failed = aws.objects(
        ACCOUNT,
        single.output("Bucket"),
        "failed/processing-failed/date=",
    );
    assert_eq!(failed.await?.len(), 1, "{done:?}");

    single.stack().delete()?;
    let what = json!({"StreamName": single.output("StreamName")});
    let stream = single.ask("kinesis", "describe_stream_summary", &what)?;
    assert!(stream.get("error").is_none(), "{stream}");
    let failed = aws
        .objects(ACCOUNT, single.output("Bucket"), "failed/")
        .await?;
    assert_eq!(failed.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_of_ones_own_is_written_to_and_none_is_made() -> Tested {
    let (_ministack, aws) = stand_in().await?;
    let parameters = json!({"NewDomain": "false", "DomainName": "mine", "StreamName": "logs"});
    let single = Deployed::create(&aws, ACCOUNT, ("single.yaml", "small"), &parameters)?;
    let role = single.resources()?["DeliveryRole"].clone();
    let answers = single.ask_all(&json!([
        ["opensearch", "list_domain_names", {}],
        ["iam", "get_role_policy", {"RoleName": role, "PolicyName": "firehose-domain"}],
        ["lambda", "get_function_configuration", {"FunctionName": single.output("FunctionName")}],
        ["cloudwatch", "describe_alarms", {}],
    ]))?;
    assert_eq!(answers[0]["DomainNames"], json!([]));
    let statements = &answers[1]["PolicyDocument"]["Statement"];
    assert_eq!(
        statements[0]["Resource"],
        format!("arn:aws:es:eu-central-1:{ACCOUNT}:domain/mine")
    );
    assert_eq!(
        answers[2]["Environment"]["Variables"],
        json!({"OUTPUT": "document"})
    );
    let alarms = answers[3]["MetricAlarms"].as_array().map(Vec::len);
    assert_eq!(alarms, Some(11));
    assert!(
        answers[3]["MetricAlarms"]
            .as_array()
            .into_iter()
            .flatten()
            .all(|alarm: &Value| {
                alarm["AlarmActions"] == json!([single.output("AlarmTopicArn")])
            })
    );
    Ok(())
}
