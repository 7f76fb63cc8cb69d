//! The answer: its format, its limit, and who gets how much of it.
#![allow(clippy::unwrap_used)]

mod common;

use common::answers::{Answer as Read, MAX_BYTES};
use common::{gunzip, noise};
use proptest::prelude::*;
use transform::answer::{Answer, Body, PartitionKeys};
use transform::event::{FirehoseEvent, Lenient, Record};
use transform::outcome::{Dropped, Failed, Outcome};
use transform::settings::Output;

/// Records with these ids and sizes of data.
fn records(of: &[(&str, usize)]) -> String {
    let records: Vec<String> = of
        .iter()
        .map(|(id, size)| {
            let id = serde_json::to_string(id).unwrap();
            format!(r#"{{"recordId":{id},"data":"{}"}}"#, "A".repeat(*size))
        })
        .collect();
    format!(r#"{{"records":[{}]}}"#, records.join(","))
}

fn parse(text: &str) -> Vec<Lenient<Record<'_>>> {
    FirehoseEvent::parse(text.as_bytes()).unwrap().records
}

#[test]
fn every_outcome_is_written_as_firehose_reads_it() {
    let text = records(&[("r-1", 10), ("r-2", 10), ("r-3", 10)]);
    let records = parse(&text);
    let mut answer = Answer::new(&records).unwrap();
    answer.add(&records[0].0, Outcome::Ok, b"document\n");
    answer.add(
        &records[1].0,
        Outcome::Dropped(Dropped::ControlMessage),
        &[],
    );
    answer.add(&records[2].0, Outcome::Failed(Failed::NotGzip), &[]);
    let answer = answer.finish(|_| false);
    assert_eq!(
        String::from_utf8(answer).unwrap(),
        concat!(
            r#"{"records":[{"recordId":"r-1","result":"Ok","data":"ZG9jdW1lbnQK","metadata":{"partitionKeys":{}}},"#,
            r#"{"recordId":"r-2","result":"Dropped","data":"","metadata":{"partitionKeys":{}}},"#,
            r#"{"recordId":"r-3","result":"ProcessingFailed","data":"","metadata":{"partitionKeys":{}}}]}"#
        )
    );
}

#[test]
fn an_event_without_records_is_answered_without_records() {
    assert_eq!(
        Answer::new(&[]).unwrap().finish(|_| false),
        br#"{"records":[]}"#
    );
}

#[test]
fn a_record_that_fails_afterwards_is_refused_in_its_place() {
    let text = records(&[("a", 10), ("b", 10), ("c", 10)]);
    let records = parse(&text);
    let mut answer = Answer::new(&records).unwrap();
    for record in &records {
        answer.add(&record.0, Outcome::Ok, b"x");
    }
    let answer = Read::read(&answer.finish(|index| index == 1));
    assert_eq!(answer.ids(), ["a", "b", "c"]);
    assert_eq!(answer.results(), ["Ok", "ProcessingFailed", "Ok"]);
}

#[test]
fn a_record_without_id_can_not_be_answered_and_harms_no_neighbour() {
    let text = r#"{"records":[{"data":"AAAA"},{"recordId":"b","data":"AAAA"},{"recordId":""}]}"#;
    let records = parse(text);
    let mut answer = Answer::new(&records).unwrap();
    answer.add(&records[0].0, Outcome::Failed(Failed::NoRecordId), &[]);
    answer.add(&records[1].0, Outcome::Ok, b"x");
    answer.add(&records[2].0, Outcome::Failed(Failed::NoRecordId), &[]);
    assert_eq!(Read::read(&answer.finish(|_| false)).ids(), ["b"]);
}

#[test]
fn ids_come_back_as_they_were() {
    let id = "49646986683135544286507457936321625675700192471156785154shardId-\"\\\u{1}\u{e9}";
    let text = records(&[(id, 4)]);
    let records = parse(&text);
    let mut answer = Answer::new(&records).unwrap();
    answer.add(&records[0].0, Outcome::Ok, b"x");
    assert_eq!(Read::read(&answer.finish(|_| false)).ids(), [id]);
}

#[test]
fn a_record_alone_may_fill_the_answer_to_the_last_bytes() {
    let text = records(&[("only", 100)]);
    let records = parse(&text);
    let mut answer = Answer::new(&records).unwrap();
    let room = answer.room(&records[0].0);
    assert!(!Answer::never_fits(
        &records[0].0,
        &PartitionKeys::default(),
        room
    ));
    assert!(Answer::never_fits(
        &records[0].0,
        &PartitionKeys::default(),
        room + 3
    ));
    answer.add(&records[0].0, Outcome::Ok, &vec![b'x'; room]);
    let answer = answer.finish(|_| false);
    assert!(
        (MAX_BYTES - 4..=MAX_BYTES).contains(&answer.len()),
        "{}",
        answer.len()
    );
}

#[test]
fn room_is_kept_back_for_every_later_record() {
    let text = records(&[("greedy", 1000), ("second", 1000), ("third", 1000)]);
    let records = parse(&text);
    let mut answer = Answer::new(&records).unwrap();
    let mut rooms = Vec::new();
    for record in &records {
        let room = answer.room(&record.0);
        answer.add(&record.0, Outcome::Ok, &vec![b'x'; room]);
        rooms.push(room);
    }
    assert!(rooms[0] > 4_000_000, "{rooms:?}");
    assert!(rooms[1] > 150_000 && rooms[2] > 150_000, "{rooms:?}");
    Read::read(&answer.finish(|_| false));
}

#[test]
fn a_finished_document_always_passes_beside_greedy_neighbours() {
    let document = format!("eyJAdGltZXN0YW1wIjoi{}", "A".repeat(600_000));
    let body = format!(
        r#"{{"records":[{{"recordId":"greedy","data":"{}"}},{{"recordId":"document","data":"{document}"}}]}}"#,
        "A".repeat(100_000)
    );
    let records = parse(&body);
    let mut answer = Answer::new(&records).unwrap();
    let room = answer.room(&records[0].0);
    answer.add(&records[0].0, Outcome::Ok, &vec![b'x'; room]);
    assert!(answer.room(&records[1].0) > document.len() / 4 * 3);
}

#[test]
fn more_records_than_can_even_be_refused_are_an_error_of_the_event() {
    let id = "x".repeat(200);
    let text = records(&vec![(id.as_str(), 0); 30_000]);
    let error = Answer::new(&parse(&text)).unwrap_err().to_string();
    assert!(error.contains("30000 records"), "{error}");
}

/// Offers documents to a body with this room; returns which it kept, and its data.
fn collect(output: Output, room: usize, documents: &[String]) -> (Vec<bool>, Vec<u8>) {
    let mut body = Body::new(output);
    body.begin(room);
    let kept = documents
        .iter()
        .map(|document| {
            body.write(|out| out.extend_from_slice(document.as_bytes()));
            let kept = body.keep();
            assert_eq!(body.document(), document.as_bytes());
            kept
        })
        .collect();
    let data = body.finish().to_vec();
    assert_eq!(data, body.finish(), "the end comes once");
    (kept, data)
}

#[test]
fn in_document_mode_one_document_is_kept_as_it_is() {
    let documents = ["one".to_owned(), "two".to_owned()];
    assert_eq!(
        collect(Output::Document, 100, &documents),
        (vec![true, false], b"one".to_vec())
    );
}

#[test]
fn a_document_that_does_not_fit_leaves_no_trace() {
    let documents = ["a".repeat(50), "b".repeat(60), "c".repeat(40)];
    let (kept, data) = collect(Output::Ndjson, 100, &documents);
    assert_eq!(kept, [true, false, true]);
    assert_eq!(
        data,
        format!("{}\n{}\n", documents[0], documents[2]).into_bytes()
    );
}

#[test]
fn compressed_documents_use_their_room_up_to_a_few_documents() {
    let documents: Vec<String> = (0..20_000)
        .map(|n| format!("{n} {}", noise(n, 200)))
        .collect();
    let room = 1_000_000;
    let (kept, data) = collect(Output::NdjsonGzip, room, &documents);
    assert!((room - 1000..=room).contains(&data.len()), "{}", data.len());
    let count = kept.iter().filter(|&&kept| kept).count();
    assert_eq!(
        gunzip(&data),
        (documents[..count].join("\n") + "\n").into_bytes()
    );
}

#[test]
fn a_first_document_that_fits_only_compressed_is_kept() {
    let documents = ["x".repeat(10_000), "y".to_owned()];
    let (kept, data) = collect(Output::NdjsonGzip, 200, &documents);
    assert_eq!(kept, [true, false]);
    assert_eq!(gunzip(&data), format!("{}\n", documents[0]).into_bytes());
    let (kept, data) = collect(
        Output::NdjsonGzip,
        200,
        &[noise(1, 500), "small".to_owned()],
    );
    assert_eq!(kept, [false, true]);
    assert_eq!(gunzip(&data), b"small\n");
}

fn outputs() -> impl Strategy<Value = Output> {
    prop_oneof![
        Just(Output::NdjsonGzip),
        Just(Output::Ndjson),
        Just(Output::Document)
    ]
}

proptest! {
    #[test]
    fn a_body_holds_exactly_what_it_kept_and_never_more_than_its_room(
        output in outputs(), room in 0..6000_usize,
        sizes in prop::collection::vec((0..3000_usize, any::<bool>()), 1..40)
    ) {
        let documents: Vec<String> = sizes
            .iter()
            .zip(0..)
            .map(|(&(size, random), seed)| if random { noise(seed, size) } else { "z".repeat(size) })
            .collect();
        let (kept, data) = collect(output, room, &documents);
        let expected: Vec<&str> =
            documents.iter().zip(&kept).filter(|&(_, &kept)| kept).map(|(document, _)| document.as_str()).collect();
        if !expected.is_empty() {
            prop_assert!(data.len() <= room, "{} of {room}", data.len());
            let text = if output == Output::NdjsonGzip { gunzip(&data) } else { data };
            let end = if output == Output::Document { "" } else { "\n" };
            prop_assert_eq!(String::from_utf8(text).unwrap(), expected.join("\n") + end);
        }
    }

    #[test]
    fn an_answer_is_never_over_the_limit_however_greedy_its_records(
        sizes in prop::collection::vec((0..200_usize, 0..5000_usize, 0..3_u8), 0..300)
    ) {
        let ids: Vec<String> = sizes.iter().map(|&(id, _, _)| "i".repeat(id)).collect();
        let of: Vec<(&str, usize)> = ids.iter().zip(&sizes).map(|(id, &(_, data, _))| (id.as_str(), data)).collect();
        let text = records(&of);
        let records = parse(&text);
        let mut answer = Answer::new(&records).unwrap();
        for (record, &(_, _, kind)) in records.iter().zip(&sizes) {
            let room = answer.room(&record.0);
            match kind {
                0 => answer.add(&record.0, Outcome::Failed(Failed::NoRoom), &[]),
                1 => answer.add(&record.0, Outcome::Ok, &vec![0; room / 2]),
                _ => answer.add(&record.0, Outcome::Ok, &vec![0; room]),
            }
        }
        let named = ids.iter().filter(|id| !id.is_empty()).count();
        for failed in [false, true] {
            let mut answer = Answer::new(&records).unwrap();
            for record in &records {
                let room = answer.room(&record.0);
                answer.add(&record.0, Outcome::Ok, &vec![0; room]);
            }
            prop_assert_eq!(Read::read(&answer.finish(|index| failed && index % 2 == 0)).records.len(), named);
        }
        prop_assert_eq!(Read::read(&answer.finish(|_| false)).records.len(), named);
    }
}
