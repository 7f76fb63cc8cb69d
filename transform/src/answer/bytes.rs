//! How many bytes of an answer a record takes, with or without its data.

use super::keys::MOST_BYTES;
use super::{END, FAILED, ID, METADATA, OK, PartitionKeys};
use crate::event::{Record, Text};
use crate::json;

/// Base64 of `{"@timestamp":"`, with which every finished document begins.
const FINISHED: &str = "eyJAdGltZXN0YW1wIjoi";
/// What a finished document can grow by on its way: a line end, or a gzip head and trailer.
const FINISHED_GROWTH: usize = 64;
/// More than this is never kept back for the documents of one record.
pub(super) const MOST_KEPT_BACK: usize = 256 << 10;

/// What the plain refusal of a record takes, with the comma in front of it.
pub(super) fn refusal_bytes(record: &Record<'_>) -> usize {
    1 + ID.len() + quoted_bytes(&record.id) + FAILED.len() + METADATA.len() + END.len()
}

/// What an `Ok` takes without its data and keys.
pub(super) fn ok_bytes(record: &Record<'_>) -> usize {
    ID.len() + quoted_bytes(&record.id) + OK.len() + METADATA.len() + END.len()
}

/// The most that the keys of one record take.
pub(super) fn keys_bytes(keys: &PartitionKeys) -> usize {
    if keys.wanted() { MOST_BYTES } else { 0 }
}

/// What a finished document takes beyond a refusal; nothing for other records.
pub(super) fn finished_bytes(record: &Record<'_>) -> usize {
    let data = record
        .data
        .as_str()
        .filter(|data| data.starts_with(FINISHED));
    data.map_or(0, |data| data.len() + FINISHED_GROWTH)
}

/// The share of a record that is no finished document in what is kept back beyond that.
pub(super) fn weight(record: &Record<'_>) -> usize {
    let data = record
        .data
        .as_str()
        .filter(|data| !data.starts_with(FINISHED));
    data.map_or(0, |data| data.len().min(MOST_KEPT_BACK))
}

fn quoted_bytes(id: &Text<'_>) -> usize {
    id.as_str().map_or(0, json::quoted_bytes)
}
