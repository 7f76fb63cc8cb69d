//! The built function and everything that can be wrong with what it is called with.

use local::cloudwatch::envelope::control_message;
use local::runtime_api::RuntimeError;
use serde_json::Value;
use tests::transform::{Answered, Function, event, lines, payload};

/// What can be wrong with a record's bytes, and the reason under which it is counted.
fn spoilt() -> Vec<(Vec<u8>, &'static str)> {
    let good = payload(0, &lines(50)).expect("a payload");
    let mut wrong_sum = good.clone();
    let at = wrong_sum.len() - 5;
    wrong_sum[at] ^= 1;
    vec![
        (b"a log line".to_vec(), "not_gzip"),
        (good[..good.len() / 2].to_vec(), "cut_off_gzip"),
        (wrong_sum, "damaged_gzip"),
        (gzip(&vec![b' '; 50 << 20]), "payload_too_large"),
        (gzip(b"not json"), "not_json"),
        (gzip(br#"{"logEvents":[]}"#), "no_message_type"),
        (
            gzip(br#"{"messageType":"OTHER","logEvents":[]}"#),
            "unknown_message_type",
        ),
    ]
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, text).expect("memory");
    encoder.finish().expect("memory")
}

fn answer(function: &Function, records: &[Vec<u8>]) -> Answered {
    function.answer(&event(records)).expect("an answer")
}

#[test]
fn each_failure_is_counted_by_its_reason_alone_and_beside_good_records() {
    let function = Function::start(&[]).expect("the function starts");
    let good = payload(7, &lines(3)).expect("a payload");
    for (data, reason) in spoilt() {
        let alone = answer(&function, std::slice::from_ref(&data));
        assert_eq!(alone.results(), ["ProcessingFailed"], "{reason}");
        assert_eq!(
            alone.metric(&format!("Failed_{reason}")),
            1,
            "{}",
            alone.metrics
        );

        let beside = answer(&function, &[good.clone(), data, good.clone()]);
        assert_eq!(
            beside.results(),
            ["Ok", "ProcessingFailed", "Ok"],
            "{reason}"
        );
        assert_eq!(beside.metric(&format!("Failed_{reason}")), 1);
        for neighbour in [0, 2] {
            assert_eq!(beside.documents(neighbour).expect("documents").len(), 3);
        }
    }
}

#[test]
fn all_failures_together_are_told_apart_in_one_invocation() {
    let function = Function::start(&[]).expect("the function starts");
    let (data, reasons): (Vec<Vec<u8>>, Vec<&str>) = spoilt().into_iter().unzip();
    let answered = answer(&function, &data);
    for reason in reasons {
        assert_eq!(answered.metric(&format!("Failed_{reason}")), 1, "{reason}");
    }
    assert_eq!(answered.metric("Failed"), data.len() as u64);
    let told = answered.metrics["Errors"]
        .as_array()
        .expect("the first few in words");
    assert!(
        told[0]
            .as_str()
            .expect("text")
            .starts_with("record record-0: "),
        "{told:?}"
    );
}

#[test]
fn data_that_is_no_base64_harms_no_neighbour() {
    let function = Function::start(&[]).expect("the function starts");
    let good = payload(0, &lines(2)).expect("a payload");
    let body = String::from_utf8(event(&[good.clone(), b"?".to_vec(), good])).expect("text");
    let body = body.replace("\"data\":\"Pw==\"", "\"data\":\"no base64\"");
    let answered = function.answer(body.as_bytes()).expect("an answer");
    assert_eq!(answered.results(), ["Ok", "ProcessingFailed", "Ok"]);
    assert_eq!(answered.metric("Failed_bad_base64"), 1);
}

#[test]
fn control_messages_and_empty_records_are_dropped() {
    let function = Function::start(&[]).expect("the function starts");
    let control = control_message(1_700_000_000_000).expect("a payload");
    let good = payload(0, &lines(1)).expect("a payload");
    let answered = answer(&function, &[control, good, Vec::new()]);
    assert_eq!(answered.results(), ["Dropped", "Ok", "Dropped"]);
    assert_eq!(answered.metric("Dropped_control_message"), 1);
    assert_eq!(answered.metric("Dropped_empty"), 1);
    assert_eq!(answered.metric("ControlMessages"), 1);
}

#[test]
fn what_is_no_firehose_event_is_an_error_and_the_function_lives_on() {
    let function = Function::start(&[]).expect("the function starts");
    for body in ["{}", "[]", "null", r#"{"records":7}"#, r#"{"Records":[]}"#] {
        let done = function
            .runtime()
            .invoke(body.as_bytes())
            .expect("it lives");
        let error = done.result.expect_err("an error");
        assert_eq!(error["errorType"], "Function.InvalidEvent", "{body}");
        let message = error["errorMessage"].as_str().expect("text");
        assert!(message.contains("not a Firehose event"), "{message}");
    }
    let good = payload(0, &lines(1)).expect("a payload");
    assert_eq!(answer(&function, &[good]).results(), ["Ok"]);
}

#[test]
fn a_wrong_setting_keeps_the_function_from_starting_and_says_what_to_do() {
    let wrong = [
        ("OUTPUT", "parquet", "ndjson-gzip"),
        (
            "DOCUMENTS_TO",
            "tributary-search",
            "arn:aws:kinesis:REGION:ACCOUNT:stream/NAME",
        ),
        ("FLOW_LOG_FORMATS", "{", "JSON object"),
        ("KEEP_ORIGINAL", "maybe", "true or false"),
        ("MAX_PAYLOAD_BYTES", "lots", "number of bytes"),
    ];
    for (name, value, remedy) in wrong {
        let binary = tests::binary("transform").expect("it is built");
        let refused = local::runtime_api::RuntimeApi::start(&binary, &[(name, value)]);
        let Err(RuntimeError::Initialization { error, .. }) = refused else {
            panic!("{name}={value}: {refused:?}");
        };
        let message = error["errorMessage"].as_str().expect("text");
        assert!(
            message.contains(name) && message.contains(remedy),
            "{message}"
        );
    }
}

#[test]
fn outside_of_lambda_the_program_says_what_it_is_and_what_to_use_instead() {
    let binary = tests::binary("transform").expect("it is built");
    let output = std::process::Command::new(binary)
        .env_clear()
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("AWS Lambda") && said.contains("reshape"),
        "{said}"
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn every_invocation_ends_with_one_line_of_metrics() {
    let function = Function::start(&[]).expect("the function starts");
    let flow_logs = payload(0, &tests::transform::flow_logs(4)).expect("a payload");
    let plain = payload(10, &lines(3)).expect("a payload");
    for _ in 0..2 {
        let answered = answer(&function, &[flow_logs.clone(), plain.clone()]);
        let directive = &answered.metrics["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Namespace"], "Tributary");
        assert_eq!(
            directive["Dimensions"],
            serde_json::json!([["FunctionName"]])
        );
        assert_eq!(answered.metrics["FunctionName"], "transform");
        assert_eq!(answered.metric("DocumentsOut_aws_vpcflow"), 4);
        assert_eq!(answered.metric("DocumentsOut_aws_cloudwatch_logs"), 3);
        assert_eq!(answered.metric("BytesOut"), answered.bytes as u64);
        assert!(
            answered.metrics["Duration"]
                .as_f64()
                .is_some_and(|time| time > 0.0)
        );
        assert!(matches!(answered.metrics["Errors"], Value::Null));
    }
}
