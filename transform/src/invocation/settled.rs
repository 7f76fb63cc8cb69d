//! What goes to the streams before the answer is given, and what their answers make of it.

use std::collections::BTreeSet;

use super::Invocation;
use super::pass::Pass;
use crate::answer::Answer;
use crate::delivery::Delivery;
use crate::documents_to;
use crate::event::FirehoseEvent;
use crate::outcome::{Failed, Outcome};
use crate::put_back;
use crate::settings::Output;
use crate::streams::{Sender, Sent, Streams};
use crate::tally::Tally;

/// Records whose failure is told by name, of one invocation.
const MOST_NAMED_FAILURES: usize = 5;

/// What the streams took, now that nothing waits any more.
pub(super) struct Settled {
    source: Sent,
    documents: Sent,
    /// Records of which a document is larger than `DOCUMENTS_TO` takes.
    too_large: BTreeSet<usize>,
}

impl Settled {
    /// Puts back and sends what has to be before the answer is given.
    pub(super) async fn of<S: Streams>(
        event: &FirehoseEvent<'_>,
        answer: &Answer,
        delivery: Delivery<'_, S>,
    ) -> Self {
        let Delivery {
            output,
            streams,
            mut source,
            mut documents,
            parts,
            ..
        } = delivery;
        if let Some(source) = &mut source {
            for (owner, part) in parts {
                source
                    .payload(
                        streams,
                        part,
                        put_back::partition_key(&event.records[owner].0),
                        owner,
                    )
                    .await;
            }
        }
        let source = finish(source, streams).await;
        let too_large = match &mut documents {
            Some(sender) if output != Output::Document => {
                documents_to::send(answer, &source.failed, sender, streams).await
            }
            _ => BTreeSet::new(),
        };
        let documents = finish(documents, streams).await;
        Self {
            source,
            documents,
            too_large,
        }
    }

    /// The outcome of a record that was answered with `outcome`.
    fn outcome(&self, index: usize, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Ok if self.source.failed.contains(&index) => Outcome::Failed(Failed::PutBack),
            Outcome::Ok if self.too_large.contains(&index) => {
                Outcome::Failed(Failed::DocumentTooLarge)
            }
            Outcome::Ok if self.documents.failed.contains(&index) => {
                Outcome::Failed(Failed::DocumentsNotSent)
            }
            outcome => outcome,
        }
    }

    /// The invocation, with every record's last outcome.
    pub(super) fn invocation(
        self,
        event: &FirehoseEvent<'_>,
        pass: Pass,
        bytes_in: usize,
    ) -> Invocation {
        let Pass {
            answer, tallies, ..
        } = pass;
        let outcomes: Vec<Outcome> = answer
            .outcomes()
            .enumerate()
            .map(|(index, outcome)| self.outcome(index, outcome))
            .collect();
        let answer = answer.finish(|index| matches!(outcomes[index], Outcome::Failed(_)));
        let mut tally = Tally {
            put_back_records: self.source.stream_records,
            documents_sent: self.documents.records,
            bytes_in: bytes_in as u64,
            bytes_out: answer.len() as u64,
            ..Tally::default()
        };
        for (&outcome, record) in outcomes.iter().zip(&tallies) {
            tally.settle(outcome, record);
        }
        let mut errors = named_failures(event, &outcomes);
        errors.extend(self.source.errors.into_iter().chain(self.documents.errors));
        let invocation_id = event.invocation_id.as_str().unwrap_or_default().to_owned();
        Invocation {
            answer,
            tally,
            outcomes,
            invocation_id,
            errors,
            catalog: None,
            notices: Vec::new(),
        }
    }
}

async fn finish(sender: Option<Sender>, streams: &mut impl Streams) -> Sent {
    match sender {
        Some(sender) => sender.finish(streams).await,
        None => Sent::default(),
    }
}

/// The first few records that failed, in words.
fn named_failures(event: &FirehoseEvent<'_>, outcomes: &[Outcome]) -> Vec<String> {
    let failures =
        event
            .records
            .iter()
            .zip(outcomes)
            .filter_map(|(record, outcome)| match outcome {
                Outcome::Failed(reason) => Some(format!(
                    "record {}: {reason}",
                    record.0.id.as_str().unwrap_or("without id")
                )),
                _ => None,
            });
    failures.take(MOST_NAMED_FAILURES).collect()
}
