//! What the journal says of a request.

use jiff::Timestamp;
use transform::streams::Target;

use super::Origin;
use crate::journal::Entry;
use crate::put::{Answer, Outgoing};

/// What is written before a request.
pub(super) fn announced(origin: Origin<'_>, target: &Target, batch: &[Outgoing]) -> Entry {
    Entry::Sending {
        at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        object: origin.object.to_owned(),
        name: origin.name.to_owned(),
        to: target.arn.clone(),
        lines: lines(batch),
    }
}

/// What is written after it.
pub(super) fn outcome(origin: Origin<'_>, batch: &[Outgoing], answer: &Answer) -> Entry {
    let object = origin.object.to_owned();
    match answer {
        Answer::Each(refusals) => {
            let of = |refused: bool| {
                let pairs = batch.iter().zip(refusals);
                let some = pairs.filter(|(_, refusal)| refusal.is_some() == refused);
                some.map(|(record, _)| record.line).collect()
            };
            Entry::Answered {
                object,
                sent: of(false),
                refused: of(true),
                why: refusals
                    .iter()
                    .flatten()
                    .next()
                    .cloned()
                    .unwrap_or_default(),
            }
        }
        Answer::Refused { why, .. } => Entry::Answered {
            object,
            sent: Vec::new(),
            refused: lines(batch),
            why: why.clone(),
        },
        Answer::Unknown(why) => Entry::Unknown {
            object,
            lines: lines(batch),
            why: why.clone(),
        },
    }
}

fn lines(batch: &[Outgoing]) -> Vec<u32> {
    batch.iter().map(|record| record.line).collect()
}
