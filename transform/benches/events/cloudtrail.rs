//! `CloudTrail`: the corpus's events, each as it is and once, in another order than they happened:
//! what follows each other in the corpus is the work of one program, and unusually alike.

use std::collections::HashSet;

use fastrand::Rng;
use serde::Deserialize;

use super::{Batch, Batches, account};
use crate::common::gunzip;

const CORPUS: &[u8] = include_bytes!("../../../local/corpus/cloudtrail.jsonl.gz");

pub fn batches(rng: &mut Rng) -> Batches {
    let mut waiting = corpus();
    rng.shuffle(&mut waiting);
    Box::new(move |rng| {
        let (owner, number) = (account(rng).to_owned(), rng.u8(1..4));
        let sent = rng.usize(10..=40).min(waiting.len());
        (sent > 0).then(|| Batch {
            log_group: format!("aws-cloudtrail-logs-{owner}-4c7e19a2"),
            log_stream: format!("{owner}_CloudTrail_eu-central-1_{number}"),
            owner,
            messages: waiting.split_off(waiting.len() - sent),
        })
    })
}

/// The events, each id once.
fn corpus() -> Vec<String> {
    #[derive(Deserialize)]
    struct Event {
        #[serde(rename = "eventID")]
        id: String,
    }
    let text = String::from_utf8(gunzip(CORPUS)).unwrap();
    let mut ids = HashSet::new();
    text.lines()
        .filter(|line| ids.insert(serde_json::from_str::<Event>(line).unwrap().id))
        .map(str::to_owned)
        .collect()
}
