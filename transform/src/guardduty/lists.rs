//! Values out of a finding's lists.

use super::FIELDS;
use crate::document::{Cell, Cells, parse_ip, source};
use crate::json::{Cursor, Level, Malformed, Value};

/// As many values of one list are collected: a document with more would be no help to anybody, and
/// all of them can be found in the flattened list.
const MOST: usize = 100;
/// Lists and objects in each other; the documented ones are at most five.
const DEPTH: usize = 8;

/// Lists whose parts the rules have picked, with the paths under which they stay searchable.
const KEPT: [(usize, &[u8]); 5] = [
    (
        source!(FIELDS, "resource.instanceDetails.networkInterfaces"),
        b"resource.instanceDetails.networkInterfaces",
    ),
    (
        source!(FIELDS, "resource.s3BucketDetails"),
        b"resource.s3BucketDetails",
    ),
    (
        source!(FIELDS, "service.action.*.portProbeDetails"),
        b"service.action.portProbeAction.portProbeDetails",
    ),
    (
        source!(FIELDS, "service.action.*.LoginAttributes"),
        b"service.action.rdsLoginAttemptAction.LoginAttributes",
    ),
    (
        source!(FIELDS, "service.runtimeDetails.process.lineage"),
        b"service.runtimeDetails.process.lineage",
    ),
];

/// Puts the lists with the unmapped parts of the finding.
pub fn keep<L: Level>(cells: &mut Cells<'_, '_>) {
    for (slot, path) in KEPT {
        let Cell::Json(text) = cells.get(slot) else {
            continue;
        };
        // A list that isn't valid JSON makes the document carry its original.
        let _ = cells.keep_unmapped::<L>(path, &mut Cursor::new(text));
    }
}

/// The strings and numbers at `path` in every element of the list that row `slot` has read.
pub fn collect<'a, L: Level>(cells: &Cells<'a, '_>, slot: usize, path: &[&str]) -> Vec<Cell<'a>> {
    let mut found = Vec::new();
    if let Cell::Json(text) = cells.get(slot) {
        // What isn't JSON is found when the list is flattened.
        let _ = visit::<L>(&mut Cursor::new(text), path, DEPTH, &mut found);
    }
    found
}

/// The texts among [`collect`]'s values that are IP addresses.
pub fn addresses<'a, L: Level>(cells: &Cells<'a, '_>, slot: usize, path: &[&str]) -> Vec<Cell<'a>> {
    let mut found = collect::<L>(cells, slot, path);
    found.retain(is_address);
    found
}

/// Whether a text is an IP address.
pub fn is_address(cell: &Cell<'_>) -> bool {
    matches!(cell, Cell::Text(text) if parse_ip(text).is_some())
}

fn visit<'a, L: Level>(
    cursor: &mut Cursor<'a, L>,
    path: &[&str],
    depth: usize,
    found: &mut Vec<Cell<'a>>,
) -> Result<(), Malformed> {
    match (cursor.peek(), path.split_first()) {
        (Some(b'['), _) if depth > 0 => {
            cursor.array(|cursor| visit(cursor, path, depth - 1, found))
        }
        (Some(b'{'), Some((next, path))) if depth > 0 => cursor.object(|cursor, key| {
            if key == next.as_bytes() {
                visit(cursor, path, depth - 1, found)
            } else {
                cursor.value().map(|_| ())
            }
        }),
        (_, step) => {
            match cursor.value()? {
                _ if step.is_some() || found.len() == MOST => {}
                Value::String(text) if !text.is_empty() => found.push(Cell::Text(text)),
                Value::Number(text) => found.push(Cell::Json(text)),
                _ => {}
            }
            Ok(())
        }
    }
}
