//! User agents: what is read from each of the real records' and from those of other tools and
//! browsers, and that no text does harm.
//!
//! `golden/user_agents/*.txt` hold agents, one a line; `*.tsv` the parts that each must give: name,
//! version, device, operating system, its version, agent. `UPDATE_GOLDEN=1 cargo test -p transform
//! --test user_agents` writes them anew: read the diff.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod common;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::strict::Strict;
use flate2::read::MultiGzDecoder;
use proptest::prelude::*;
use serde_json::{Value, json};
use transform::dataset::Dataset;
use transform::envelope;
use transform::reshape::{Reshaper, Written};
use transform::user_agent::{UserAgent, parse};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/user_agents")
}

/// One line of the parts of `agent`.
fn line(agent: &str) -> String {
    let UserAgent {
        name,
        version,
        device,
        os_name,
        os_version,
    } = parse(agent.as_bytes());
    let parts = [name, version, device, os_name, os_version]
        .map(|part| String::from_utf8(part.to_vec()).unwrap());
    format!("{}\t{agent}\n", parts.join("\t"))
}

fn check<'t>(name: &str, agents: impl Iterator<Item = &'t str>) {
    let found: String = agents.map(line).collect();
    let path = folder().join(name).with_extension("tsv");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len());
}

/// Every agent of the real records, with one id for all runs of one tool.
fn corpus() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../local/corpus/cloudtrail.jsonl.gz");
    let lines = BufReader::new(MultiGzDecoder::new(File::open(path).unwrap())).lines();
    lines
        .map(|line| {
            let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
            let agent = event["userAgent"].as_str().unwrap();
            match agent.split_once("stratus-red-team_") {
                Some((before, after)) => {
                    format!("{before}stratus-red-team_0{}", &after[36..])
                }
                None => agent.to_owned(),
            }
        })
        .collect()
}

#[test]
fn the_agents_of_real_records_are_told_apart() {
    let agents = corpus();
    check("corpus", agents.iter().map(String::as_str));
}

#[test]
fn tools_are_told_apart() {
    let agents = fs::read_to_string(folder().join("tools.txt")).unwrap();
    check("tools", agents.lines());
}

#[test]
fn browsers_are_told_apart() {
    let agents = fs::read_to_string(folder().join("browsers.txt")).unwrap();
    check("browsers", agents.lines());
}

#[test]
fn long_agents_cost_no_more_than_short_ones() {
    let starts = ["", "Mozilla/5.0 (", "[", "a/1 (", "Mozilla/5.0 (X11) "];
    let parts = ["(", ")", "/", " ", "a/1 ", "Android;", "\0", "漢", ", "];
    let started = Instant::now();
    for start in starts {
        for part in parts {
            let agent = format!("{start}{}", part.repeat(1_000_000 / part.len()));
            for _ in 0..20 {
                let found = parse(agent.as_bytes());
                assert!(found.name.len() <= 1024);
            }
        }
    }
    // 900 agents of a megabyte; only their beginnings are read.
    assert!(started.elapsed() < Duration::from_secs(10));
}

/// The document of an event with this user agent.
fn document(agent: &str) -> Value {
    let event = json!({
        "eventVersion": "1.11", "eventTime": "2026-01-31T08:09:10Z", "eventID": "e", "userAgent": agent,
    });
    let payload = json!({
        "messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": "g", "logStream": "s",
        "logEvents": [{"id": "1", "timestamp": 1_769_846_400_123_i64, "message": event.to_string()}],
    });
    let text = payload.to_string();
    let envelopes = envelope::parse(text.as_bytes()).unwrap();
    let mut out = Vec::new();
    let mut reshaper = Reshaper::default();
    // The second time it is known.
    for _ in 0..2 {
        out.clear();
        let written = reshaper.document(&envelopes[0], &envelopes[0].events[0], &mut out);
        assert_eq!(written, Written::Document(Dataset::CloudTrail));
    }
    serde_json::from_slice::<Strict>(&out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn agents_made_to_harm_leave_a_valid_document_with_all_of_them() {
    let long = "x/1 ".repeat(250_000);
    for agent in [
        &long[..],
        "a\0b/1.2 Linux/5\0",
        "[[[a/1",
        "a/1]]]",
        "\"quoted\"/1.0 (\"linux\")",
        "back\\slash/2 os/windows#10",
        "Mozilla/5.0 (Linux; Android 13; \"p\\i\nx\u{1}el\" Build/1",
        "漢字/1.0 (漢; linux) 字",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 漢_1",
        "\u{202e}evil/1.0",
        "/1.0",
        " ",
    ] {
        let document = document(agent);
        assert_eq!(document["user_agent"]["original"], agent);
    }
    assert!(document("").get("user_agent").is_none());
}

#[test]
fn an_agent_has_its_parts_without_its_brackets() {
    let document = document("[Boto3/1.26.165 Python/3.10.6 Linux/5.19.0-46-generic]");
    assert_eq!(
        document["user_agent"],
        json!({
            "original": "[Boto3/1.26.165 Python/3.10.6 Linux/5.19.0-46-generic]",
            "name": "Boto3",
            "version": "1.26.165",
            "os": {"name": "Linux", "version": "5.19.0", "full": "Linux 5.19.0"},
        })
    );
}

proptest! {
    #[test]
    fn any_bytes_are_an_agent(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn the_parts_of_a_text_are_texts(agent in "(Mozilla/5\\.0 )?[\\[\\(]?[a-zA-Z0-9 ;,()/#_.é漢\\]-]{0,300}") {
        let found = parse(agent.as_bytes());
        for part in [found.name, found.version, found.device, found.os_name, found.os_version] {
            prop_assert!(std::str::from_utf8(part).is_ok());
        }
    }

    #[test]
    fn pieces_of_real_agents_in_any_order_are_agents(
        pieces in proptest::collection::vec(prop_oneof![
            Just("Mozilla/5.0 "), Just("(Linux; Android 13; "), Just("Pixel"), Just(")"), Just("("),
            Just(" Safari/"), Just("Version/"), Just("1.2"), Just("aws-cli/"), Just("os/linux#"),
            Just(" "), Just(", "), Just("["), Just("]"), Just("Windows NT "), Just("Darwin/"),
        ], 0..30)
    ) {
        let _ = parse(pieces.concat().as_bytes());
    }
}
