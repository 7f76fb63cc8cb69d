//! VPC and transit gateway flow logs.

mod catalog_formats;
mod community_id;
mod fields;
mod format;
mod formats;
mod line;
mod object;
mod rules;
mod value;

use crate::dataset::Dataset;
use crate::document::Cells;
use crate::document::common::Context;
use crate::json::Level;

use rules::Addresses;

pub use catalog::glob::GlobError;
pub use catalog_formats::CatalogFormats;
pub use fields::FIELDS;
pub use format::{DEFAULT, Format, FormatError};
pub use formats::{Formats, FormatsError};
pub use line::{is_header, looks_like_default, tokens};
pub use object::write_object;

/// A line that doesn't have its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the line has {found} fields, the flow log format of its log group has {expected}")]
pub struct TooFewFields {
    /// Fields of the line.
    pub found: usize,
    /// Fields of the format.
    pub expected: usize,
}

/// A JSON object, in a log group of flow logs, that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the log group has a flow log format, and this is a JSON object without a flow log's fields (srcaddr, dstaddr, end, and action or log-status)"
)]
pub struct NoLine;

/// Reads a line of level `L` in `format`, given with what [`tokens`] finds in it, and appends its document to `out`.
///
/// # Errors
/// [`TooFewFields`]; nothing has been appended then.
pub fn write<'a, L: Level>(
    (line, tokens): (&'a [u8], &[&'a [u8]]),
    format: &Format,
    context: &Context<'a>,
    cells: &mut Cells<'a, '_>,
    out: &mut Vec<u8>,
) -> Result<(), TooFewFields> {
    let (found, expected) = (tokens.len(), format.fields());
    if found < expected {
        return Err(TooFewFields { found, expected });
    }
    cells.incomplete |= found > expected;
    let read: Option<value::Read> = has_special(line).then_some(value::of_line::<L>);
    let mut addresses = Addresses::default();
    for (token, rows) in tokens.iter().zip(&format.columns) {
        value::set_rows((token, read), rows, cells, &mut addresses);
    }
    rules::apply(cells, addresses);
    context.fill(cells, Dataset::FlowLogs);
    format.table.write::<L>(cells, out);
    Ok(())
}

/// Whether a text has characters that mean something in JSON.
#[must_use]
pub fn has_special(text: &[u8]) -> bool {
    memchr::memchr2(b'"', b'\\', text).is_some()
}
