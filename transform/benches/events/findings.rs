//! `GuardDuty`: findings inside of the event that `EventBridge` logs, each with other ids, addresses
//! and times.
//!
//! Those of the corpus have few fields. Most of these are varied from `findings.jsonl`: constructed,
//! with the fields that "`GuardDuty` finding format" documents, in the size that findings about an
//! instance or a role's calls usually have.

use super::vary::varied;
use super::{Batch, Batches, account};

const CORPUS: &str = include_str!("../../../local/corpus/guardduty.jsonl");
const FULL: &str = include_str!("findings.jsonl");
/// Of so many findings one is of the corpus.
const OF_THE_CORPUS: usize = 12;

pub fn batches() -> Batches {
    let small: Vec<&str> = CORPUS.lines().collect();
    let full: Vec<&str> = FULL.lines().collect();
    let mut next = 0;
    Box::new(move |rng| {
        let owner = account(rng);
        let messages = (0..rng.usize(1..=3))
            .map(|_| {
                let findings = if rng.usize(..OF_THE_CORPUS) == 0 {
                    &small
                } else {
                    &full
                };
                next += 1;
                let finding = findings[next % findings.len()];
                varied(&logged(finding, owner), owner, rng)
            })
            .collect();
        Some(Batch {
            owner: owner.to_owned(),
            log_group: "/aws/events/guardduty".to_owned(),
            log_stream: "54f1c3a9-7d02-3b8e-9c46-2e8d5f7a1b60".to_owned(),
            messages,
        })
    })
}

fn logged(finding: &str, owner: &str) -> String {
    format!(
        concat!(
            r#"{{"version":"0","id":"7bf3c1d9-e2f4-a683-c5d0-41e8b7a9c2f6","#,
            r#""detail-type":"GuardDuty Finding","source":"aws.guardduty","account":"{owner}","#,
            r#""time":"2026-02-03T16:55:02Z","region":"eu-central-1","resources":[],"#,
            r#""detail":{finding}}}"#
        ),
        owner = owner,
        finding = finding
    )
}
