//! Answers that would burst the limit: as much as fits now, the rest later, nothing twice.
#![allow(clippy::unwrap_used)]

mod common;

use common::answers::MAX_BYTES;
use common::rounds::{deliver, function, invoke, with_output};
use common::streams::{Plan, Remembering};
use common::{DELIVERY_ARN, STREAM_ARN, data_message, event, event_id, gzip, lines, noise};
use transform::outcome::{Failed, Outcome};
use transform::settings::Output;

const OUTPUTS: [Output; 3] = [Output::NdjsonGzip, Output::Ndjson, Output::Document];

/// A flow log line: one that grows most on its way to a document.
fn flow(number: u64) -> String {
    format!(
        "2 333333333333 eni-{number:017x} 10.0.{}.{} 10.1.0.7 {} 443 6 {number} {} 1700000000 1700000060 ACCEPT OK",
        number / 250 % 250,
        number % 250,
        1024 + number % 60_000,
        number * 40
    )
}

#[tokio::test]
async fn a_batch_that_bursts_the_answer_arrives_whole_over_several_answers() {
    let messages: Vec<String> = (0..12_000).map(flow).collect();
    let payload = gzip(data_message(0, &messages).as_bytes());
    let delivered = deliver(with_output(Output::Ndjson), vec![payload], |done, _| {
        assert_eq!(done.tally.records_failed(), 0, "{:?}", done.errors);
    })
    .await;
    assert!(delivered.invocations > 1);
    assert!(
        delivered.most_answer_bytes > MAX_BYTES - 20_000,
        "the room is used"
    );
    assert_eq!(delivered.documents.len(), 12_000);
    for number in [0, 1, 5_999, 11_998, 11_999] {
        assert_eq!(delivered.count(&event_id(number)), 1);
    }
}

#[tokio::test]
async fn compressed_answers_burst_too_and_arrive_whole() {
    let payloads: Vec<Vec<u8>> = (0..6)
        .map(|batch| {
            let messages: Vec<String> = (0..1000)
                .map(|line| noise(batch * 1000 + line, 900))
                .collect();
            gzip(data_message(batch * 1000, &messages).as_bytes())
        })
        .collect();
    let bytes = payloads.iter().map(Vec::len).sum::<usize>();
    assert!(bytes / 3 * 4 < 6_291_456, "Lambda takes the event: {bytes}");
    let mut function = function(with_output(Output::NdjsonGzip), Remembering::default());
    let (done, answer) = invoke(&mut function, &event(&payloads)).await;
    assert!(
        answer.results().iter().all(|result| *result == "Ok"),
        "{:?}",
        done.outcomes
    );
    assert!(
        done.tally.put_back > 0,
        "the answers are larger than the payloads"
    );
    assert!(done.answer.len() > MAX_BYTES - 100_000);
    let delivered = deliver(with_output(Output::NdjsonGzip), payloads, |_, _| {}).await;
    assert_eq!(delivered.documents.len(), 6000);
    assert!(delivered.failed.is_empty());
}

#[tokio::test]
async fn every_record_answers_something_though_the_first_ones_could_take_all() {
    let messages: Vec<String> = (0..500).map(flow).collect();
    let payloads: Vec<Vec<u8>> = (0..40)
        .map(|batch| gzip(data_message(batch * 1000, &messages).as_bytes()))
        .collect();
    let mut function = function(with_output(Output::Ndjson), Remembering::default());
    let (done, answer) = invoke(&mut function, &event(&payloads)).await;
    assert_eq!(answer.results(), ["Ok"; 40]);
    assert_eq!(done.tally.documents_out() + done.tally.put_back, 20_000);
    let first = common::rounds::documents(Output::Ndjson, &answer.records[0]).len();
    let last = common::rounds::documents(Output::Ndjson, &answer.records[39]).len();
    assert_eq!(first, 500);
    assert!(last >= 1, "{last}");
}

#[tokio::test]
async fn in_document_mode_each_event_arrives_alone_and_once() {
    let payloads: Vec<Vec<u8>> = (0..3)
        .map(|batch| gzip(data_message(batch * 1000, &lines(700)).as_bytes()))
        .collect();
    let delivered = deliver(with_output(Output::Document), payloads, |done, _| {
        assert_eq!(done.tally.records_failed(), 0);
    })
    .await;
    assert_eq!(delivered.documents.len(), 2100);
    assert_eq!(
        delivered.invocations,
        1 + 2,
        "put back once, by a megabyte each"
    );
    for id in [0, 699, 1000, 2699] {
        assert_eq!(delivered.count(&event_id(id)), 1);
    }
}

#[tokio::test]
async fn the_part_of_a_record_that_is_put_back_keeps_envelope_and_key() {
    let messages: Vec<String> = (0..9000).map(flow).collect();
    let payload = gzip(data_message(0, &messages).as_bytes());
    let mut function = function(with_output(Output::Ndjson), Remembering::default());
    let (done, _) = invoke(&mut function, &event(&[payload])).await;
    let taken = &function.streams().taken[STREAM_ARN];
    assert_eq!(done.tally.put_back_records, taken.len() as u64);
    for (key, data) in taken {
        assert_eq!(key, "key-0");
        let text = String::from_utf8(common::gunzip(data)).unwrap();
        let head =
            r#"{"messageType":"DATA_MESSAGE","owner":"333333333333","logGroup":"/app/orders","#;
        assert!(text.starts_with(head), "{}", &text[..200]);
    }
}

#[tokio::test]
async fn without_a_kinesis_source_the_rest_goes_to_the_delivery_stream() {
    let payload = gzip(data_message(0, &lines(5)).as_bytes());
    let body = String::from_utf8(event(&[payload])).unwrap();
    let body = body.replace(&format!(r#""sourceKinesisStreamArn":"{STREAM_ARN}","#), "");
    let mut function = function(with_output(Output::Document), Remembering::default());
    let (done, _) = invoke(&mut function, body.as_bytes()).await;
    assert_eq!(done.outcomes, [Outcome::Ok]);
    assert_eq!(function.streams().taken[DELIVERY_ARN].len(), 4);
}

#[tokio::test]
async fn without_any_source_a_record_with_a_rest_fails_whole() {
    let payload = |count| gzip(data_message(0, &lines(count)).as_bytes());
    let body = String::from_utf8(event(&[payload(5), payload(1)])).unwrap();
    let body = body.replace(STREAM_ARN, "").replace(DELIVERY_ARN, "");
    let mut function = function(with_output(Output::Document), Remembering::default());
    let (done, _) = invoke(&mut function, body.as_bytes()).await;
    assert_eq!(
        done.outcomes,
        [Outcome::Failed(Failed::PutBack), Outcome::Ok]
    );
    assert_eq!(
        (done.tally.documents_out(), done.tally.events_failed),
        (1, 5)
    );
}

#[tokio::test]
async fn what_can_not_be_put_back_fails_its_record_and_no_other() {
    let payload = |first, count| gzip(data_message(first, &lines(count)).as_bytes());
    for output in [Output::Document, Output::Ndjson] {
        let big: Vec<String> = (0..9000).map(flow).collect();
        let first = if output == Output::Document {
            payload(0, 3)
        } else {
            gzip(data_message(0, &big).as_bytes())
        };
        let closed = Remembering {
            closed: Some(STREAM_ARN.to_owned()),
            ..Remembering::default()
        };
        let mut function = function(with_output(output), closed);
        let (done, answer) = invoke(&mut function, &event(&[first, payload(90_000, 1)])).await;
        assert_eq!(answer.results(), ["ProcessingFailed", "Ok"]);
        assert_eq!(done.outcomes[0], Outcome::Failed(Failed::PutBack));
        assert_eq!(
            (done.tally.documents_out(), done.tally.put_back),
            (1, 0),
            "none of it counts as delivered"
        );
        let told = done
            .errors
            .iter()
            .any(|error| error.contains("AccessDeniedException"));
        assert!(told, "{:?}", done.errors);
    }
}

#[tokio::test]
async fn a_refused_part_is_tried_again_before_the_answer() {
    let streams = Remembering {
        plans: vec![Plan::Refuse(vec![0]), Plan::Fail { retryable: true }],
        ..Remembering::default()
    };
    let mut function = function(with_output(Output::Document), streams);
    let payload = gzip(data_message(0, &lines(10)).as_bytes());
    let (done, _) = invoke(&mut function, &event(&[payload])).await;
    assert_eq!(done.outcomes, [Outcome::Ok]);
    assert_eq!(function.streams().user_records(STREAM_ARN).len(), 9);
}

#[tokio::test]
async fn one_event_that_no_answer_can_hold_fails_as_too_large_and_harms_no_neighbour() {
    let huge = gzip(data_message(0, &["x".repeat(6_000_000)]).as_bytes());
    let good = gzip(data_message(7, &lines(3)).as_bytes());
    let mut function = function(with_output(Output::Ndjson), Remembering::default());
    let (done, _) = invoke(&mut function, &event(&[huge.clone(), good.clone()])).await;
    assert_eq!(
        done.outcomes,
        [Outcome::Failed(Failed::TooLarge), Outcome::Ok]
    );
    let mut function =
        common::rounds::function(with_output(Output::NdjsonGzip), Remembering::default());
    let (done, _) = invoke(&mut function, &event(&[huge, good])).await;
    assert_eq!(
        done.outcomes,
        [Outcome::Ok, Outcome::Ok],
        "compressed, it is small"
    );
}

#[tokio::test]
async fn a_large_first_event_does_not_keep_the_others_of_its_record_from_passing() {
    let mut messages = vec!["x".repeat(3_000_000)];
    messages.extend(lines(20));
    let filler: Vec<String> = (0..3000).map(flow).collect();
    let records = vec![
        gzip(data_message(0, &filler).as_bytes()),
        gzip(data_message(50_000, &messages).as_bytes()),
    ];
    let delivered = deliver(with_output(Output::Ndjson), records, |_, _| {}).await;
    assert!(delivered.failed.is_empty());
    assert_eq!(delivered.documents.len(), 3021);
    assert_eq!(delivered.count(&event_id(50_000)), 1);
}

#[tokio::test]
async fn answers_stay_below_the_limit_at_every_size_around_it() {
    for output in OUTPUTS {
        for size in [6_291_000 / 4 * 3 - 700, 4_718_000, 4_718_400, 4_718_700] {
            let payload = gzip(data_message(0, &[noise(1, size)]).as_bytes());
            let mut function = function(with_output(output), Remembering::default());
            // Reading the answer checks its size.
            let (done, _) = invoke(&mut function, &event(&[payload])).await;
            assert_eq!(done.outcomes.len(), 1);
        }
    }
}

/// Records of one event each, of these sizes, behind records that would take the whole answer.
fn behind_greedy_ones(sizes: &[usize]) -> Vec<Vec<u8>> {
    let greedy: Vec<String> = (0..1000).map(flow).collect();
    let mut records: Vec<Vec<u8>> = (0..20)
        .map(|batch| gzip(data_message(batch * 1000, &greedy).as_bytes()))
        .collect();
    let single = sizes.iter().zip(100_000..);
    records
        .extend(single.map(|(&size, id)| gzip(data_message(id, &["x".repeat(size)]).as_bytes())));
    records
}

#[tokio::test]
async fn large_single_events_get_their_room_beside_greedy_neighbours() {
    let records = behind_greedy_ones(&[900_000, 50_000, 900_000, 700_000, 1_000, 900_000]);
    let mut function = function(with_output(Output::Ndjson), Remembering::default());
    let (done, _) = invoke(&mut function, &event(&records)).await;
    assert_eq!(done.outcomes, vec![Outcome::Ok; 26], "{:?}", done.errors);
    assert!(
        done.answer.len() > MAX_BYTES - 20_000,
        "what they don't need is used by others"
    );
    let taken: usize = function.streams().taken[STREAM_ARN].len();
    assert_eq!(
        done.tally.put_back_records, taken as u64,
        "nothing is put back twice"
    );
    let delivered = deliver(with_output(Output::Ndjson), records, |_, _| {}).await;
    assert_eq!(delivered.documents.len(), 20_006);
}

#[tokio::test]
async fn events_that_fit_only_without_each_other_fail_one_by_one_with_their_reason() {
    let records = behind_greedy_ones(&[3_000_000, 3_000_000]);
    let mut function = function(with_output(Output::Ndjson), Remembering::default());
    let (done, _) = invoke(&mut function, &event(&records)).await;
    let failed: Vec<&Outcome> = done
        .outcomes
        .iter()
        .filter(|outcome| **outcome != Outcome::Ok)
        .collect();
    assert_eq!(failed, [&Outcome::Failed(Failed::NoRoom)]);
}

#[tokio::test]
async fn an_event_larger_than_any_that_cloudwatch_logs_takes_is_not_even_tried() {
    let impossible = gzip(data_message(0, &["x".repeat(7_000_000)]).as_bytes());
    let good = gzip(data_message(7, &lines(3)).as_bytes());
    for output in OUTPUTS {
        let mut function = function(with_output(output), Remembering::default());
        let (done, _) = invoke(&mut function, &event(&[impossible.clone(), good.clone()])).await;
        assert_eq!(
            done.outcomes,
            [Outcome::Failed(Failed::TooLarge), Outcome::Ok]
        );
    }
}
