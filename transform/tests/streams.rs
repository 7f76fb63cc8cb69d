//! Sending: the limits of requests, what is refused and repeated, and when it is given up.
#![allow(clippy::unwrap_used)]

mod common;

use std::time::{Duration, Instant};

use common::streams::{Plan, Remembering};
use common::{DELIVERY_ARN, SEARCH_STREAM_ARN, noise};
use transform::streams::{Deadline, NoStreams, Sender, Target, TooLarge};

fn document(number: u64, bytes: usize) -> Vec<u8> {
    let message = noise(number, bytes);
    format!(
        r#"{{"@timestamp":"2023-11-14T22:13:20.000Z","tributary":{{"document_id":"{number}"}},"message":"{message}"}}"#
    )
    .into_bytes()
}

fn sender(arn: &str, deadline: Deadline) -> Sender {
    Sender::new(Target::from_arn(arn).unwrap(), deadline)
}

#[tokio::test]
async fn documents_travel_together_to_kinesis_and_come_out_one_by_one() {
    let mut streams = Remembering::default();
    let mut sender = sender(SEARCH_STREAM_ARN, Deadline::NONE);
    let documents: Vec<Vec<u8>> = (0..1201).map(|number| document(number, 20)).collect();
    for document in &documents {
        sender.document(&mut streams, document, 0).await.unwrap();
    }
    let sent = sender.finish(&mut streams).await;
    assert!(sent.failed.is_empty());
    assert_eq!((sent.records, sent.stream_records), (1201, 3));
    assert_eq!(streams.user_records(SEARCH_STREAM_ARN), documents);
    let keys: Vec<&str> = streams.taken[SEARCH_STREAM_ARN]
        .iter()
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(
        keys,
        ["0", "500", "1000"],
        "the first document's id spreads over the shards"
    );
}

#[tokio::test]
async fn documents_travel_alone_to_firehose() {
    let mut streams = Remembering::default();
    let mut sender = sender(DELIVERY_ARN, Deadline::NONE);
    for number in 0..1001 {
        sender
            .document(&mut streams, &document(number, 20), 0)
            .await
            .unwrap();
    }
    let sent = sender.finish(&mut streams).await;
    assert_eq!(sent.records, 1001);
    assert_eq!(streams.requests, [500, 500, 1]);
    assert_eq!(streams.taken[DELIVERY_ARN].len(), 1001);
}

#[tokio::test]
async fn large_documents_fill_requests_by_bytes() {
    for arn in [SEARCH_STREAM_ARN, DELIVERY_ARN] {
        let mut streams = Remembering::default();
        let mut sender = sender(arn, Deadline::NONE);
        let documents: Vec<Vec<u8>> = (0..12).map(|number| document(number, 900_000)).collect();
        for document in &documents {
            sender.document(&mut streams, document, 0).await.unwrap();
        }
        sender.finish(&mut streams).await;
        assert_eq!(streams.user_records(arn), documents);
        assert!(streams.requests.len() >= 3, "{:?}", streams.requests);
    }
}

#[tokio::test]
async fn a_document_of_exactly_the_record_limit_is_sent_and_one_byte_more_is_not() {
    let overhead = document(1, 0).len();
    for (arn, limit) in [
        (SEARCH_STREAM_ARN, 1_048_576 - 1),
        (DELIVERY_ARN, 1_024_000),
    ] {
        let fitting = format!("{}{}", " ".repeat(limit - overhead), "");
        let mut fitting = [document(1, 0), fitting.into_bytes()].concat();
        let mut streams = Remembering::default();
        let mut sender = sender(arn, Deadline::NONE);
        assert_eq!(sender.document(&mut streams, &fitting, 0).await, Ok(()));
        fitting.push(b' ');
        assert_eq!(
            sender.document(&mut streams, &fitting, 1).await,
            Err(TooLarge)
        );
        assert_eq!(
            sender.document(&mut streams, &document(2, 10), 2).await,
            Ok(())
        );
        let sent = sender.finish(&mut streams).await;
        assert_eq!(
            (sent.records, sent.failed.len()),
            (2, 0),
            "the neighbours are well"
        );
    }
}

#[tokio::test]
async fn only_what_was_refused_is_sent_again() {
    let mut streams = Remembering {
        plans: vec![
            Plan::Refuse(vec![1, 3]),
            Plan::Refuse(vec![0]),
            Plan::Fail { retryable: true },
        ],
        ..Remembering::default()
    };
    let mut sender = sender(DELIVERY_ARN, Deadline::NONE);
    for number in 0..5 {
        sender
            .document(&mut streams, &document(number, 10), 7)
            .await
            .unwrap();
    }
    let sent = sender.finish(&mut streams).await;
    assert_eq!(streams.requests, [5, 2, 1, 1]);
    assert!(sent.failed.is_empty() && sent.errors.is_empty());
    assert_eq!(sent.records, 5);
    let taken: Vec<&[u8]> = streams.taken[DELIVERY_ARN]
        .iter()
        .map(|(_, data)| data.as_slice())
        .collect();
    let order: Vec<Vec<u8>> = [0, 2, 4, 3, 1].map(|number| document(number, 10)).to_vec();
    assert_eq!(taken, order);
}

#[tokio::test]
async fn what_is_refused_again_and_again_is_given_up_with_the_stream_s_reason() {
    let mut streams = Remembering {
        plans: vec![Plan::Refuse(vec![0]); 50],
        ..Remembering::default()
    };
    let mut sender = sender(DELIVERY_ARN, Deadline::after(Duration::from_secs(2)));
    sender
        .document(&mut streams, &document(0, 10), 3)
        .await
        .unwrap();
    sender
        .document(&mut streams, &document(1, 10), 4)
        .await
        .unwrap();
    let sent = sender.finish(&mut streams).await;
    assert_eq!(sent.failed.into_iter().collect::<Vec<_>>(), [3]);
    assert_eq!(sent.records, 1);
    assert!(
        sent.errors[0].contains("ProvisionedThroughputExceededException"),
        "{:?}",
        sent.errors
    );
    assert!(
        (3..=12).contains(&streams.requests.len()),
        "{:?}",
        streams.requests
    );
}

#[tokio::test]
async fn an_aggregated_record_that_is_refused_fails_all_records_that_it_stems_from() {
    let mut streams = Remembering {
        plans: vec![Plan::Fail { retryable: false }],
        ..Remembering::default()
    };
    let mut sender = sender(SEARCH_STREAM_ARN, Deadline::NONE);
    for owner in [0, 0, 2, 5, 5] {
        sender
            .document(
                &mut streams,
                &document(owner, 10),
                usize::try_from(owner).unwrap(),
            )
            .await
            .unwrap();
    }
    let sent = sender.finish(&mut streams).await;
    assert_eq!(sent.failed.into_iter().collect::<Vec<_>>(), [0, 2, 5]);
    assert_eq!(
        streams.requests,
        [1],
        "nobody asks twice for what is forbidden"
    );
}

#[tokio::test]
async fn a_stream_that_refuses_on_principle_is_not_asked_again() {
    let mut streams = Remembering {
        closed: Some(DELIVERY_ARN.to_owned()),
        ..Remembering::default()
    };
    let mut sender = sender(DELIVERY_ARN, Deadline::NONE);
    for number in 0..2000 {
        let owner = usize::try_from(number).unwrap();
        sender
            .document(&mut streams, &document(number, 10), owner)
            .await
            .unwrap();
    }
    let sent = sender.finish(&mut streams).await;
    assert_eq!(sent.failed.len(), 2000);
    assert_eq!(streams.requests.len(), 1);
    assert_eq!(sent.errors.len(), 1, "one reason is told once");
}

#[tokio::test]
async fn the_invocation_s_end_stops_the_repeating_with_time_left_to_answer() {
    let mut streams = Remembering {
        plans: vec![Plan::Fail { retryable: true }; 100],
        ..Remembering::default()
    };
    let started = Instant::now();
    let time = Duration::from_secs(1);
    let mut sender = sender(DELIVERY_ARN, Deadline::after(time));
    sender
        .document(&mut streams, &document(0, 10), 0)
        .await
        .unwrap();
    let sent = sender.finish(&mut streams).await;
    assert_eq!(sent.failed.len(), 1);
    assert!(started.elapsed() < time, "{:?}", started.elapsed());
}

#[tokio::test]
async fn without_streams_everything_fails_and_says_why() {
    let mut sender = sender(SEARCH_STREAM_ARN, Deadline::NONE);
    sender
        .document(&mut NoStreams, &document(0, 10), 0)
        .await
        .unwrap();
    let sent = sender.finish(&mut NoStreams).await;
    assert_eq!(sent.failed.len(), 1);
    assert!(sent.errors[0].contains(SEARCH_STREAM_ARN));
}
