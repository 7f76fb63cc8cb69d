//! Each form of the logging account's templates on a stand-in: the resources themselves, asked for
//! through their own services.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::deployed::{Deployed, central, stand_in};
use tests::firehose::ACCOUNT;
use tests::template::template;

type Tested = anyhow::Result<()>;

fn delivery_streams(deployed: &Deployed<'_>) -> anyhow::Result<BTreeSet<String>> {
    let answer = deployed.ask("firehose", "list_delivery_streams", &json!({}))?;
    let names = answer["DeliveryStreamNames"]
        .as_array()
        .into_iter()
        .flatten();
    Ok(names.filter_map(Value::as_str).map(str::to_owned).collect())
}

/// Every alarm tells the topic, and its dimensions are names of resources of the stack, or of a filter that
/// its bucket has.
fn alarms_are_of_the_stack(deployed: &Deployed<'_>, count: usize) -> Tested {
    let answer = deployed.ask("cloudwatch", "describe_alarms", &json!({}))?;
    let resources = deployed.resources()?;
    let alarms = answer["MetricAlarms"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    assert_eq!(alarms.len(), count, "{}", deployed.stack);
    // The stand-in doesn't tell a bucket's filters.
    let bucket = &template("central.yaml")?["Resources"]["ArchiveBucket"]["Properties"];
    let filters = bucket["MetricsConfigurations"].as_array();
    let filters = filters.into_iter().flatten();
    let filters: BTreeSet<_> = filters.filter_map(|it| it["Id"].as_str()).collect();
    for alarm in &alarms {
        assert_eq!(
            alarm["AlarmActions"],
            json!([deployed.output("AlarmTopicArn")])
        );
        assert_eq!(alarm["ActionsEnabled"], true);
        for dimension in alarm["Dimensions"].as_array().into_iter().flatten() {
            let value = dimension["Value"].as_str().unwrap_or_default();
            let is_filter = dimension["Name"] == "FilterId" && filters.contains(value);
            assert!(
                is_filter || value == ACCOUNT || resources.values().any(|name| name == value),
                "{alarm}"
            );
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_form_has_its_own_search_side() -> Tested {
    let (_ministack, aws) = stand_in().await?;
    let forms = [
        ("none", json!({}), vec!["ArchiveDelivery"], 12),
        (
            "domain",
            json!({"DomainName": "mine"}),
            vec!["ArchiveDelivery", "DomainDelivery"],
            18,
        ),
        (
            "new-domain",
            json!({}),
            vec!["ArchiveDelivery", "DomainDelivery"],
            21,
        ),
        // For search-setup to come before the first document.
        (
            "domain-alone",
            json!({"DomainName": "alone"}),
            vec!["ArchiveDelivery"],
            15,
        ),
        (
            "endpoint",
            json!({"EndpointUrl": "https://search.example.com/"}),
            vec!["ArchiveDelivery", "EndpointDelivery"],
            19,
        ),
    ];
    for (search, more, deliveries, alarms) in forms {
        let mut parameters = central(&more);
        parameters["Search"] = json!(search);
        parameters["StreamName"] = json!(search);
        let deployed = Deployed::create(&aws, ACCOUNT, ("central.yaml", search), &parameters)?;
        let resources = deployed.resources()?;
        let wanted = deliveries.iter().map(|id| resources[*id].clone()).collect();
        assert_eq!(delivery_streams(&deployed)?, wanted);
        alarms_are_of_the_stack(&deployed, alarms)?;
        let documents = deployed.output("DocumentStreamArn");
        assert_eq!(documents.is_empty(), deliveries.len() == 1);
        assert_eq!(
            deployed.output("DomainEndpoint").is_empty(),
            !resources.contains_key("Domain")
        );
        assert_eq!(
            resources.contains_key("Domain"),
            search.ends_with("alone") || search == "new-domain"
        );
        let what = json!({"FunctionName": deployed.output("FunctionName")});
        let function = deployed.ask("lambda", "get_function_configuration", &what)?;
        let variables = &function["Environment"]["Variables"];
        assert_eq!(
            variables["DOCUMENTS_TO"].as_str().unwrap_or_default(),
            documents
        );
        assert_eq!(variables["CATALOG"], deployed.output("CatalogLocation"));
        deployed.stack().delete()?;
        assert_eq!(delivery_streams(&deployed)?, BTreeSet::new());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_without_an_address_is_refused_before_anything_is_made() -> Tested {
    let (_ministack, aws) = stand_in().await?;
    let parameters = central(&json!({"Search": "endpoint"}));
    let refused = Deployed::create(&aws, ACCOUNT, ("central.yaml", "tributary"), &parameters);
    let message = refused.map(drop).expect_err("refused").to_string();
    assert!(
        message.contains("EndpointUrl must be its address"),
        "{message}"
    );
    let nothing = aws.kinesis(ACCOUNT).list_streams().send().await?;
    assert!(nothing.stream_names.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deployed_is_what_the_template_says() -> Tested {
    let (_ministack, aws) = stand_in().await?;
    let more =
        json!({"AlarmEmail": "oncall@example.com", "StreamMode": "PROVISIONED", "Shards": "3"});
    let deployed = Deployed::create(
        &aws,
        ACCOUNT,
        ("central.yaml", "tributary"),
        &central(&more),
    )?;
    let (archive, trail) = (
        deployed.output("ArchiveBucket"),
        deployed.output("TrailBucket"),
    );
    let answers = deployed.ask_all(&json!([
        ["kinesis", "describe_stream_summary", {"StreamName": "tributary-logs"}],
        ["s3", "get_bucket_versioning", {"Bucket": archive}],
        ["s3", "get_public_access_block", {"Bucket": archive}],
        ["s3", "get_bucket_policy", {"Bucket": archive}],
        ["s3", "get_bucket_versioning", {"Bucket": trail}],
        ["s3", "get_public_access_block", {"Bucket": trail}],
        ["s3", "get_bucket_policy", {"Bucket": trail}],
        ["lambda", "get_function_configuration", {"FunctionName": deployed.output("FunctionName")}],
        ["logs", "describe_log_groups", {}],
        ["sns", "list_subscriptions_by_topic", {"TopicArn": deployed.output("AlarmTopicArn")}],
        ["kms", "get_key_rotation_status", {"KeyId": deployed.output("KeyArn")}],
        ["firehose", "describe_delivery_stream", {"DeliveryStreamName": deployed.resources()?["ArchiveDelivery"]}],
    ]))?;
    let stream = &answers[0]["StreamDescriptionSummary"];
    assert_eq!(
        (&stream["OpenShardCount"], &stream["RetentionPeriodHours"]),
        (&json!(3), &json!(168))
    );
    buckets_are_closed(&answers[1..7])?;
    the_trail_alone_writes(&answers[6], trail)?;
    the_function_runs_as_it_should(&deployed, &answers[7]);
    let groups: Vec<_> = answers[8]["logGroups"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    for group in &groups {
        assert_eq!(
            (&group["retentionInDays"], &group["kmsKeyId"]),
            (&json!(90), &json!(deployed.output("KeyArn")))
        );
    }
    assert_eq!(groups.len(), 2);
    assert_eq!(
        answers[9]["Subscriptions"][0]["Endpoint"],
        "oncall@example.com"
    );
    assert_eq!(answers[10]["KeyRotationEnabled"], true);
    the_archive_is_written_in_partitions(&deployed, &answers[11]["DeliveryStreamDescription"]);
    Ok(())
}

/// Versions, no public access, TLS alone: three answers for each bucket.
fn buckets_are_closed(answers: &[Value]) -> Tested {
    let closed = json!({"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true});
    for bucket in answers.chunks(3) {
        assert_eq!(bucket[0]["Status"], "Enabled");
        assert_eq!(bucket[1]["PublicAccessBlockConfiguration"], closed);
        let policy: Value = serde_json::from_str(bucket[2]["Policy"].as_str().unwrap_or_default())?;
        let tls = &policy["Statement"][0];
        assert_eq!(
            (&tls["Effect"], &tls["Principal"]),
            (&json!("Deny"), &json!("*"))
        );
        assert_eq!(
            tls["Condition"],
            json!({"Bool": {"aws:SecureTransport": "false"}})
        );
    }
    Ok(())
}

fn the_trail_alone_writes(answer: &Value, bucket: &str) -> Tested {
    let policy: Value = serde_json::from_str(answer["Policy"].as_str().unwrap_or_default())?;
    let arn = format!("arn:aws:s3:::{bucket}");
    let trail = "arn:aws:cloudtrail:*:111111111111:trail/tributary";
    let writes = &policy["Statement"][2];
    assert_eq!(
        writes["Resource"],
        json!([
            format!("{arn}/AWSLogs/111111111111/*"),
            format!("{arn}/AWSLogs/o-abcdefghij/*")
        ])
    );
    for statement in policy["Statement"].as_array().into_iter().flatten().skip(1) {
        assert_eq!(
            statement["Principal"],
            json!({"Service": "cloudtrail.amazonaws.com"})
        );
        assert_eq!(statement["Condition"]["ArnLike"]["aws:SourceArn"], trail);
    }
    Ok(())
}

fn the_function_runs_as_it_should(deployed: &Deployed<'_>, found: &Value) {
    assert_eq!(
        (&found["MemorySize"], &found["Timeout"]),
        (&json!(512), &json!(300))
    );
    assert_eq!(
        (&found["Runtime"], &found["Architectures"]),
        (&json!("provided.al2023"), &json!(["x86_64"]))
    );
    // Not of the function's name, which is CloudFormation's.
    let group = format!("/aws/lambda/{}-tributary-transform", deployed.stack);
    assert_eq!(found["LoggingConfig"]["LogGroup"], group);
    let variables = &found["Environment"]["Variables"];
    assert_eq!(
        (&variables["OUTPUT"], &variables["PARTITION_KEYS"]),
        (&json!("ndjson-gzip"), &json!("true"))
    );
    // Not set, where nobody wants them: an unknown variable could be anything.
    for name in ["DOCUMENTS_TO", "FLOW_LOG_FORMATS", "COUNT_ACCOUNTS"] {
        assert!(variables.get(name).is_none(), "{name}");
    }
}

fn the_archive_is_written_in_partitions(deployed: &Deployed<'_>, found: &Value) {
    let to = &found["Destinations"][0]["ExtendedS3DestinationDescription"];
    assert_eq!(
        found["Source"]["KinesisStreamSourceDescription"]["KinesisStreamARN"],
        deployed.output("StreamArn")
    );
    assert_eq!(
        to["BucketARN"],
        format!("arn:aws:s3:::{}", deployed.output("ArchiveBucket"))
    );
    assert_eq!(to["CompressionFormat"], "UNCOMPRESSED");
    assert_eq!(to["DynamicPartitioningConfiguration"]["Enabled"], true);
    assert_eq!(
        to["BufferingHints"],
        json!({"SizeInMBs": 64, "IntervalInSeconds": 300})
    );
    let group = format!("/aws/kinesisfirehose/{}-archive", deployed.stack);
    assert_eq!(
        to["CloudWatchLoggingOptions"],
        json!({"Enabled": true, "LogGroupName": group, "LogStreamName": "delivery"})
    );
}
