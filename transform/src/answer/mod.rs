//! The function's answer, written by hand into one buffer that never outgrows Lambda's limit.
//!
//! Records are answered in their order, each with as much as it likes, except that room is kept
//! back for every later one: enough for its plain refusal in any case, for the whole of a
//! finished document (it has to pass, else it would come again for ever), and for a share of
//! half of what is left, by the size of its data, so that at least its first document fits. Where
//! that was not enough for one, the answer is begun anew, with what each record needs.
//!
//! The format: AWS, "Data transformation status model". The limit is what Lambda enforces on a
//! synchronous answer (`Function.ResponseSizeTooLarge`).

mod body;
mod bytes;
mod day;
mod keys;

use std::ops::Range;

pub use body::Body;
pub use keys::PartitionKeys;

use self::bytes::{MOST_KEPT_BACK, finished_bytes, keys_bytes, ok_bytes, refusal_bytes, weight};
use crate::event::{Lenient, Record};
use crate::json;
use crate::outcome::Outcome;

/// The most bytes of an answer.
pub const MAX_BYTES: usize = 6_291_556;

const HEAD: &[u8] = br#"{"records":["#;
const TAIL: &[u8] = b"]}";
const ID: &[u8] = br#"{"recordId":"#;
const OK: &[u8] = br#","result":"Ok","data":""#;
const DROPPED: &[u8] = br#","result":"Dropped","data":""#;
const FAILED: &[u8] = br#","result":"ProcessingFailed","data":""#;
/// Firehose needs no metadata, but some readers of answers do (AWS's own types for Rust).
const METADATA: &[u8] = br#"","metadata":{"partitionKeys":{"#;
const END: &[u8] = b"}}}";

/// Even a refusal of every record would be larger than an answer may be.
#[derive(Debug, thiserror::Error)]
#[error(
    "{records} records are too many for one answer of {MAX_BYTES} bytes: give the Lambda processor a smaller buffer"
)]
pub struct TooManyRecords {
    records: usize,
}

/// An answer that is being written.
#[derive(Debug)]
pub struct Answer {
    text: Vec<u8>,
    entries: Vec<Entry>,
    /// What is kept back for each record, in bytes of the answer.
    kept_back: Vec<usize>,
    /// The sum of `kept_back` for the records that have no entry yet.
    kept_back_now: usize,
    /// The most bytes of the keys of one record.
    keys: usize,
}

#[derive(Debug)]
struct Entry {
    /// The record's id, quoted, in the answer's text; empty where the record has none.
    id: Range<usize>,
    /// The whole entry, without commas.
    text: Range<usize>,
    /// Its data, in base64.
    data: Range<usize>,
    outcome: Outcome,
}

impl Answer {
    /// Begins the answer to `records`.
    ///
    /// # Errors
    /// [`TooManyRecords`], which Firehose never sends: its own event is larger than the refusals.
    pub fn new(records: &[Lenient<Record<'_>>]) -> Result<Self, TooManyRecords> {
        Self::with_keys(records, &PartitionKeys::default())
    }

    /// Begins the answer to `records`, with room for their keys where these are wanted.
    ///
    /// # Errors
    /// As [`Answer::new`].
    pub fn with_keys(
        records: &[Lenient<Record<'_>>],
        keys: &PartitionKeys,
    ) -> Result<Self, TooManyRecords> {
        let (mut answer, mut free) = Self::refusing(records, keys)?;
        for (index, record) in records.iter().enumerate() {
            let bytes = match finished_bytes(&record.0) {
                0 => 0,
                bytes => bytes + answer.keys,
            };
            free -= answer.keep_back(index, bytes.min(free));
        }
        let weights: usize = records.iter().map(|record| weight(&record.0)).sum();
        for (index, record) in records.iter().enumerate() {
            let share = (free / 2 * weight(&record.0)).checked_div(weights);
            answer.keep_back(index, share.unwrap_or(0).min(MOST_KEPT_BACK));
        }
        Ok(answer)
    }

    /// Begins the answer to `records` anew, knowing the least data (in bytes before base64) with
    /// which each can be answered.
    ///
    /// # Errors
    /// As [`Answer::new`].
    pub fn with_needs(
        records: &[Lenient<Record<'_>>],
        keys: &PartitionKeys,
        needs: &[usize],
    ) -> Result<Self, TooManyRecords> {
        let (mut answer, mut free) = Self::refusing(records, keys)?;
        for (index, need) in needs.iter().enumerate() {
            let bytes = need.div_ceil(3) * 4 + answer.keys;
            // One that is too large for the rest leaves the rest to the others.
            if *need > 0 && bytes <= free {
                free -= answer.keep_back(index, bytes);
            }
        }
        Ok(answer)
    }

    /// An answer with room for the refusal of each record, and how much room there is beyond.
    fn refusing(
        records: &[Lenient<Record<'_>>],
        keys: &PartitionKeys,
    ) -> Result<(Self, usize), TooManyRecords> {
        let kept_back: Vec<usize> = records
            .iter()
            .map(|record| refusal_bytes(&record.0))
            .collect();
        let kept_back_now: usize = kept_back.iter().sum();
        let free = (MAX_BYTES - HEAD.len() - TAIL.len())
            .checked_sub(kept_back_now)
            .ok_or(TooManyRecords {
                records: records.len(),
            })?;
        let mut text = Vec::with_capacity(MAX_BYTES);
        text.extend_from_slice(HEAD);
        let entries = Vec::with_capacity(records.len());
        Ok((
            Self {
                text,
                entries,
                kept_back,
                kept_back_now,
                keys: keys_bytes(keys),
            },
            free,
        ))
    }

    /// Keeps more back for a record; returns how much.
    fn keep_back(&mut self, index: usize, bytes: usize) -> usize {
        self.kept_back[index] += bytes;
        self.kept_back_now += bytes;
        bytes
    }

    /// The most bytes of data (before base64) with which the next record can be answered.
    #[must_use]
    pub fn room(&self, record: &Record<'_>) -> usize {
        let own = self
            .kept_back
            .get(self.entries.len())
            .copied()
            .unwrap_or_default();
        let taken = self.text.len() + TAIL.len() + (self.kept_back_now - own);
        let around = 1 + ok_bytes(record) + self.keys;
        MAX_BYTES.saturating_sub(taken + around) / 4 * 3
    }

    /// Whether `data` (before base64) is too much even for an answer to `record` alone.
    #[must_use]
    pub fn never_fits(record: &Record<'_>, keys: &PartitionKeys, data: usize) -> bool {
        let around = HEAD.len() + ok_bytes(record) + keys_bytes(keys) + TAIL.len();
        around + data.div_ceil(3) * 4 > MAX_BYTES
    }

    /// Answers the next record; `data` counts only with [`Outcome::Ok`].
    pub fn add(&mut self, record: &Record<'_>, outcome: Outcome, data: &[u8]) {
        self.add_with_keys(record, outcome, data, &PartitionKeys::default());
    }

    /// Answers the next record; `data` and `keys` count only with [`Outcome::Ok`].
    pub fn add_with_keys(
        &mut self,
        record: &Record<'_>,
        outcome: Outcome,
        data: &[u8],
        keys: &PartitionKeys,
    ) {
        self.kept_back_now -= self
            .kept_back
            .get(self.entries.len())
            .copied()
            .unwrap_or_default();
        let at = self.text.len();
        let Some(id) = record.id.as_str() else {
            self.entries.push(Entry {
                id: at..at,
                text: at..at,
                data: at..at,
                outcome,
            });
            return;
        };
        if at > HEAD.len() {
            self.text.push(b',');
        }
        let start = self.text.len();
        self.text.extend_from_slice(ID);
        let id_start = self.text.len();
        json::write_quoted(&mut self.text, id.as_bytes());
        let id = id_start..self.text.len();
        self.text.extend_from_slice(match outcome {
            Outcome::Ok => OK,
            Outcome::Dropped(_) => DROPPED,
            Outcome::Failed(_) => FAILED,
        });
        let data_start = self.text.len();
        if outcome == Outcome::Ok {
            base64_simd::STANDARD.encode_append(data, &mut self.text);
        }
        let data = data_start..self.text.len();
        self.text.extend_from_slice(METADATA);
        if outcome == Outcome::Ok {
            self.text.extend_from_slice(keys.members());
        }
        self.text.extend_from_slice(END);
        let text = start..self.text.len();
        self.entries.push(Entry {
            id,
            text,
            data,
            outcome,
        });
    }

    /// The data (in base64) with which the records are answered that are answered `Ok`, and their
    /// positions.
    pub fn data(&self) -> impl Iterator<Item = (usize, &[u8])> {
        let entries = self.entries.iter().enumerate();
        let answered = entries.filter(|(_, entry)| entry.outcome == Outcome::Ok);
        answered.map(|(index, entry)| (index, &self.text[entry.data.clone()]))
    }

    /// The outcomes so far, in the order of the records.
    pub fn outcomes(&self) -> impl Iterator<Item = Outcome> {
        self.entries.iter().map(|entry| entry.outcome)
    }

    /// Ends the answer. `failed` names the outcome of each record that was answered `Ok` and
    /// could not be made good afterwards.
    #[must_use]
    pub fn finish(self, failed: impl Fn(usize) -> bool) -> Vec<u8> {
        let mut text = if self
            .entries
            .iter()
            .enumerate()
            .any(|(index, entry)| entry.outcome == Outcome::Ok && failed(index))
        {
            self.without(failed)
        } else {
            self.text
        };
        text.extend_from_slice(TAIL);
        text
    }

    /// The text again, with refusals in place of the entries in `failed`.
    fn without(&self, failed: impl Fn(usize) -> bool) -> Vec<u8> {
        let mut text = Vec::with_capacity(self.text.len() + TAIL.len());
        text.extend_from_slice(HEAD);
        let answered = self
            .entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| !entry.id.is_empty());
        for (index, entry) in answered {
            if text.len() > HEAD.len() {
                text.push(b',');
            }
            if entry.outcome == Outcome::Ok && failed(index) {
                text.extend_from_slice(ID);
                text.extend_from_slice(&self.text[entry.id.clone()]);
                text.extend_from_slice(FAILED);
                text.extend_from_slice(METADATA);
                text.extend_from_slice(END);
            } else {
                text.extend_from_slice(&self.text[entry.text.clone()]);
            }
        }
        text
    }
}
