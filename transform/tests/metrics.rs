//! The line of metrics, held against the embedded metric format.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use transform::catalog::State;
use transform::dataset::Dataset;
use transform::metrics::{self, About};
use transform::outcome::{Dropped, Failed, Outcome};
use transform::reshape::Written;
use transform::tally::{RecordTally, Tally};

fn line(tally: &Tally, errors: &[String]) -> Value {
    line_with(tally, errors, None)
}

fn line_with(tally: &Tally, errors: &[String], catalog: Option<State>) -> Value {
    let about = About {
        function: "tributary-archive",
        invocation_id: "i-\"1\"",
        timestamp: 1_700_000_000_000,
        duration: 12.3456,
        catalog,
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
            let unit = metric["Unit"].as_str().unwrap();
            assert!(["Count", "Bytes", "Milliseconds", "Seconds"].contains(&unit));
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

#[test]
fn the_catalog_s_state_is_there_where_one_is_set_and_was_needed() {
    let names = |line: &Value| {
        let declared = declared(line).into_iter();
        let of_catalog = declared.filter(|(name, _)| name.starts_with("Catalog"));
        of_catalog.collect::<Vec<_>>()
    };
    let pair = |name: &str, value: f64| (name.to_owned(), value);
    let with = |catalog| names(&line_with(&Tally::default(), &[], catalog));
    assert_eq!(with(None), []);
    let missing = State {
        missing: true,
        stale: false,
        age: None,
        left_out: 0,
    };
    assert_eq!(
        with(Some(missing)),
        [pair("CatalogUnavailable", 1.0), pair("CatalogStale", 0.0)]
    );
    let stale = State {
        missing: false,
        stale: true,
        age: Some(1200),
        left_out: 2,
    };
    assert_eq!(
        with(Some(stale)),
        [
            pair("CatalogUnavailable", 0.0),
            pair("CatalogStale", 1.0),
            pair("CatalogAgeSeconds", 1200.0),
            pair("CatalogEntriesLeftOut", 2.0)
        ]
    );
}
