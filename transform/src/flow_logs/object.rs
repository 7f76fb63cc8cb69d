//! Flow logs that something on the way has made JSON objects of: the field names as keys, with
//! hyphens or underscores between their words.

use std::sync::LazyLock;

use super::FIELDS;
use super::rules::{self, Addresses};
use super::value;
use crate::dataset::Dataset;
use crate::document::common::Context;
use crate::document::{Cells, Kind, Table};
use crate::json::{Cursor, Level, Malformed, Value};

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(FIELDS));

/// Reads an object of level `L` and appends its document to `out`.
///
/// # Errors
/// [`Malformed`] where the text isn't one JSON object; nothing has been appended then.
pub fn write_object<'a, L: Level>(
    text: &'a [u8],
    context: &Context<'a>,
    cells: &mut Cells<'a, '_>,
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    let mut addresses = Addresses::default();
    let mut cursor = Cursor::<L>::new(text);
    cursor.object(|cursor, key| {
        let rows = rows_of(key);
        let token = match cursor.value()? {
            Value::Null => return Ok(()),
            Value::String(text) | Value::Number(text) => text,
            _ => b"",
        };
        if rows.is_empty() || token.is_empty() {
            cells.incomplete = true;
        } else {
            // Of a field that stands twice the last value counts, and the first is lost.
            cells.incomplete |= rows.iter().any(|(slot, _)| !cells.get(*slot).is_absent());
            let read: value::Read = crate::json::decode::<L>;
            value::set_rows((token, Some(read)), &rows, cells, &mut addresses);
        }
        Ok(())
    })?;
    if !cursor.at_end() {
        return Err(Malformed);
    }
    rules::apply(cells, addresses);
    context.fill(cells, Dataset::FlowLogs);
    TABLE.write::<L>(cells, out);
    Ok(())
}

/// The rows that a key's value goes to.
fn rows_of(key: &[u8]) -> Vec<(usize, Kind)> {
    let is_source = |source: &str| {
        let same = |(one, other): (u8, &u8)| one == *other || (one == b'-' && *other == b'_');
        source.len() == key.len() && source.bytes().zip(key).all(same)
    };
    let slot = |target: &str| FIELDS.iter().position(|row| row.target == target);
    let rows = FIELDS
        .iter()
        .filter(|row| !row.source.is_empty() && is_source(row.source));
    rows.filter_map(|row| Some((slot(row.target)?, row.kind)))
        .collect()
}
