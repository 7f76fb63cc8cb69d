//! `DOCUMENTS_TO`: every document once more, alone, to the search side.
#![allow(clippy::unwrap_used)]

mod common;

use common::rounds::{documents, function, invoke, with_output};
use common::streams::Remembering;
use common::{DELIVERY_ARN, SEARCH_STREAM_ARN, STREAM_ARN, data_message, event, gzip, lines};
use transform::outcome::{Failed, Outcome};
use transform::settings::{Output, Settings};
use transform::streams::Target;

const SEARCH_DELIVERY_ARN: &str =
    "arn:aws:firehose:eu-central-1:222222222222:deliverystream/tributary-search";

fn sending(output: Output, arn: &str) -> Settings {
    Settings {
        documents_to: Some(Target::from_arn(arn).unwrap()),
        ..with_output(output)
    }
}

fn texts(records: Vec<Vec<u8>>) -> Vec<String> {
    records
        .into_iter()
        .map(|record| String::from_utf8(record).unwrap())
        .collect()
}

#[tokio::test]
async fn every_answered_document_is_sent_alone_and_as_it_is() {
    let payloads = [0, 100].map(|first| gzip(data_message(first, &lines(60)).as_bytes()));
    for output in [Output::NdjsonGzip, Output::Ndjson] {
        for arn in [SEARCH_STREAM_ARN, SEARCH_DELIVERY_ARN] {
            let mut function = function(sending(output, arn), Remembering::default());
            let (done, answer) = invoke(&mut function, &event(&payloads)).await;
            let answered: Vec<String> = answer
                .records
                .iter()
                .flat_map(|entry| documents(output, entry))
                .collect();
            assert_eq!(texts(function.streams().user_records(arn)), answered);
            assert_eq!(done.tally.documents_sent, 120);
        }
    }
}

#[tokio::test]
async fn documents_of_events_that_are_put_back_are_sent_when_they_come_again() {
    let messages: Vec<String> = (0..30)
        .map(|line| format!("{line} {}", "x".repeat(300_000)))
        .collect();
    let payload = gzip(data_message(0, &messages).as_bytes());
    let mut function = function(
        sending(Output::Ndjson, SEARCH_STREAM_ARN),
        Remembering::default(),
    );
    let (done, _) = invoke(&mut function, &event(&[payload])).await;
    assert!(done.tally.put_back > 0);
    assert_eq!(done.tally.documents_sent, done.tally.documents_out());
    let back = function.streams().user_records(STREAM_ARN);
    let (again, _) = invoke(&mut function, &event(&back)).await;
    assert_eq!(done.tally.documents_sent + again.tally.documents_sent, 30);
    assert_eq!(function.streams().user_records(SEARCH_STREAM_ARN).len(), 30);
}

#[tokio::test]
async fn in_document_mode_each_document_is_sent_once_and_not_again_when_it_returns() {
    let payload = gzip(data_message(0, &lines(20)).as_bytes());
    let settings = sending(Output::Document, SEARCH_STREAM_ARN);
    let mut function = function(settings, Remembering::default());
    let (done, _) = invoke(&mut function, &event(&[payload])).await;
    assert_eq!((done.tally.documents_sent, done.tally.put_back), (20, 19));
    let back = function.streams().user_records(STREAM_ARN);
    let (again, _) = invoke(&mut function, &event(&back)).await;
    assert_eq!((again.tally.documents_sent, again.tally.returned), (0, 19));
    assert_eq!(function.streams().user_records(SEARCH_STREAM_ARN).len(), 20);
}

#[tokio::test]
async fn records_whose_documents_can_not_be_sent_fail() {
    let payloads = [
        gzip(data_message(0, &lines(3)).as_bytes()),
        gzip(common::control_message().as_bytes()),
    ];
    for arn in [SEARCH_STREAM_ARN, SEARCH_DELIVERY_ARN] {
        let closed = Remembering {
            closed: Some(arn.to_owned()),
            ..Remembering::default()
        };
        let mut function = function(sending(Output::NdjsonGzip, arn), closed);
        let (done, answer) = invoke(&mut function, &event(&payloads)).await;
        assert_eq!(answer.results(), ["ProcessingFailed", "Dropped"]);
        assert_eq!(done.outcomes[0], Outcome::Failed(Failed::DocumentsNotSent));
        assert_eq!(
            (done.tally.documents_out(), done.tally.documents_sent),
            (0, 0)
        );
    }
}

#[tokio::test]
async fn a_document_larger_than_the_stream_takes_fails_its_record_and_no_other() {
    let huge = vec![
        "small".to_owned(),
        "x".repeat(1_100_000),
        "small".to_owned(),
    ];
    let payloads =
        [lines(2), huge, lines(2)].map(|messages| gzip(data_message(0, &messages).as_bytes()));
    for arn in [SEARCH_STREAM_ARN, DELIVERY_ARN] {
        let mut function = function(sending(Output::NdjsonGzip, arn), Remembering::default());
        let (done, _) = invoke(&mut function, &event(&payloads)).await;
        assert_eq!(
            done.outcomes,
            [
                Outcome::Ok,
                Outcome::Failed(Failed::DocumentTooLarge),
                Outcome::Ok
            ]
        );
    }
}

#[tokio::test]
async fn documents_of_a_record_that_could_not_be_put_back_are_not_sent() {
    let messages: Vec<String> = (0..30)
        .map(|line| format!("{line} {}", "x".repeat(300_000)))
        .collect();
    let payloads = [messages, lines(2)].map(|messages| gzip(data_message(0, &messages).as_bytes()));
    let closed = Remembering {
        closed: Some(STREAM_ARN.to_owned()),
        ..Remembering::default()
    };
    let mut function = function(sending(Output::Ndjson, SEARCH_STREAM_ARN), closed);
    let (done, _) = invoke(&mut function, &event(&payloads)).await;
    assert_eq!(
        done.outcomes,
        [Outcome::Failed(Failed::PutBack), Outcome::Ok]
    );
    assert_eq!(done.tally.documents_sent, 2);
}
