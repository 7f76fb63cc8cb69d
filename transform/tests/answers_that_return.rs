//! Answers of the function that come to it again: what Firehose kept as failed after the function had
//! run, or an object of the archive.
#![allow(clippy::unwrap_used)]

mod common;

use common::answers::Answer;
use common::rounds::{deliver, documents, function, invoke, with_output};
use common::streams::Remembering;
use common::{SEARCH_STREAM_ARN, base64, data_message, event, event_of_texts, gzip, lines, noise};
use transform::outcome::{Failed, Outcome};
use transform::settings::{Output, Settings};
use transform::streams::{Deadline, Target};

const OUTPUTS: [Output; 3] = [Output::NdjsonGzip, Output::Ndjson, Output::Document];

/// The function's answer to one record of these messages, in the archive's shape.
async fn answered(output: Output, first: u64, messages: &[String]) -> Vec<u8> {
    let payload = gzip(data_message(first, messages).as_bytes());
    let mut function = function(with_output(output), Remembering::default());
    let (done, answer) = invoke(&mut function, &event(&[payload])).await;
    assert_eq!((answer.results(), done.tally.put_back), (vec!["Ok"], 0));
    answer.records[0].bytes()
}

#[tokio::test]
async fn an_answer_that_comes_again_passes_through_unchanged_in_every_shape() {
    let gzipped = answered(Output::NdjsonGzip, 0, &lines(5)).await;
    let plain = answered(Output::Ndjson, 0, &lines(5)).await;
    let made = common::answers::lines_of(&plain);
    for output in OUTPUTS {
        for record in [&gzipped, &plain] {
            let mut returned = 0;
            let records = vec![record.clone()];
            let delivered = deliver(with_output(output), records, |done, _| {
                returned += done.tally.returned;
            })
            .await;
            assert_eq!((&delivered.documents, returned), (&made, 5), "{output:?}");
            assert!(delivered.failed.is_empty());
        }
    }
}

#[tokio::test]
async fn a_whole_object_of_the_archive_is_such_an_answer_too() {
    let (first, second) = (lines(3), lines(2));
    let object = [
        answered(Output::NdjsonGzip, 0, &first).await,
        answered(Output::NdjsonGzip, 10, &second).await,
    ]
    .concat();
    let delivered = deliver(with_output(Output::NdjsonGzip), vec![object], |_, _| {}).await;
    assert_eq!(delivered.documents.len(), 5);
}

#[tokio::test]
async fn answers_that_burst_the_next_one_arrive_whole_and_once() {
    let mut records = Vec::new();
    for batch in 0..9 {
        let messages: Vec<String> = (0..700)
            .map(|line| noise(batch * 1000 + line, 900))
            .collect();
        records.push(answered(Output::NdjsonGzip, batch * 1000, &messages).await);
    }
    let mut function = function(with_output(Output::Ndjson), Remembering::default());
    let (done, answer) = invoke(&mut function, &event(&records)).await;
    assert_eq!(answer.results(), ["Ok"; 9], "{:?}", done.errors);
    assert!(done.tally.put_back > 0 && done.tally.put_back_records > 1);
    for output in [Output::NdjsonGzip, Output::Ndjson] {
        let mut delivered = deliver(with_output(output), records.clone(), |_, _| {}).await;
        assert!(delivered.failed.is_empty());
        assert_eq!(delivered.documents.len(), 6300);
        delivered.documents.sort_unstable();
        delivered.documents.dedup();
        assert_eq!(delivered.documents.len(), 6300, "none twice");
    }
}

#[tokio::test]
async fn its_documents_go_to_the_search_side_too_where_their_ids_change_nothing() {
    let settings = Settings {
        documents_to: Some(Target::from_arn(SEARCH_STREAM_ARN).unwrap()),
        ..with_output(Output::NdjsonGzip)
    };
    let record = answered(Output::NdjsonGzip, 0, &lines(4)).await;
    let made = common::answers::lines_of(&common::gunzip(&record));
    let mut function = function(settings, Remembering::default());
    let (done, _) = invoke(&mut function, &event(&[record])).await;
    assert_eq!((done.tally.returned, done.tally.documents_sent), (4, 4));
    let sent = function.streams().user_records(SEARCH_STREAM_ARN);
    let sent = sent.into_iter().map(|it| String::from_utf8(it).unwrap());
    assert_eq!(sent.collect::<Vec<_>>(), made);
}

#[tokio::test]
async fn one_damaged_line_fails_all_of_its_record_and_no_other() {
    let whole = answered(Output::Ndjson, 0, &lines(3)).await;
    let damaged = [&whole[..whole.len() - 10], &whole[..]].concat();
    let good = gzip(data_message(0, &lines(1)).as_bytes());
    let records = [gzip(&damaged), damaged, good];
    let mut function = function(with_output(Output::NdjsonGzip), Remembering::default());
    let (done, answer) = invoke(&mut function, &event(&records)).await;
    assert_eq!(
        done.outcomes,
        [
            Outcome::Failed(Failed::NotJson),
            Outcome::Failed(Failed::NotGzip),
            Outcome::Ok
        ]
    );
    assert_eq!(documents(Output::NdjsonGzip, &answer.records[2]).len(), 1);
}

#[tokio::test]
async fn without_a_source_what_does_not_fit_fails_its_record() {
    let record = base64(&answered(Output::NdjsonGzip, 0, &lines(2)).await);
    let body = String::from_utf8(event_of_texts(&[&record])).unwrap();
    let body = body
        .replace("kinesis:eu", "other:eu")
        .replace("firehose:eu", "other:eu");
    let mut function = function(with_output(Output::Document), Remembering::default());
    let done = function
        .invoke(body.as_bytes(), Deadline::NONE)
        .await
        .unwrap();
    assert_eq!(done.outcomes, [Outcome::Failed(Failed::PutBack)]);
    assert_eq!(Answer::read(&done.answer).results(), ["ProcessingFailed"]);
    assert_eq!(done.tally.events_failed, 2);
}
