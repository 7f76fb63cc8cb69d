//! The line of metrics, held against the embedded metric format.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use transform::dataset::Dataset;
use transform::metrics::{self, About};
use transform::outcome::{Dropped, Failed, Outcome};
use transform::reshape::Written;
use transform::tally::{RecordTally, Tally};

fn line(tally: &Tally, errors: &[String]) -> Value {
    let about = About {
        function: "tributary-archive",
        invocation_id: "i-\"1\"",
        timestamp: 1_700_000_000_000,
        duration: 12.3456,
        errors,
    };
    let line = metrics::line(tally, &about);
    assert!(!line.contains(&b'\n'));
    serde_json::from_slice(&line).unwrap()
}

/// Every metric that is declared, with its value; panics where the format is hurt.
fn declared(line: &Value) -> Vec<(String, f64)> {
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Namespace"], "Tributary");
    for dimension in directive["Dimensions"][0].as_array().unwrap() {
        assert!(
            line[dimension.as_str().unwrap()].is_string(),
            "{dimension} has a value"
        );
    }
    let metrics = directive["Metrics"].as_array().unwrap();
    assert!(metrics.len() <= 100, "the format's limit");
    metrics
        .iter()
        .map(|metric| {
            let name = metric["Name"].as_str().unwrap();
            assert!(["Count", "Bytes", "Milliseconds"].contains(&metric["Unit"].as_str().unwrap()));
            (
                name.to_owned(),
                line[name]
                    .as_f64()
                    .unwrap_or_else(|| panic!("{name} has no value")),
            )
        })
        .collect()
}

#[test]
fn the_line_is_embedded_metric_format_and_totals_are_there_even_as_zero() {
    let line = line(&Tally::default(), &[]);
    assert_eq!(line["_aws"]["Timestamp"], 1_700_000_000_000_u64);
    assert_eq!(line["InvocationId"], "i-\"1\"");
    assert!(line.get("Errors").is_none());
    let declared = declared(&line);
    for name in [
        "RecordsIn",
        "EventsIn",
        "DocumentsOut",
        "PipelineErrors",
        "Dropped",
        "Failed",
        "PutBackEvents",
        "PutBackRecords",
        "DocumentsSent",
        "BytesIn",
        "BytesOut",
        "Duration",
    ] {
        assert!(declared.iter().any(|(given, _)| given == name), "{name}");
    }
}

#[test]
fn datasets_and_reasons_stand_in_the_names() {
    let mut tally = Tally::default();
    let mut record = RecordTally {
        events: 4,
        ..RecordTally::default()
    };
    record.answered(Written::Document(Dataset::FlowLogs));
    record.answered(Written::PipelineError(Dataset::CloudTrail));
    record.answered(Written::Nothing);
    record.put_back = 1;
    tally.settle(Outcome::Ok, &record);
    tally.settle(
        Outcome::Dropped(Dropped::ControlMessage),
        &RecordTally {
            control_messages: 1,
            ..RecordTally::default()
        },
    );
    tally.settle(Outcome::Failed(Failed::CutOffGzip), &RecordTally::default());
    tally.settle(Outcome::Failed(Failed::PutBack), &record);
    let declared = declared(&line(&tally, &[]));
    let value = |name: &str| {
        declared
            .iter()
            .find(|(given, _)| given == name)
            .map(|(_, value)| *value)
    };
    assert_eq!(value("DocumentsOut_aws_vpcflow"), Some(1.0));
    assert_eq!(value("DocumentsOut_aws_cloudtrail"), Some(1.0));
    assert_eq!(value("DocumentsOut_aws_guardduty"), None);
    assert_eq!(value("Dropped_control_message"), Some(1.0));
    assert_eq!(value("Failed_cut_off_gzip"), Some(1.0));
    assert_eq!(value("Failed_put_back"), Some(1.0));
    assert_eq!(
        (value("Failed"), value("PipelineErrors")),
        (Some(2.0), Some(1.0))
    );
    assert_eq!(
        (
            value("EventsIn"),
            value("EventsFailed"),
            value("EventsEmpty")
        ),
        (Some(8.0), Some(4.0), Some(1.0))
    );
}

#[test]
fn what_went_wrong_stands_beside_the_metrics() {
    let errors = [
        "arn:aws:kinesis: AccessDeniedException".to_owned(),
        "record \"r\": x".to_owned(),
    ];
    let line = line(&Tally::default(), &errors);
    assert_eq!(line["Errors"][1], "record \"r\": x");
}

#[test]
fn every_reason_has_its_own_counter_and_its_own_name() {
    for (index, reason) in Failed::ALL.iter().enumerate() {
        assert_eq!(*reason as usize, index);
    }
    for (index, reason) in Dropped::ALL.iter().enumerate() {
        assert_eq!(*reason as usize, index);
    }
    let mut names: Vec<&str> = Failed::ALL.iter().map(|reason| reason.name()).collect();
    names.dedup();
    assert_eq!(names.len(), Failed::ALL.len());
}
