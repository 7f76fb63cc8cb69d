//! For any mix of records: one answer each, sums that add up, the limit kept, and in the end every
//! event delivered exactly once.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/mix.rs"]
mod mix;

use std::collections::BTreeMap;

use common::rounds::{Delivered, deliver_by, function, invoke};
use common::streams::{Plan, Remembering};
use common::strict::parsed_document;
use common::{SEARCH_STREAM_ARN, STREAM_ARN, event_of_texts};
use mix::{Kind, MOST_PAYLOAD_BYTES, Mix, kinds};
use proptest::prelude::*;
use transform::invocation::Invocation;
use transform::outcome::{Failed, Outcome};
use transform::settings::{MaxPayloadBytes, Output, Settings};
use transform::streams::Target;

/// Requests that are refused in part or as a whole, before all others are taken.
fn faults() -> impl Strategy<Value = Vec<Plan>> {
    let fault = prop_oneof![
        prop::collection::vec(0..12_usize, 0..12).prop_map(Plan::Refuse),
        Just(Plan::Fail { retryable: true }),
    ];
    prop::collection::vec(fault, 0..3)
}

fn settings(output: Output, search: bool) -> Settings {
    Settings {
        output,
        documents_to: search.then(|| Target::from_arn(SEARCH_STREAM_ARN).unwrap()),
        max_payload_bytes: MaxPayloadBytes(MOST_PAYLOAD_BYTES),
        ..Settings::default()
    }
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

/// The documents' ids in their order; each document is as all have to be.
fn sorted_ids(documents: &[String]) -> Vec<String> {
    let id = |document: &String| {
        let document = parsed_document(document.as_bytes());
        let id = document["tributary"]["document_id"].as_str();
        id.unwrap().to_owned()
    };
    let mut ids: Vec<String> = documents.iter().map(id).collect();
    ids.sort();
    ids
}

fn failures(done: &Invocation, counts: &mut BTreeMap<&'static str, u64>) {
    for reason in Failed::ALL {
        let count = done.tally.failed[reason as usize];
        if count > 0 {
            *counts.entry(reason.name()).or_default() += count;
        }
    }
}

fn deliver_once(output: Output, search: bool, kinds: &[Kind], faults: Vec<Plan>) {
    let mut mix = Mix::of(kinds);
    let streams = Remembering {
        plans: faults,
        ..Remembering::default()
    };
    let mut function = function(settings(output, search), streams);
    let mut failed = BTreeMap::new();
    let texts = std::mem::take(&mut mix.texts);
    let delivering = deliver_by(&mut function, output, texts, |done, _| {
        failures(done, &mut failed);
    });
    let Delivered {
        documents, dropped, ..
    } = runtime().block_on(delivering);
    mix.ids.sort();
    assert_eq!(sorted_ids(&documents), mix.ids, "each event exactly once");
    assert_eq!((failed, dropped), (mix.failed, mix.dropped));
    if search {
        let sent = function.streams().user_records(SEARCH_STREAM_ARN);
        let sent: Vec<String> = sent
            .into_iter()
            .map(|document| String::from_utf8(document).unwrap())
            .collect();
        // What came finished was sent by whoever made it.
        let own = |id: &&String| output != Output::Document || !id.starts_with("finished-");
        let expected: Vec<&String> = mix.ids.iter().filter(own).collect();
        assert_eq!(sorted_ids(&sent).iter().collect::<Vec<_>>(), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn gzipped_answers_deliver_every_event_once(
        kinds in prop::collection::vec(kinds(), 0..12), search: bool, faults in faults()
    ) {
        deliver_once(Output::NdjsonGzip, search, &kinds, faults);
    }

    #[test]
    fn plain_answers_deliver_every_event_once(
        kinds in prop::collection::vec(kinds(), 0..12), search: bool, faults in faults()
    ) {
        deliver_once(Output::Ndjson, search, &kinds, faults);
    }

    #[test]
    fn single_documents_deliver_every_event_once(
        kinds in prop::collection::vec(kinds(), 0..12), search: bool, faults in faults()
    ) {
        deliver_once(Output::Document, search, &kinds, faults);
    }

    #[test]
    fn where_a_stream_takes_nothing_every_record_is_answered_whole_or_fails_whole(
        kinds in prop::collection::vec(kinds(), 0..12), output in 0..3_usize, source: bool
    ) {
        let output = [Output::NdjsonGzip, Output::Ndjson, Output::Document][output];
        let closed = if source { STREAM_ARN } else { SEARCH_STREAM_ARN };
        let streams = Remembering { closed: Some(closed.to_owned()), ..Remembering::default() };
        let mut function = function(settings(output, !source), streams);
        let texts = Mix::of(&kinds).texts;
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (done, answer) = runtime().block_on(invoke(&mut function, &event_of_texts(&texts)));
        prop_assert_eq!(done.outcomes.len(), kinds.len());
        prop_assert_eq!(answer.records.len(), kinds.len());
        prop_assert_eq!(done.tally.put_back * u64::from(source), 0);
        prop_assert_eq!(done.tally.documents_sent, 0);
        for (kind, outcome) in kinds.iter().zip(&done.outcomes) {
            match (kind, outcome) {
                (Kind::Spoilt(_), outcome) => prop_assert!(matches!(outcome, Outcome::Failed(_))),
                (Kind::Control | Kind::Empty, outcome) => {
                    prop_assert!(matches!(outcome, Outcome::Dropped(_)));
                }
                (_, Outcome::Failed(reason)) => {
                    let why = if source { Failed::PutBack } else { Failed::DocumentsNotSent };
                    prop_assert!(*reason == why || *reason == Failed::NoRoom);
                }
                (Kind::Finished | Kind::FinishedLines(_) | Kind::Events(..), _) => {}
            }
        }
    }
}
