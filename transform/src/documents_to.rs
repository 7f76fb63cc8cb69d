//! The search side: every document of an answer once more, alone.
//!
//! The documents are read back from the answer that stands, so that nothing is sent that isn't
//! answered, and no more than one of them is held at a time.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader};

use flate2::bufread::MultiGzDecoder;

use crate::answer::Answer;
use crate::gunzip::MAGIC;
use crate::streams::{Sender, Streams, TooLarge};

/// Queues all documents of `answer`, which is NDJSON, gzipped or not, but those of the records in
/// `failed` (their positions). Returns the records of which a document is larger than the target
/// takes.
pub async fn send(
    answer: &Answer,
    failed: &BTreeSet<usize>,
    sender: &mut Sender,
    streams: &mut impl Streams,
) -> BTreeSet<usize> {
    let mut too_large = BTreeSet::new();
    let mut data = Vec::new();
    for (index, base64) in answer.data().filter(|(index, _)| !failed.contains(index)) {
        data.clear();
        // It is our own: neither base64 nor gzip nor lines can be wrong. If they were, the record
        // would rather fail than be half sent.
        let decoded = base64_simd::STANDARD
            .decode_append(base64, &mut data)
            .is_ok();
        let sent = if data.starts_with(&MAGIC) {
            let reader = BufReader::new(MultiGzDecoder::new(data.as_slice()));
            lines(reader, index, sender, streams).await
        } else {
            lines(data.as_slice(), index, sender, streams).await
        };
        if !decoded || sent.is_err() {
            too_large.insert(index);
        }
    }
    too_large
}

/// Queues each line of a record as one document.
async fn lines(
    mut reader: impl BufRead,
    owner: usize,
    sender: &mut Sender,
    streams: &mut impl Streams,
) -> Result<(), Unsent> {
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        sender
            .document(streams, line.trim_ascii_end(), owner)
            .await?;
        line.clear();
    }
    Ok(())
}

/// A record could not be queued whole.
struct Unsent;

impl From<io::Error> for Unsent {
    fn from(_: io::Error) -> Self {
        Self
    }
}

impl From<TooLarge> for Unsent {
    fn from(_: TooLarge) -> Self {
        Self
    }
}
