//! One outcome per record: each kind of failure alone and beside good records.
#![allow(clippy::unwrap_used)]

mod common;

use common::answers::Answer;
use common::rounds::{documents, function, invoke, with_output};
use common::streams::Remembering;
use common::{base64, control_message, data_message, event, event_of_texts, gzip, lines};
use transform::outcome::{Dropped, Failed, Outcome};
use transform::settings::{MaxPayloadBytes, Output, Settings};

/// Payloads that can't be delivered, and the reason for each.
fn spoilt() -> Vec<(Vec<u8>, Failed)> {
    let payload = gzip(data_message(0, &lines(20)).as_bytes());
    let mut wrong_sum = payload.clone();
    let at = wrong_sum.len() - 6;
    wrong_sum[at] ^= 1;
    let text = |text: &str| gzip(text.as_bytes());
    vec![
        (b"plain text".to_vec(), Failed::NotGzip),
        (data_message(0, &lines(1)).into_bytes(), Failed::NotGzip),
        (payload[..payload.len() / 2].to_vec(), Failed::CutOffGzip),
        (wrong_sum, Failed::DamagedGzip),
        (gzip(&vec![b' '; (2 << 20) + 1]), Failed::PayloadTooLarge),
        (text("not json"), Failed::NotJson),
        (
            text(r#"{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1"}"#),
            Failed::NotJson,
        ),
        (
            text(r#"{"owner":"1","logEvents":[]}"#),
            Failed::NoMessageType,
        ),
        (
            text(r#"{"messageType":"OTHER_MESSAGE","logEvents":[]}"#),
            Failed::UnknownMessageType,
        ),
    ]
}

fn capped(output: Output) -> Settings {
    Settings {
        max_payload_bytes: MaxPayloadBytes(2 << 20),
        ..with_output(output)
    }
}

#[tokio::test]
async fn each_failure_alone_is_answered_with_its_reason() {
    for (data, reason) in spoilt() {
        let mut function = function(capped(Output::NdjsonGzip), Remembering::default());
        let (done, answer) = invoke(&mut function, &event(&[data])).await;
        assert_eq!(done.outcomes, [Outcome::Failed(reason)]);
        assert_eq!(answer.results(), ["ProcessingFailed"]);
        assert_eq!(done.tally.failed[reason as usize], 1);
        assert!(
            done.errors[0].starts_with("record record-0: "),
            "{:?}",
            done.errors
        );
    }
}

#[tokio::test]
async fn each_failure_leaves_its_neighbours_unharmed_in_every_shape_of_answer() {
    for output in [Output::NdjsonGzip, Output::Ndjson, Output::Document] {
        for (data, reason) in spoilt() {
            let good = |first| gzip(data_message(first, &lines(1)).as_bytes());
            let mut function = function(capped(output), Remembering::default());
            let (done, answer) = invoke(&mut function, &event(&[good(1), data, good(2)])).await;
            assert_eq!(
                done.outcomes,
                [Outcome::Ok, Outcome::Failed(reason), Outcome::Ok]
            );
            for (entry, id) in [(0, 1), (2, 2)] {
                let documents = documents(output, &answer.records[entry]);
                assert_eq!(documents.len(), 1);
                assert!(
                    documents[0].contains(&common::event_id(id)),
                    "{documents:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn data_that_is_no_base64_fails_alone() {
    let good = base64(&gzip(data_message(0, &lines(2)).as_bytes()));
    let mut function = function(with_output(Output::Ndjson), Remembering::default());
    let (done, _) = invoke(
        &mut function,
        &event_of_texts(&[&good, "no base64!", &good]),
    )
    .await;
    assert_eq!(
        done.outcomes,
        [Outcome::Ok, Outcome::Failed(Failed::BadBase64), Outcome::Ok]
    );
}

#[tokio::test]
async fn records_that_are_no_records_fail_or_drop_alone() {
    let good = base64(&gzip(data_message(0, &lines(1)).as_bytes()));
    let body = format!(
        r#"{{"records":[null,{{"data":"{good}"}},{{"recordId":"a"}},{{"recordId":"b","data":null}},{{"recordId":"c","data":7}},{{"recordId":"d","data":"{good}"}}]}}"#
    );
    let mut function = function(with_output(Output::Ndjson), Remembering::default());
    let (done, answer) = invoke(&mut function, body.as_bytes()).await;
    assert_eq!(
        done.outcomes,
        [
            Outcome::Failed(Failed::NoRecordId),
            Outcome::Failed(Failed::NoRecordId),
            Outcome::Dropped(Dropped::Empty),
            Outcome::Dropped(Dropped::Empty),
            Outcome::Failed(Failed::BadBase64),
            Outcome::Ok,
        ]
    );
    assert_eq!(answer.ids(), ["a", "b", "c", "d"]);
}

#[tokio::test]
async fn control_messages_and_empty_data_are_dropped_and_nothing_else_is() {
    let dropped = [
        (gzip(control_message().as_bytes()), Dropped::ControlMessage),
        (
            gzip([control_message(), control_message()].concat().as_bytes()),
            Dropped::ControlMessage,
        ),
        (Vec::new(), Dropped::Empty),
        (gzip(b""), Dropped::Empty),
        (gzip(data_message(0, &[]).as_bytes()), Dropped::Empty),
        (
            gzip(data_message(0, &[r#"{"findings":[]}"#.to_owned()]).as_bytes()),
            Dropped::Empty,
        ),
    ];
    for output in [Output::NdjsonGzip, Output::Ndjson, Output::Document] {
        for (data, reason) in &dropped {
            let mut function = function(with_output(output), Remembering::default());
            let (done, answer) = invoke(&mut function, &event(std::slice::from_ref(data))).await;
            assert_eq!(done.outcomes, [Outcome::Dropped(*reason)]);
            assert_eq!(answer.results(), ["Dropped"]);
        }
    }
}

#[tokio::test]
async fn a_control_message_in_a_payload_with_events_is_counted_and_the_events_are_delivered() {
    let text = [
        data_message(1, &lines(2)),
        control_message(),
        data_message(3, &lines(1)),
    ]
    .concat();
    let mut function = function(with_output(Output::Ndjson), Remembering::default());
    let (done, answer) = invoke(&mut function, &event(&[gzip(text.as_bytes())])).await;
    assert_eq!(answer.results(), ["Ok"]);
    assert_eq!(documents(Output::Ndjson, &answer.records[0]).len(), 3);
    assert_eq!((done.tally.control_messages, done.tally.events), (1, 3));
}

#[tokio::test]
async fn several_gzip_members_and_several_messages_are_one_record() {
    let member = |first| gzip(data_message(first, &lines(2)).as_bytes());
    let mut function = function(with_output(Output::NdjsonGzip), Remembering::default());
    let data = [member(10), member(20), member(30)].concat();
    let (_, answer) = invoke(&mut function, &event(&[data])).await;
    let documents = documents(Output::NdjsonGzip, &answer.records[0]);
    assert_eq!(documents.len(), 6);
    for (document, id) in documents.iter().zip([10, 11, 20, 21, 30, 31]) {
        assert!(
            document.contains(&common::event_id(id)),
            "in the payload's order: {document}"
        );
    }
}

#[tokio::test]
async fn events_with_nothing_to_document_are_counted_beside_the_others() {
    let messages = ["one", r#"{"findings":[]}"#, "two"].map(str::to_owned);
    let mut function = function(with_output(Output::Ndjson), Remembering::default());
    let (done, answer) = invoke(
        &mut function,
        &event(&[gzip(data_message(0, &messages).as_bytes())]),
    )
    .await;
    assert_eq!(documents(Output::Ndjson, &answer.records[0]).len(), 2);
    assert_eq!(
        (
            done.tally.events,
            done.tally.empty,
            done.tally.documents_out()
        ),
        (3, 1, 2)
    );
}

#[tokio::test]
async fn a_finished_document_passes_through_unchanged_in_every_shape_of_answer() {
    let payload = gzip(data_message(5, &lines(1)).as_bytes());
    let mut first = function(with_output(Output::Document), Remembering::default());
    let (_, answer) = invoke(&mut first, &event(&[payload])).await;
    let document = answer.records[0].bytes();
    for output in [Output::NdjsonGzip, Output::Ndjson, Output::Document] {
        let mut function = function(with_output(output), Remembering::default());
        let (done, answer) = invoke(&mut function, &event(std::slice::from_ref(&document))).await;
        assert_eq!(answer.results(), ["Ok"]);
        assert_eq!(
            documents(output, &answer.records[0]),
            [String::from_utf8(document.clone()).unwrap()]
        );
        assert_eq!((done.tally.events, done.tally.returned), (1, 1));
    }
}

#[tokio::test]
async fn an_event_without_records_is_answered_and_one_that_is_no_event_is_an_error() {
    let mut function = function(with_output(Output::Ndjson), Remembering::default());
    let (done, answer) = invoke(&mut function, br#"{"records":[]}"#).await;
    assert!(answer.records.is_empty() && done.outcomes.is_empty());
    let error = function
        .invoke(b"{}", transform::streams::Deadline::NONE)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("not a Firehose event"));
}

#[tokio::test]
async fn records_that_the_time_is_too_short_for_fail_and_are_counted() {
    let payload = gzip(data_message(0, &lines(1)).as_bytes());
    let mut function = function(with_output(Output::Ndjson), Remembering::default());
    let over = transform::streams::Deadline::after(std::time::Duration::ZERO);
    let done = function
        .invoke(&event(&[payload.clone(), payload]), over)
        .await
        .unwrap();
    assert_eq!(
        Answer::read(&done.answer).results(),
        ["ProcessingFailed"; 2]
    );
    assert_eq!(done.tally.failed[Failed::OutOfTime as usize], 2);
}
