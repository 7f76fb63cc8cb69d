//! Sends the records of one object: requests within the stream's limits, each written down before and
//! after; what is refused is tried again, what got no answer is not.

mod written;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};
use transform::streams::{Limits, Service, Target};

use crate::error::Error;
use crate::fate::{Fate, Why};
use crate::journal::Journal;
use crate::pace::{self, Pace};
use crate::put::{Answer, Outgoing, Stream};

/// Why a run ended by ctrl-c.
pub const INTERRUPTED: &str = "it was interrupted";
/// So many requests without an answer, one after the other, and nothing more is tried.
const MOST_UNANSWERED: u32 = 3;

/// What a run sends by.
#[derive(Debug)]
pub struct Sending<'a> {
    /// Where it is written down.
    pub journal: &'a mut Journal,
    /// How fast.
    pub pace: &'a mut Pace,
    /// Turns true when the run is to end.
    pub stop: &'a AtomicBool,
    /// Requests without an answer in a row, over all objects.
    pub unanswered: &'a mut u32,
}

/// The object that records are of.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The SHA-256 of its bytes.
    pub object: &'a str,
    /// Where it was found.
    pub name: &'a str,
}

/// What became of the records of one object, and why nothing more is to be tried, where that is so.
#[derive(Debug, Default)]
pub struct Sent {
    /// By line.
    pub fates: BTreeMap<u32, Fate>,
    /// In words.
    pub ended: Option<String>,
}

/// Characters of a partition key.
const KEY_CHARS: usize = 32;

/// A record as it goes to `target`: the same bytes always get the same partition key, which spreads
/// records over the shards.
#[must_use]
pub fn outgoing(target: &Target, line: u32, data: Vec<u8>) -> Outgoing {
    let partition_key = match target.service {
        Service::Kinesis => hex(&Sha256::digest(&data)[..KEY_CHARS / 2]),
        Service::Firehose => String::new(),
    };
    Outgoing {
        line,
        data,
        partition_key,
    }
}

/// Why `target` takes no record of so many bytes; nothing where it does.
#[must_use]
pub fn too_large(target: &Target, bytes: usize) -> Option<Why> {
    let bytes = match target.service {
        Service::Kinesis => bytes + KEY_CHARS,
        Service::Firehose => bytes,
    };
    let most = target.limits().record_bytes;
    (bytes > most).then_some(Why::TooLarge { bytes, most })
}

/// Bytes as hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

impl Sending<'_> {
    /// Sends `records` to `stream`.
    ///
    /// # Errors
    /// Where the journal can't be written: nothing is sent that isn't written down.
    pub async fn send(
        &mut self,
        stream: &Stream,
        origin: Origin<'_>,
        records: Vec<Outgoing>,
    ) -> Result<Sent, Error> {
        let mut sent = Sent::default();
        for batch in batches(records, self.pace.limits(stream.target().limits())) {
            if sent.ended.is_some() {
                left(&mut sent, &batch, &Why::NotTried);
                continue;
            }
            self.batch(stream, origin, batch, &mut sent).await?;
        }
        Ok(sent)
    }

    /// One request, and again for what it was refused.
    async fn batch(
        &mut self,
        stream: &Stream,
        origin: Origin<'_>,
        mut batch: Vec<Outgoing>,
        sent: &mut Sent,
    ) -> Result<(), Error> {
        for attempt in 1.. {
            self.pace.wait(batch.len(), bytes(&batch)).await;
            if attempt == 1 && self.stop.load(Ordering::Relaxed) {
                left(sent, &batch, &Why::NotTried);
                sent.ended = Some(INTERRUPTED.to_owned());
                return Ok(());
            }
            self.journal
                .write(&written::announced(origin, stream.target(), &batch))?;
            let answer = stream.put(&batch).await;
            self.journal
                .write(&written::outcome(origin, &batch, &answer))?;
            let why = match self.settle(answer, &mut batch, sent) {
                Settled::Done => return Ok(()),
                Settled::Final(why) => {
                    left(sent, &batch, &Why::Refused(why.clone()));
                    sent.ended = Some(format!("{} refuses: {why}", stream.target()));
                    return Ok(());
                }
                Settled::Again(why) => why,
            };
            let wait = pace::next_wait(attempt).filter(|_| !self.stop.load(Ordering::Relaxed));
            let Some(wait) = wait else {
                left(sent, &batch, &Why::Refused(why.clone()));
                sent.ended = Some(format!(
                    "{} didn't take records in {attempt} attempts: {why}. Try with a lower --rate",
                    stream.target()
                ));
                return Ok(());
            };
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    /// Takes from `batch` what has its fate.
    fn settle(&mut self, answer: Answer, batch: &mut Vec<Outgoing>, sent: &mut Sent) -> Settled {
        match answer {
            Answer::Each(refusals) => {
                *self.unanswered = 0;
                let why = refusals.iter().flatten().next().cloned();
                let mut refusals = refusals.into_iter();
                batch.retain(|record| {
                    let refused = refusals.next().flatten().is_some();
                    if !refused {
                        sent.fates.insert(record.line, Fate::Sent);
                    }
                    refused
                });
                why.map_or(Settled::Done, Settled::Again)
            }
            Answer::Refused { again: true, why } => Settled::Again(why),
            Answer::Refused { again: false, why } => Settled::Final(why),
            Answer::Unknown(why) => {
                left(sent, batch, &Why::Unknown(why.clone()));
                *self.unanswered += 1;
                if *self.unanswered >= MOST_UNANSWERED {
                    sent.ended = Some(format!(
                        "{MOST_UNANSWERED} requests in a row got no answer: {why}"
                    ));
                }
                Settled::Done
            }
        }
    }
}

enum Settled {
    /// Every record has its fate.
    Done,
    /// The others may be taken later.
    Again(String),
    /// The others will not be taken.
    Final(String),
}

fn left(sent: &mut Sent, records: &[Outgoing], why: &Why) {
    let fates = records
        .iter()
        .map(|record| (record.line, Fate::Left(why.clone())));
    sent.fates.extend(fates);
}

fn bytes(batch: &[Outgoing]) -> usize {
    let bytes = |record: &Outgoing| record.data.len() + record.partition_key.len();
    batch.iter().map(bytes).sum()
}

/// Requests within `limits`, in the order of the records.
fn batches(records: Vec<Outgoing>, limits: Limits) -> Vec<Vec<Outgoing>> {
    let mut batches: Vec<Vec<Outgoing>> = Vec::new();
    let mut room = 0;
    for record in records {
        let size = bytes(std::slice::from_ref(&record));
        match batches.last_mut() {
            Some(batch) if batch.len() < limits.request_records && size <= room => {
                room -= size;
                batch.push(record);
            }
            _ => {
                room = limits.request_bytes.saturating_sub(size);
                batches.push(vec![record]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target::from_arn("arn:aws:kinesis:eu-central-1:222222222222:stream/raw").unwrap()
    }

    fn record(line: u32, bytes: usize) -> Outgoing {
        outgoing(&target(), line, vec![7; bytes])
    }

    #[test]
    fn requests_keep_to_records_and_bytes_and_forget_none() {
        let many = batches(
            (0..1201).map(|line| record(line, 10)).collect(),
            target().limits(),
        );
        let sizes: Vec<usize> = many.iter().map(Vec::len).collect();
        assert_eq!(sizes, [500, 500, 201]);
        let large = batches(
            (0..9).map(|line| record(line, 1_000_000)).collect(),
            target().limits(),
        );
        let sizes: Vec<usize> = large.iter().map(Vec::len).collect();
        assert_eq!(sizes, [4, 4, 1]);
    }

    #[test]
    fn a_record_of_exactly_the_limit_goes_and_a_byte_more_does_not() {
        let most = target().limits().record_bytes;
        assert_eq!(too_large(&target(), most - 32), None);
        let bytes = most + 1;
        assert_eq!(
            too_large(&target(), most - 31),
            Some(Why::TooLarge { bytes, most })
        );
    }
}
