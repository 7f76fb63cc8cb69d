//! Alarms and the dashboard of the logging account name metrics that there are.

use anyhow::Context;
use local::layout::project_root;
use serde_json::{Value, json};
use tests::template::{of_kind, plain, template, templates};

type Tested = anyhow::Result<()>;

/// Metrics of AWS that alarms and the dashboard name, by their namespaces: "Monitoring Amazon Data
/// Firehose with CloudWatch metrics", "Monitoring the Amazon Kinesis Data Streams service", "Types of
/// metrics for Lambda functions", "Monitoring OpenSearch cluster metrics", "Amazon S3 request metrics in
/// CloudWatch", "Available CloudWatch metrics for Amazon SQS".
const AWS: &[(&str, &[&str])] = &[
    (
        "AWS/Firehose",
        &[
            "KinesisMillisBehindLatest",
            "DeliveryToS3.Bytes",
            "DeliveryToS3.DataFreshness",
            "DeliveryToS3.Success",
            "ExecuteProcessing.Success",
            "DeliveryToAmazonOpenSearchService.DataFreshness",
            "DeliveryToAmazonOpenSearchService.Records",
            "DeliveryToAmazonOpenSearchService.Success",
            "DeliveryToHttpEndpoint.DataFreshness",
            "DeliveryToHttpEndpoint.Records",
            "DeliveryToHttpEndpoint.Success",
            "PartitionCount",
            "PartitionCountExceeded",
            "ThrottledGetRecords",
        ],
    ),
    (
        "AWS/Kinesis",
        &["IncomingBytes", "WriteProvisionedThroughputExceeded"],
    ),
    (
        "AWS/Lambda",
        &["ConcurrentExecutions", "Duration", "Errors", "Throttles"],
    ),
    (
        "AWS/ES",
        &[
            "ClusterIndexWritesBlocked",
            "ClusterStatus.red",
            "FreeStorageSpace",
        ],
    ),
    ("AWS/S3", &["PutRequests"]),
    ("AWS/SQS", &["ApproximateNumberOfMessagesVisible"]),
];

/// What a metric's name is in each form.
fn names(metric: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let either = metric["Fn::If"].as_array().into_iter().flatten().skip(1);
    if metric.is_string() {
        vec![text(metric)]
    } else {
        either.map(text).collect()
    }
}

/// The metrics that an alarm looks at: its own, or those of its expression.
fn asked(alarm: &Value) -> Vec<&Value> {
    let many = alarm["Metrics"].as_array().into_iter().flatten();
    let many = many.filter_map(|one| one.pointer("/MetricStat/Metric"));
    many.chain(alarm.get("MetricName").map(|_| alarm)).collect()
}

/// By which dimensions the alarms ask for the metrics of a namespace.
const DIMENSIONS: &[(&str, &[&str])] = &[
    ("AWS/Firehose", &["DeliveryStreamName"]),
    ("AWS/Kinesis", &["StreamName"]),
    ("AWS/Lambda", &["FunctionName"]),
    ("AWS/ES", &["ClientId", "DomainName"]),
    ("AWS/S3", &["BucketName", "FilterId"]),
    ("AWS/SQS", &["QueueName"]),
    ("Tributary", &["FunctionName"]),
    ("Tributary/CloudTrail", &[]),
    ("Tributary/${AWS::StackName}", &[]),
];

#[test]
fn every_alarm_is_of_a_metric_that_there_is() -> Tested {
    let page = std::fs::read_to_string(project_root().join("docs/transform.md"))?;
    let mut seen = 0;
    for name in templates()? {
        let template = template(&name)?;
        let counted = counted(&template);
        for (id, alarm) in of_kind(&template, "AWS::CloudWatch::Alarm") {
            let properties = &alarm["Properties"];
            let asked = asked(properties);
            // The accounts are counted by a rule, which the alarm names.
            assert_eq!(asked.is_empty(), id == "AccountsAlarm", "{id}");
            for metric in asked {
                let namespace = plain(&metric["Namespace"]);
                let namespace = namespace.as_str().unwrap_or_default();
                let known = DIMENSIONS.iter().find(|(known, _)| *known == namespace);
                assert_eq!(dimensions(metric), known.expect(namespace).1, "{name} {id}");
                for metric in names(&metric["MetricName"]) {
                    if !counted.contains(&(namespace.to_owned(), metric.clone())) {
                        is_known(&page, namespace, &metric);
                    }
                    seen += 1;
                }
            }
            assert!(
                properties["AlarmDescription"]
                    .as_str()
                    .is_some_and(|it| it.len() > 40),
                "{id}"
            );
        }
    }
    assert!(seen > 25, "{seen}");
    Ok(())
}

/// What Firehose measures of a delivery, by its destination ("Data delivery CloudWatch metrics").
#[rustfmt::skip]
const MEASURED: &[(&str, &[&str])] = &[
    ("AmazonopensearchserviceDestinationConfiguration", &["DeliveryToAmazonOpenSearchService", "DeliveryToS3"]),
    ("ExtendedS3DestinationConfiguration", &["DeliveryToS3"]),
    ("HttpEndpointDestinationConfiguration", &["DeliveryToHttpEndpoint"]),
];

/// An alarm on what Firehose measures of other destinations alone would never ring.
#[test]
fn alarms_ask_of_a_delivery_what_firehose_measures_of_it() -> Tested {
    let mut held = 0;
    for name in templates()? {
        let template = template(&name)?;
        for (id, alarm) in of_kind(&template, "AWS::CloudWatch::Alarm") {
            let properties = &alarm["Properties"];
            if properties["Namespace"] != "AWS/Firehose" {
                continue;
            }
            let deliveries = names(&plain(&properties["Dimensions"][0]["Value"]));
            let metrics = names(&properties["MetricName"]);
            for (delivery, metric) in deliveries.iter().zip(metrics.iter().cycle()) {
                let delivery = delivery.trim_start_matches("${").trim_end_matches('}');
                let delivery = &template["Resources"][delivery]["Properties"];
                let mut measured = MEASURED.iter();
                let measured = measured.find(|(to, _)| delivery.get(*to).is_some());
                let (_, measured) = measured.context(id.clone())?;
                let side = metric.split('.').next().unwrap_or_default();
                if side.starts_with("DeliveryTo") {
                    assert!(measured.contains(&side), "{name} {id}: {metric}");
                    held += 1;
                }
            }
        }
    }
    assert!(held > 10, "{held}");
    Ok(())
}

/// S3 counts requests only where a bucket has a filter for them: of what Firehose puts there.
#[test]
fn the_archive_counts_the_requests_that_alarms_ask_for() -> Tested {
    let template = template("central.yaml")?;
    let resources = &template["Resources"];
    let mut wanted = Vec::new();
    for (alarm, delivery, prefix) in [
        (
            "ErrorObjectsAlarm",
            "ArchiveDelivery",
            "/ExtendedS3DestinationConfiguration/ErrorOutputPrefix",
        ),
        (
            "EndpointFailedAlarm",
            "EndpointDelivery",
            "/HttpEndpointDestinationConfiguration/S3Configuration/ErrorOutputPrefix",
        ),
    ] {
        let dimensions = &resources[alarm]["Properties"]["Dimensions"];
        assert_eq!(dimensions[0]["Value"], json!({"Ref": "ArchiveBucket"}));
        let prefix = resources[delivery]["Properties"].pointer(prefix);
        let prefix = prefix.and_then(Value::as_str).context(delivery)?;
        let (folder, _) = prefix.split_once('/').context(prefix.to_owned())?;
        wanted.push(json!({"Id": dimensions[1]["Value"], "Prefix": format!("{folder}/")}));
    }
    let bucket = &resources["ArchiveBucket"]["Properties"];
    assert_eq!(bucket["MetricsConfigurations"], Value::Array(wanted));
    Ok(())
}

/// The form of the line is AWS's own example ("Troubleshooting HTTP Endpoints").
#[test]
fn what_is_counted_of_the_endpoint_is_the_line_of_a_413() -> Tested {
    let template = template("central.yaml")?;
    let resources = &template["Resources"];
    let filter = &resources["TooLarge"]["Properties"];
    let delivery = &resources["EndpointDelivery"]["Properties"];
    let logging = &delivery["HttpEndpointDestinationConfiguration"]["CloudWatchLoggingOptions"];
    assert_eq!(filter["LogGroupName"], logging["LogGroupName"]);
    let pattern = filter["FilterPattern"].as_str().unwrap_or_default();
    // What stands in quotation marks has to be in the line, all of it.
    let terms: Vec<_> = pattern.split('"').skip(1).step_by(2).collect();
    assert_eq!(terms.len(), 2, "{pattern}");
    for (status, counted) in [("413", true), ("400", false), ("503", false)] {
        let message = format!(
            "The following response was received from the endpoint destination. {status}: \
             {{\"requestId\": \"43b8e724\", \"errorMessage\": \"413 documents\"}}"
        );
        let line = json!({"message": message, "errorCode": "HttpEndpoint.DestinationException"});
        let line = line.to_string();
        let found = terms.iter().all(|term| line.contains(*term));
        assert_eq!(found, counted, "{line}");
    }
    Ok(())
}

fn is_known(page: &str, namespace: &str, metric: &str) {
    let known = AWS.iter().find(|(name, _)| *name == namespace);
    let known = match known {
        Some((_, metrics)) => metrics.contains(&metric),
        None => namespace == "Tributary" && page.contains(&format!("`{metric}`")),
    };
    assert!(known, "{namespace} {metric}");
}

/// The names of a metric's dimensions, in their order.
fn dimensions(metric: &Value) -> Vec<&str> {
    let all = metric["Dimensions"].as_array().into_iter().flatten();
    let mut names: Vec<_> = all.filter_map(|one| one["Name"].as_str()).collect();
    names.sort_unstable();
    names
}

/// The metrics that a template's own metric filters make: namespace and name.
fn counted(template: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| plain(value).as_str().unwrap_or_default().to_owned();
    let filters = of_kind(template, "AWS::Logs::MetricFilter").into_iter();
    let made = filters.map(|(_, filter)| {
        let made = &filter["Properties"]["MetricTransformations"][0];
        (text(&made["MetricNamespace"]), text(&made["MetricName"]))
    });
    made.collect()
}

#[test]
fn the_dashboard_is_json_in_every_form_and_its_metrics_are_known() -> Tested {
    let template = template("central.yaml")?;
    let parts = &template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Join"][1];
    let (head, tail) = (&parts[0]["Fn::Sub"], &parts[2]);
    let searched = &parts[1]["Fn::If"][1]["Fn::Sub"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for side in [
        None,
        Some("DeliveryToAmazonOpenSearchService"),
        Some("DeliveryToHttpEndpoint"),
    ] {
        let search = side.map(|side| text(searched).replace("${Side}", side));
        let body = format!("{}{}{}", text(head), search.unwrap_or_default(), text(tail));
        let body: Value = serde_json::from_str(&body)?;
        let widgets = body["widgets"].as_array().cloned().unwrap_or_default();
        assert_eq!(widgets.len(), if side.is_some() { 12 } else { 9 });
        for widget in widgets {
            let (mut namespace, mut name) = (String::new(), String::new());
            for metric in widget["properties"]["metrics"]
                .as_array()
                .into_iter()
                .flatten()
            {
                // "." is what stands above it.
                for (place, field) in [(0, &mut namespace), (1, &mut name)] {
                    if metric[place] != "." {
                        *field = text(&metric[place]);
                    }
                }
                if namespace != "Tributary" {
                    is_known("", &namespace, &name);
                }
            }
        }
    }
    Ok(())
}

#[test]
fn the_count_of_accounts_reads_the_lines_that_the_function_writes() -> Tested {
    let template = template("central.yaml")?;
    let rule = &template["Resources"]["AccountsRule"];
    let body = rule["Properties"]["RuleBody"]["Fn::Sub"]
        .as_str()
        .unwrap_or_default();
    let body: Value = serde_json::from_str(body)?;
    assert_eq!(body["LogGroupNames"], json!(["${FunctionLogs}"]));
    assert_eq!(body["Contribution"]["Keys"], json!(["$.Account"]));
    assert_eq!(body["Contribution"]["ValueOf"], "$.Events");
    let alarm =
        plain(&template["Resources"]["AccountsAlarm"]["Properties"]["Metrics"][0]["Expression"]);
    let name = plain(&rule["Properties"]["RuleName"]);
    let named = format!("\"{}\"", name.as_str().unwrap_or_default());
    assert!(
        alarm.as_str().is_some_and(|it| it.contains(&named)),
        "{alarm}"
    );
    let variables = &template["Resources"]["Function"]["Properties"]["Environment"]["Variables"];
    assert_eq!(variables["COUNT_ACCOUNTS"]["Fn::If"][0], "CountsAccounts");
    Ok(())
}
