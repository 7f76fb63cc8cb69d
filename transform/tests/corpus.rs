//! What holds for every document, shown on real records.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod common;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use common::strict::{Strict, parsed_document};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use transform::envelope;
use transform::reshape::{Reshaper, Written};

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../local/corpus")
        .join(name)
}

fn cloudtrail() -> Vec<String> {
    let file = File::open(corpus("cloudtrail.jsonl.gz")).unwrap();
    BufReader::new(MultiGzDecoder::new(file))
        .lines()
        .map(Result::unwrap)
        .collect()
}

fn guardduty() -> Vec<String> {
    BufReader::new(File::open(corpus("guardduty.jsonl")).unwrap())
        .lines()
        .map(Result::unwrap)
        .collect()
}

fn flow_logs() -> Vec<String> {
    #[derive(Deserialize)]
    struct Line {
        line: String,
    }
    let lines = BufReader::new(File::open(corpus("vpcflow.jsonl")).unwrap()).lines();
    lines
        .map(|line| serde_json::from_str::<Line>(&line.unwrap()).unwrap().line)
        .collect()
}

fn all() -> Vec<String> {
    [cloudtrail(), guardduty(), flow_logs()].concat()
}

/// A payload of one event, whose message is written as a JSON string by `escape`.
fn payload(message: &str, escape: fn(&str) -> String) -> Vec<u8> {
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"g","logStream":"s","logEvents":[{{"id":"1","timestamp":1769846400123,"message":{}}}]}}"#,
        escape(message)
    )
    .into_bytes()
}

fn document(message: &str, escape: fn(&str) -> String) -> (Written, Vec<u8>) {
    let payload = payload(message, escape);
    let envelopes = envelope::parse(&payload).unwrap();
    let mut out = Vec::new();
    let written = Reshaper::default().document(&envelopes[0], &envelopes[0].events[0], &mut out);
    (written, out)
}

fn usual(message: &str) -> String {
    serde_json::to_string(message).unwrap()
}

/// Every character that can be is escaped by its number.
fn by_number(message: &str) -> String {
    let escaped = message.chars().map(|character| match character {
        '\0'..='~' => format!("\\u{:04x}", u32::from(character)),
        other => other.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

#[test]
fn every_document_is_one_line_of_strict_json_with_the_mandatory_fields() {
    for message in all() {
        let (written, line) = document(&message, usual);
        assert!(matches!(written, Written::Document(_)), "{message}");
        parsed_document(&line);
    }
}

#[test]
fn both_ways_of_walking_give_the_same_document() {
    for message in all() {
        assert_eq!(
            document(&message, usual),
            document(&message, by_number),
            "{message}"
        );
    }
}

#[test]
fn damaged_messages_become_valid_documents_or_pipeline_errors() {
    let messages = all();
    for (at, message) in messages.iter().enumerate() {
        let cut = (0..=message.len() * at / messages.len())
            .rev()
            .find(|at| message.is_char_boundary(*at))
            .unwrap();
        let swapped = message.replacen([',', ' '], "\"", 1 + at % 3);
        for damaged in [&message[..cut], &message[cut..], &swapped] {
            let (written, line) = document(damaged, usual);
            assert_ne!(written, Written::Nothing);
            serde_json::from_slice::<Strict>(&line)
                .unwrap_or_else(|error| panic!("{error}: {damaged}"));
            assert_eq!((written, line), document(damaged, usual));
        }
    }
}
