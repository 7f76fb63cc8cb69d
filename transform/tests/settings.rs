//! Settings: what each means, and that a wrong one is refused with its name and the remedy.
#![allow(clippy::unwrap_used)]

use transform::settings::{Output, Settings, SettingsError};
use transform::streams::Service;

fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::read(|name| {
        pairs
            .iter()
            .find(|(given, _)| *given == name)
            .map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn without_any_setting_the_answer_is_gzipped_ndjson() {
    let settings = read(&[]).unwrap();
    assert_eq!(settings.output, Output::NdjsonGzip);
    assert!(settings.documents_to.is_none());
    assert!(settings.flow_log_formats.configured("/vpc").is_none());
    assert!(!settings.keep_original);
    assert_eq!(settings.max_payload_bytes.0, 48 * 1024 * 1024);
}

#[test]
fn an_empty_setting_is_none() {
    assert_eq!(
        read(&[("OUTPUT", ""), ("DOCUMENTS_TO", "  ")])
            .unwrap()
            .output,
        Output::NdjsonGzip
    );
}

#[test]
fn every_output_has_its_name() {
    for (name, output) in [
        ("ndjson-gzip", Output::NdjsonGzip),
        ("ndjson", Output::Ndjson),
        ("document", Output::Document),
    ] {
        assert_eq!(read(&[("OUTPUT", name)]).unwrap().output, output);
    }
}

#[test]
fn documents_go_to_a_kinesis_stream_or_a_delivery_stream_of_any_partition() {
    let arns = [
        (
            "arn:aws:kinesis:eu-central-1:222222222222:stream/search",
            Service::Kinesis,
            "eu-central-1",
            "search",
        ),
        (
            "arn:aws-cn:firehose:cn-north-1:222222222222:deliverystream/s_1.2",
            Service::Firehose,
            "cn-north-1",
            "s_1.2",
        ),
    ];
    for (arn, service, region, name) in arns {
        let target = read(&[("DOCUMENTS_TO", arn)])
            .unwrap()
            .documents_to
            .unwrap();
        assert_eq!(
            (target.service, &*target.region, &*target.name),
            (service, region, name)
        );
        assert_eq!(target.arn, arn);
    }
}

#[test]
fn flow_log_formats_are_read_by_log_group() {
    let formats = r#"{"/vpc/*":"${version} ${srcaddr}"}"#;
    let settings = read(&[("FLOW_LOG_FORMATS", formats)]).unwrap();
    assert!(settings.flow_log_formats.configured("/vpc/one").is_some());
    assert!(settings.flow_log_formats.configured("/app").is_none());
}

#[test]
fn a_wrong_setting_is_refused_with_its_name_and_the_remedy() {
    let wrong = [
        ("OUTPUT", "gzip", "ndjson-gzip"),
        (
            "DOCUMENTS_TO",
            "search",
            "arn:aws:kinesis:REGION:ACCOUNT:stream/NAME",
        ),
        (
            "DOCUMENTS_TO",
            "arn:aws:sqs:eu-central-1:222222222222:queue",
            "arn:aws:firehose",
        ),
        (
            "DOCUMENTS_TO",
            "arn:aws:kinesis:eu-central-1:2222:stream/search",
            "arn:aws:kinesis",
        ),
        (
            "DOCUMENTS_TO",
            "arn:aws:kinesis::222222222222:stream/search",
            "arn:aws:kinesis",
        ),
        (
            "DOCUMENTS_TO",
            "arn:aws:kinesis:eu-central-1:222222222222:stream/",
            "arn:aws:kinesis",
        ),
        ("FLOW_LOG_FORMATS", "version account-id", "JSON object"),
        ("FLOW_LOG_FORMATS", r#"{"a":1}"#, "JSON object"),
        ("FLOW_LOG_FORMATS", r#"["a"]"#, "JSON object"),
        ("FLOW_LOG_FORMATS", r#"{"[":"${version}"}"#, "glob"),
        (
            "FLOW_LOG_FORMATS",
            r#"{"*":"${no-such-field}"}"#,
            "no-such-field",
        ),
        ("KEEP_ORIGINAL", "yes please", "true or false"),
        ("PARTITION_KEYS", "dataset", "true or false"),
        ("CATALOG", "catalog.json", "s3://BUCKET/KEY"),
        ("CATALOG_REFRESH_SECONDS", "0", "number of seconds"),
        ("CATALOG_REFRESH_SECONDS", "15m", "number of seconds"),
        ("CATALOG", "s3://bucket", "s3://BUCKET/KEY"),
        (
            "CATALOG",
            "https://bucket.s3.amazonaws.com/key",
            "absolute path",
        ),
        ("MAX_PAYLOAD_BYTES", "48 MiB", "number of bytes"),
        ("MAX_PAYLOAD_BYTES", "1", "number of bytes"),
    ];
    for (name, value, remedy) in wrong {
        let error = read(&[(name, value)]).unwrap_err().to_string();
        assert!(error.contains(name), "{name}={value}: {error}");
        assert!(error.contains(remedy), "{name}={value}: {error}");
    }
}

#[test]
fn the_other_settings_are_read() {
    let settings = read(&[("KEEP_ORIGINAL", "true"), ("MAX_PAYLOAD_BYTES", "2000000")]).unwrap();
    assert!(settings.keep_original);
    assert_eq!(settings.max_payload_bytes.0, 2_000_000);
}
