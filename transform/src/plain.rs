//! Log lines of no known dataset, and events that couldn't be read as theirs.

use std::sync::LazyLock;

use crate::dataset::Dataset;
use crate::document::common::Context;
use crate::document::{Cell, Cells, Row, Table, computed, fields, slot};
use crate::json::Plain;

/// The fields of a plain document: those of every document, the message, and what was wrong.
#[rustfmt::skip]
pub const FIELDS: &[Row] = fields![
    computed("message"),
    computed("error.message"),
];

/// The table, made ready.
pub static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(FIELDS));

/// Appends the document of a message as it is. With an `error`, it is a pipeline error of `dataset`.
pub fn write<'a>(
    context: &Context<'a>,
    dataset: Dataset,
    error: Option<&str>,
    cells: &mut Cells<'a, '_>,
    out: &mut Vec<u8>,
) {
    if !context.message.is_empty() {
        cells.set(slot!(FIELDS, "message"), Cell::Outer(context.message));
    }
    if let Some(error) = error {
        cells.set(
            slot!(FIELDS, "event.kind"),
            Cell::Static("\"pipeline_error\""),
        );
        cells.set_string(slot!(FIELDS, "error.message"), error.as_bytes());
    }
    context.fill(cells, dataset);
    TABLE.write::<Plain>(cells, out);
}
