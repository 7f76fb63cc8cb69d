//! A walk over all records of an event: each read and answered as far as its room goes.

use crate::answer::Answer;
use crate::delivery::{Delivery, Place};
use crate::event::{FirehoseEvent, Record};
use crate::outcome::{Failed, Outcome};
use crate::payload::PayloadReader;
use crate::streams::{Deadline, Streams};
use crate::tally::RecordTally;

/// Whether there is any use in reading a record.
fn readable(record: &Record<'_>, deadline: Deadline) -> Result<(), Failed> {
    if record.id.as_str().is_none() {
        return Err(Failed::NoRecordId);
    }
    if deadline.is_over() {
        Err(Failed::OutOfTime)
    } else {
        Ok(())
    }
}

/// All records answered, before anything is put back or sent (but for single documents).
pub(super) struct Pass {
    pub(super) answer: Answer,
    pub(super) tallies: Vec<RecordTally>,
    /// The least data with which each record can be answered, as far as is known.
    pub(super) needs: Vec<usize>,
}

impl Pass {
    /// Answers every record as far as its room goes.
    pub(super) async fn run<S: Streams>(
        event: &FirehoseEvent<'_>,
        mut answer: Answer,
        payloads: &mut PayloadReader,
        delivery: &mut Delivery<'_, S>,
        deadline: Deadline,
    ) -> Self {
        let (mut tallies, mut needs) = (Vec::new(), Vec::new());
        for (index, record) in event.records.iter().enumerate() {
            let record = &record.0;
            delivery.body.begin(answer.room(record));
            let payload = readable(record, deadline).and_then(|()| payloads.read(&record.data));
            let (outcome, tally) = match payload {
                Ok(payload) => delivery.record(Place { index, record }, payload).await,
                Err(reason) => (Outcome::Failed(reason), RecordTally::default()),
            };
            needs.push(delivery.body.least_bytes().unwrap_or(0));
            let data = if outcome == Outcome::Ok {
                delivery.body.finish()
            } else {
                &[]
            };
            answer.add_with_keys(record, outcome, data, delivery.keys);
            tallies.push(tally);
        }
        Self {
            answer,
            tallies,
            needs,
        }
    }

    /// Whether a record got no room that it could have got.
    pub(super) fn is_cramped(&self) -> bool {
        self.answer
            .outcomes()
            .any(|outcome| outcome == Outcome::Failed(Failed::NoRoom))
    }
}
