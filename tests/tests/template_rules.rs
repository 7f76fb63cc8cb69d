//! What holds for the templates of the logging account whatever their parameters are.

use std::process::Command;

use local::layout::{checking_program, project_root};
use serde_json::{Value, json};
use tests::template::{folder, output, plain, template, templates};

type Tested = anyhow::Result<()>;

/// Longest text of a template that `CreateStack` takes in the request ("AWS `CloudFormation` quotas").
const LONGEST: u64 = 51_200;

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

fn resources(template: &Value, kind: &str) -> Vec<(String, Value)> {
    let all = template["Resources"].as_object().into_iter().flatten();
    let of_kind = all.filter(|(_, one)| one["Type"] == kind);
    of_kind.map(|(id, one)| (id.clone(), one.clone())).collect()
}

#[test]
fn every_template_fits_into_a_request() -> Tested {
    for name in templates()? {
        let bytes = std::fs::metadata(folder().join(&name))?.len();
        assert!(
            bytes <= LONGEST,
            "{name} has {bytes} bytes; longer ones have to be put into a bucket first"
        );
    }
    Ok(())
}

#[test]
fn what_holds_logs_stays_when_the_stack_goes() -> Tested {
    for (name, kept) in [
        (
            "central.yaml",
            vec!["ArchiveBucket", "Domain", "Key", "RawStream", "TrailBucket"],
        ),
        ("single.yaml", vec!["Bucket", "Domain", "Stream"]),
    ] {
        let template = template(name)?;
        let all = template["Resources"].as_object().into_iter().flatten();
        let retained = all.filter(|(_, one)| one["DeletionPolicy"] == "Retain");
        let mut retained: Vec<_> = retained
            .inspect(|(id, one)| assert_eq!(one["UpdateReplacePolicy"], "Retain", "{id}"))
            .map(|(id, _)| id.as_str())
            .collect();
        retained.sort_unstable();
        assert_eq!(retained, kept, "{name}");
    }
    Ok(())
}

#[test]
fn buckets_and_streams_are_encrypted() -> Tested {
    for (name, key) in [
        ("central.yaml", json!("${Key.Arn}")),
        ("single.yaml", json!("alias/aws/kinesis")),
    ] {
        let template = template(name)?;
        let streams = resources(&template, "AWS::Kinesis::Stream");
        assert!(!streams.is_empty());
        for (id, stream) in streams {
            let encryption = plain(&stream["Properties"]["StreamEncryption"]);
            assert_eq!(
                encryption,
                json!({"EncryptionType": "KMS", "KeyId": key}),
                "{name} {id}"
            );
        }
        for (id, bucket) in resources(&template, "AWS::S3::Bucket") {
            let rules =
                &bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"];
            let default = &rules[0]["ServerSideEncryptionByDefault"];
            let wanted = if name == "central.yaml" {
                "aws:kms"
            } else {
                "AES256"
            };
            assert_eq!(default["SSEAlgorithm"], wanted, "{name} {id}");
            if name == "central.yaml" {
                assert_eq!(plain(&default["KMSMasterKeyID"]), key, "{id}");
            }
        }
    }
    Ok(())
}

#[test]
fn alarms_are_encrypted_by_the_key_that_cloudwatch_may_use() -> Tested {
    let topics = resources(&template("central.yaml")?, "AWS::SNS::Topic");
    assert_eq!(topics.len(), 1);
    assert_eq!(
        plain(&topics[0].1["Properties"]["KmsMasterKeyId"]),
        "${Key}"
    );
    Ok(())
}

#[test]
fn logs_get_colder_and_nothing_deletes_the_catalog() -> Tested {
    let template = template("central.yaml")?;
    for (id, bucket) in resources(&template, "AWS::S3::Bucket") {
        let rules = bucket["Properties"]["LifecycleConfiguration"]["Rules"].clone();
        let rules = rules.as_array().cloned().unwrap_or_default();
        let colder: Vec<_> = rules
            .iter()
            .filter(|rule| rule["Transitions"].is_array())
            .collect();
        assert_eq!(colder.len(), 1, "{id}");
        let classes = ["GLACIER_IR", "DEEP_ARCHIVE"];
        for (transition, class) in colder[0]["Transitions"]
            .as_array()
            .into_iter()
            .flatten()
            .zip(classes)
        {
            assert_eq!(transition["StorageClass"], class, "{id}");
        }
        for rule in rules
            .iter()
            .filter(|rule| rule.get("ExpirationInDays").is_some())
        {
            let prefix = rule["Prefix"].as_str().unwrap_or_default();
            assert!(
                !prefix.is_empty() && !"catalog.json".starts_with(prefix),
                "{id}: {rule}"
            );
        }
    }
    Ok(())
}

/// Resources under a condition that the defaults don't fulfil are nothing to checkov.
#[test]
fn checkov_finds_nothing_in_the_forms_that_the_defaults_leave_out() -> Tested {
    let text = std::fs::read_to_string(folder().join("central.yaml"))?;
    for form in ["new-domain", "endpoint"] {
        let (before, after) = text.split_once("\n  Search:\n").unwrap_or_default();
        let after = after.replacen("Default: none", &format!("Default: {form}"), 1);
        let folder = tempfile::tempdir_in(project_root().join("target"))?;
        std::fs::write(
            folder.path().join("central.yaml"),
            format!("{before}\n  Search:\n{after}"),
        )?;
        let mut command = Command::new(checking_program("checkov")?);
        command.current_dir(folder.path());
        command.args(["--directory", ".", "--framework", "cloudformation"]);
        command.args(["--skip-download", "--compact", "--output", "json"]);
        let report: Value = serde_json::from_slice(&output(command)?)?;
        assert_eq!(report["summary"]["failed"], 0, "{form}: {report:#}");
        let checked = report.to_string();
        assert!(checked.contains("AWS::IAM::Role.SearchRole"), "{form}");
        assert_eq!(checked.contains("Domain.Domain"), form == "new-domain");
    }
    Ok(())
}

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

#[test]
fn every_alarm_is_of_a_metric_that_there_is() -> Tested {
    let page = std::fs::read_to_string(project_root().join("docs/transform.md"))?;
    let mut seen = 0;
    for name in ["central.yaml", "single.yaml"] {
        for (id, alarm) in resources(&template(name)?, "AWS::CloudWatch::Alarm") {
            let properties = &alarm["Properties"];
            if properties.get("Metrics").is_some() {
                // Of a rule, which it names.
                assert_eq!(id, "AccountsAlarm");
                continue;
            }
            let metrics = names(&properties["MetricName"]);
            assert!(!metrics.is_empty(), "{id}");
            for metric in metrics {
                is_known(
                    &page,
                    properties["Namespace"].as_str().unwrap_or_default(),
                    &metric,
                );
                seen += 1;
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
