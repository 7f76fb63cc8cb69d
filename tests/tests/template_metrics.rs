//! Alarms and the dashboard of the logging account's templates name metrics that there are.

use local::layout::project_root;
use serde_json::{Value, json};
use tests::template::{of_kind, plain, template};

type Tested = anyhow::Result<()>;

/// Metrics of AWS that alarms and the dashboard name, by their namespaces: "Monitoring Amazon Data
/// Firehose with CloudWatch metrics", "Monitoring the Amazon Kinesis Data Streams service", "Types of
/// metrics for Lambda functions", "Monitoring OpenSearch cluster metrics".
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
        &["ClusterIndexWritesBlocked", "ClusterStatus.red"],
    ),
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

#[test]
fn every_alarm_is_of_a_metric_that_there_is() -> Tested {
    let page = std::fs::read_to_string(project_root().join("docs/transform.md"))?;
    let mut seen = 0;
    for name in ["central.yaml", "single.yaml"] {
        for (id, alarm) in of_kind(&template(name)?, "AWS::CloudWatch::Alarm") {
            let properties = &alarm["Properties"];
            let asked = asked(properties);
            // The accounts are counted by a rule, which the alarm names.
            assert_eq!(asked.is_empty(), id == "AccountsAlarm", "{id}");
            for metric in asked {
                let namespace = metric["Namespace"].as_str().unwrap_or_default();
                for name in names(&metric["MetricName"]) {
                    is_known(&page, namespace, &name);
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
    assert!(seen > 20, "{seen}");
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
