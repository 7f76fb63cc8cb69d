//! Finished documents that are left of a gzipped record of them, as gzipped records of their own.

use super::fitting;
use crate::gzip_member::GzipMember;
use crate::streams::{MOST_PAYLOAD_BYTES, TooLarge};

/// A part's text: even if nothing in it compresses (nine bits a byte), a record takes it, and it needs
/// a quarter of an answer at most.
const PART_TEXT_BYTES: usize = 800 << 10;

/// The documents `lines` as gzipped records of one document a line, each small enough for a stream
/// and for an answer.
///
/// # Errors
/// [`TooLarge`] where one document alone makes a record larger than streams take.
pub fn finished_parts(lines: &[&[u8]], gzip: &mut GzipMember) -> Result<Vec<Vec<u8>>, TooLarge> {
    let mut parts = Vec::new();
    let mut rest = lines;
    while !rest.is_empty() {
        let (part, after) =
            rest.split_at(fitting(rest.iter().map(|line| line.len()), PART_TEXT_BYTES));
        gzip.begin();
        for line in part {
            gzip.write(line);
            gzip.write(b"\n");
        }
        let part = gzip.finish();
        if part.len() > MOST_PAYLOAD_BYTES {
            return Err(TooLarge);
        }
        parts.push(part.to_vec());
        rest = after;
    }
    Ok(parts)
}
