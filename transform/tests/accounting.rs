//! For any mix of records: one answer each, sums that add up, the limit kept, and in the end every
//! event delivered exactly once.
#![allow(clippy::unwrap_used)]

mod common;

use common::rounds::{deliver, with_output};
use common::{control_message, data_message, event_id, gzip, noise};
use proptest::prelude::*;
use transform::settings::Output;

/// One record of a mix.
#[derive(Debug, Clone)]
enum Kind {
    /// Batches of events, each of these sizes; `true`: hard to compress.
    Events(Vec<Vec<(usize, bool)>>),
    Control,
    Empty,
    NoBase64Payload(Vec<u8>),
    CutOff,
}

fn kinds() -> impl Strategy<Value = Kind> {
    let event = prop_oneof![
        8 => (1..300_usize, any::<bool>()),
        2 => (1000..20_000_usize, any::<bool>()),
        1 => (100_000..700_000_usize, any::<bool>()),
    ];
    let events = prop::collection::vec(prop::collection::vec(event, 1..30), 1..3);
    prop_oneof![
        10 => events.prop_map(Kind::Events),
        1 => Just(Kind::Control),
        1 => Just(Kind::Empty),
        1 => prop::collection::vec(any::<u8>(), 1..50).prop_map(Kind::NoBase64Payload),
        1 => Just(Kind::CutOff),
    ]
}

/// The record's bytes; `next` counts the events.
fn data(kind: &Kind, next: &mut u64) -> Vec<u8> {
    match kind {
        Kind::Events(batches) => {
            let texts: Vec<String> = batches
                .iter()
                .map(|sizes| {
                    let first = *next;
                    let messages: Vec<String> = sizes
                        .iter()
                        .map(|&(size, random)| {
                            *next += 1;
                            if random {
                                noise(*next, size)
                            } else {
                                "lorem ipsum ".repeat(size / 12 + 1)
                            }
                        })
                        .collect();
                    data_message(first, &messages)
                })
                .collect();
            gzip(texts.concat().as_bytes())
        }
        Kind::Control => gzip(control_message().as_bytes()),
        Kind::Empty => Vec::new(),
        Kind::NoBase64Payload(bytes) => [b"?".to_vec(), bytes.clone()].concat(),
        Kind::CutOff => gzip(control_message().as_bytes())[..60].to_vec(),
    }
}

fn deliver_once(output: Output, kinds: &[Kind]) {
    let mut events = 0;
    let records: Vec<Vec<u8>> = kinds.iter().map(|kind| data(kind, &mut events)).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let delivered = runtime.block_on(deliver(with_output(output), records, |_, _| {}));
    assert_eq!(delivered.documents.len() as u64, events);
    let mut all = delivered.documents;
    all.sort_by_key(|document| {
        document
            .find("\"document_id\":\"")
            .map(|at| document[at + 15..at + 71].to_owned())
    });
    for (document, number) in all.iter().zip(0..) {
        assert!(document.contains(&event_id(number)), "event {number}");
    }
    let spoilt = kinds
        .iter()
        .filter(|kind| matches!(kind, Kind::NoBase64Payload(_) | Kind::CutOff))
        .count();
    assert_eq!(delivered.failed.len(), spoilt);
    let nothing = kinds
        .iter()
        .filter(|kind| matches!(kind, Kind::Control | Kind::Empty))
        .count();
    assert_eq!(delivered.dropped, nothing);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn gzipped_answers_deliver_every_event_once(kinds in prop::collection::vec(kinds(), 0..12)) {
        deliver_once(Output::NdjsonGzip, &kinds);
    }

    #[test]
    fn plain_answers_deliver_every_event_once(kinds in prop::collection::vec(kinds(), 0..12)) {
        deliver_once(Output::Ndjson, &kinds);
    }

    #[test]
    fn single_documents_deliver_every_event_once(kinds in prop::collection::vec(kinds(), 0..12)) {
        deliver_once(Output::Document, &kinds);
    }
}
