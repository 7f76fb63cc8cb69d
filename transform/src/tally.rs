//! What became of everything: the counts of one invocation, which always add up.

use crate::dataset::Dataset;
use crate::outcome::{Dropped, Failed, Outcome};
use crate::reshape::Written;

/// The counts of one record, while it isn't sure yet that it can be answered `Ok`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordTally {
    /// Log events, and finished documents, in it.
    pub events: u64,
    /// Documents in its answer, by [`Dataset::index`].
    pub documents: [u64; Dataset::ALL.len()],
    /// Those of `documents` that say that the event could not be read.
    pub pipeline_errors: u64,
    /// A finished document in its answer that had been put back before.
    pub returned: u64,
    /// Events that were put back.
    pub put_back: u64,
    /// Events that hold nothing to document.
    pub empty: u64,
    /// Control messages in it.
    pub control_messages: u64,
}

impl RecordTally {
    /// Counts one document in the answer.
    pub fn answered(&mut self, written: Written) {
        match written {
            Written::Document(dataset) => self.documents[dataset.index()] += 1,
            Written::PipelineError(dataset) => {
                self.documents[dataset.index()] += 1;
                self.pipeline_errors += 1;
            }
            Written::Nothing => self.empty += 1,
        }
    }
}

/// The counts of one invocation.
///
/// `records = ok + dropped + failed`, and
/// `events = documents + returned + put_back + empty + events_failed`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records of the event.
    pub records: u64,
    /// Records answered `Ok`.
    pub ok: u64,
    /// Records answered `Dropped`, by [`Dropped::ALL`].
    pub dropped: [u64; Dropped::ALL.len()],
    /// Records answered `ProcessingFailed`, by [`Failed::ALL`].
    pub failed: [u64; Failed::ALL.len()],
    /// Log events, and finished documents, in all records that could be read.
    pub events: u64,
    /// Documents in the answer, by [`Dataset::index`].
    pub documents: [u64; Dataset::ALL.len()],
    /// Those of `documents` that say that the event could not be read.
    pub pipeline_errors: u64,
    /// Finished documents in the answer that had been put back before.
    pub returned: u64,
    /// Events that were put back.
    pub put_back: u64,
    /// Events that hold nothing to document.
    pub empty: u64,
    /// Events in records that failed.
    pub events_failed: u64,
    /// Control messages.
    pub control_messages: u64,
    /// Records that the source took back.
    pub put_back_records: u64,
    /// Documents that `DOCUMENTS_TO` took.
    pub documents_sent: u64,
    /// Bytes of the event.
    pub bytes_in: u64,
    /// Bytes of the answer.
    pub bytes_out: u64,
}

impl Tally {
    /// Counts one record, now that its outcome is final.
    pub fn settle(&mut self, outcome: Outcome, record: &RecordTally) {
        self.records += 1;
        self.events += record.events;
        self.control_messages += record.control_messages;
        match outcome {
            Outcome::Failed(reason) => {
                self.failed[reason as usize] += 1;
                self.events_failed += record.events;
                return;
            }
            Outcome::Dropped(reason) => self.dropped[reason as usize] += 1,
            Outcome::Ok => self.ok += 1,
        }
        for (sum, documents) in self.documents.iter_mut().zip(record.documents) {
            *sum += documents;
        }
        self.pipeline_errors += record.pipeline_errors;
        self.returned += record.returned;
        self.put_back += record.put_back;
        self.empty += record.empty;
    }

    /// Documents in the answer.
    #[must_use]
    pub fn documents_out(&self) -> u64 {
        self.documents.iter().sum::<u64>() + self.returned
    }

    /// Records answered `Dropped`.
    #[must_use]
    pub fn records_dropped(&self) -> u64 {
        self.dropped.iter().sum()
    }

    /// Records answered `ProcessingFailed`.
    #[must_use]
    pub fn records_failed(&self) -> u64 {
        self.failed.iter().sum()
    }
}
