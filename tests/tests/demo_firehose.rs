//! The rules by which Firehose reads a function's answer, each with a function that breaks it.

use local::firehose::Processor;
use local::firehose::error_record::ErrorRecord;
use local::function::{Function, FunctionError, Invoking, MAX_ANSWER};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tests::firehose::{Arrived, LAMBDA, Script, Way, each, ok};

async fn arrived(function: &Arc<Script>, records: &[&[u8]]) -> Arrived {
    let way = Way::new().await.expect("the stand-in starts");
    let function: Arc<Script> = Arc::clone(function);
    way.run(way.settings(function), records)
        .await
        .expect("all comes through")
}

fn failure(code: &str, text: &str) -> (String, String) {
    (code.to_owned(), text.to_owned())
}

#[tokio::test]
async fn ok_is_delivered_dropped_is_not_and_failed_is_kept_with_its_original_bytes() {
    let function = Script::new(|event, _| {
        each(event, |id, text| {
            vec![match text {
                "drop" => json!({"recordId": id, "result": "Dropped"}),
                "fail" => json!({"recordId": id, "result": "ProcessingFailed"}),
                text => ok(id, &format!("<{text}>")),
            }]
        })
    });
    let arrived = arrived(&function, &[b"a", b"drop", b"fail", b"b"]).await;
    assert_eq!(arrived.text(), "<a><b>");
    assert_eq!(
        arrived.failures(),
        [failure("Lambda.ProcessingFailedStatus", "fail")]
    );
    let ErrorRecord {
        attempts_made,
        lambda_arn,
        ..
    } = &arrived.errors[0];
    assert_eq!(
        (*attempts_made, lambda_arn.clone().unwrap()),
        (1, format!("{LAMBDA}:$LATEST"))
    );
    assert_eq!(
        (
            arrived.counts.delivered,
            arrived.counts.dropped,
            arrived.counts.failures()
        ),
        (2, 1, 1)
    );
    assert!(
        arrived
            .keys
            .iter()
            .any(|key| key.starts_with("errors/processing-failed/")),
        "{:?}",
        arrived.keys
    );
}

#[tokio::test]
async fn the_event_has_the_fields_of_a_kinesis_source() {
    let function = Script::new(|event, _| each(event, |id, text| vec![ok(id, text)]));
    arrived(&function, &[b"a"]).await;
    let event = &function.events()[0];
    assert_eq!(
        event["sourceKinesisStreamArn"],
        "arn:aws:kinesis:eu-central-1:222222222222:stream/source"
    );
    assert_eq!(
        event["deliveryStreamArn"],
        "arn:aws:firehose:eu-central-1:222222222222:deliverystream/archive"
    );
    assert_eq!(event["region"], "eu-central-1");
    let record = &event["records"][0];
    assert_eq!(record["data"], "YQ==");
    assert!(record["approximateArrivalTimestamp"].is_i64());
    assert_eq!(record["kinesisRecordMetadata"]["partitionKey"], "one");
    assert!(
        record["kinesisRecordMetadata"]["shardId"]
            .as_str()
            .unwrap()
            .starts_with("shardId-")
    );
}

#[tokio::test]
async fn an_id_that_is_missing_fails_its_record_only() {
    let function = Script::new(|event, _| {
        each(event, |id, text| {
            if text == "forgotten" {
                vec![]
            } else {
                vec![ok(id, text)]
            }
        })
    });
    let arrived = arrived(&function, &[b"a", b"forgotten", b"b"]).await;
    assert_eq!(arrived.text(), "ab");
    assert_eq!(
        arrived.failures(),
        [failure("Lambda.MissingRecordId", "forgotten")]
    );
    assert_eq!(function.events().len(), 1, "an answer is final");
}

#[tokio::test]
async fn an_id_that_is_answered_twice_fails_its_record_only() {
    let function = Script::new(|event, _| {
        each(event, |id, text| {
            if text == "twice" {
                vec![ok(id, "1"), ok(id, "2")]
            } else {
                vec![ok(id, text)]
            }
        })
    });
    let arrived = arrived(&function, &[b"a", b"twice"]).await;
    assert_eq!(arrived.text(), "a");
    assert_eq!(
        arrived.failures(),
        [failure("Lambda.DuplicatedRecordId", "twice")]
    );
}

#[tokio::test]
async fn an_id_that_was_never_sent_is_ignored() {
    let function = Script::new(|event, _| {
        each(event, |id, text| {
            vec![ok(id, text), ok(&format!("{id}x"), "no")]
        })
    });
    let arrived = arrived(&function, &[b"a"]).await;
    assert_eq!((arrived.text().as_str(), arrived.errors.len()), ("a", 0));
}

#[tokio::test]
async fn ok_without_data_fails_its_record_only() {
    let function = Script::new(|event, _| {
        each(event, |id, text| {
            vec![if text == "empty" {
                json!({"recordId": id, "result": "Ok"})
            } else {
                ok(id, text)
            }]
        })
    });
    let arrived = arrived(&function, &[b"a", b"empty"]).await;
    assert_eq!(arrived.text(), "a");
    assert_eq!(
        arrived.failures(),
        [failure("Lambda.InvalidReturnFormat", "empty")]
    );
}

/// Each of these makes the whole answer unreadable; none is tried again.
async fn fails_the_whole_answer(code: &str, bad: fn(&str) -> Value) {
    let function = Script::new(move |event, _| {
        each(event, |id, text| {
            vec![if text == "bad" { bad(id) } else { ok(id, text) }]
        })
    });
    let arrived = arrived(&function, &[b"good", b"bad"]).await;
    assert_eq!(arrived.text(), "");
    assert_eq!(
        arrived.failures(),
        [failure(code, "good"), failure(code, "bad")]
    );
    assert_eq!(function.events().len(), 1, "an answer is final");
}

#[tokio::test]
async fn a_status_that_does_not_exist_is_never_trusted() {
    let bad = |id: &str| json!({"recordId": id, "result": "OK", "data": "YQ=="});
    fails_the_whole_answer("Lambda.JsonProcessingException", bad).await;
}

#[tokio::test]
async fn data_that_is_no_base64_is_never_delivered() {
    let bad = |id: &str| json!({"recordId": id, "result": "Ok", "data": "not base64!"});
    fails_the_whole_answer("Lambda.FunctionError", bad).await;
}

#[tokio::test]
async fn an_answer_without_records_fails_all() {
    let function = Script::new(|_, _| Ok(json!("no JSON")));
    let arrived = arrived(&function, &[b"a", b"b"]).await;
    let expected = [
        failure("Lambda.JsonProcessingException", "a"),
        failure("Lambda.JsonProcessingException", "b"),
    ];
    assert_eq!(arrived.failures(), expected);
}

#[tokio::test]
async fn a_failed_call_is_repeated_with_the_same_records_and_a_new_invocation_id() {
    let function = Script::new(|event, before| match before {
        0..3 => Err(FunctionError::Failed("crashed".to_owned())),
        _ => each(event, |id, text| vec![ok(id, text)]),
    });
    let arrived = arrived(&function, &[b"a", b"b"]).await;
    assert_eq!((arrived.text().as_str(), arrived.errors.len()), ("ab", 0));
    let events = function.events();
    assert_eq!(events.len(), 4);
    assert!(
        events
            .iter()
            .all(|event| event["records"] == events[0]["records"])
    );
    let ids: HashSet<&str> = events
        .iter()
        .map(|e| e["invocationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 4);
    assert_eq!((arrived.counts.invocations, arrived.counts.retries), (4, 3));
}

#[tokio::test]
async fn after_the_last_failed_call_all_records_are_kept() {
    let function = Script::new(|_, _| Err(FunctionError::Failed("crashed".to_owned())));
    let arrived = arrived(&function, &[b"a", b"\xFF\x00"]).await;
    assert_eq!(function.events().len(), 4);
    assert_eq!(arrived.errors.len(), 2);
    let second = &arrived.errors[1];
    assert_eq!(
        (
            second.raw_data.as_str(),
            second.error_code.as_str(),
            second.attempts_made
        ),
        ("/wA=", "Lambda.FunctionError", 4)
    );
    let words = "The Lambda function was successfully invoked but it returned an error result.";
    assert_eq!(second.error_message, words);
}

/// A function that never answers.
struct Silent;

impl Function for Silent {
    fn invoke(&self, _: Vec<u8>) -> Invoking<'_> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_function_that_does_not_answer_in_time_has_failed() {
    let way = Way::new().await.unwrap();
    let mut settings = way.settings(Arc::new(Silent));
    let processor = settings.processor.take().unwrap();
    settings.processor = Some(Processor {
        retries: 1,
        timeout: Duration::from_millis(500),
        ..processor
    });
    let arrived = way.run(settings, &[b"a"]).await.unwrap();
    assert_eq!(arrived.failures(), [failure("Lambda.FunctionError", "a")]);
    assert_eq!(
        (arrived.errors[0].attempts_made, arrived.counts.invocations),
        (2, 2)
    );
}

#[tokio::test]
async fn an_answer_over_the_limit_is_a_failed_call() {
    let function = Script::new(|event, before| {
        let size = if before == 0 { MAX_ANSWER } else { 10 };
        each(event, |id, _| vec![ok(id, &"x".repeat(size))])
    });
    let arrived = arrived(&function, &[b"a"]).await;
    assert_eq!(arrived.text(), "xxxxxxxxxx");
    assert_eq!((arrived.counts.invocations, arrived.counts.retries), (2, 1));
}

#[tokio::test]
async fn records_inside_of_an_aggregated_one_are_records_of_their_own() {
    let three = include_bytes!("../../local/tests/fixtures/kpl/three.bin");
    let many = include_bytes!("../../local/tests/fixtures/kpl/five-hundred-and-one.bin");
    let function = Script::new(|event, _| each(event, |id, _| vec![ok(id, "x")]));
    let arrived = arrived(&function, &[three, many]).await;
    assert_eq!(
        arrived.counts.read, 4,
        "more than 500 in one are not taken apart"
    );
    let events = function.events();
    let ids: HashSet<String> = events
        .iter()
        .flat_map(|event| event["records"].as_array().unwrap().clone())
        .map(|record| record["recordId"].to_string())
        .collect();
    assert_eq!(ids.len(), 4);
}
