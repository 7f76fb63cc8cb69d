//! VPC and transit gateway flow logs.

mod catalog_formats;
mod community_id;
mod fields;
mod format;
mod formats;
mod rules;

use crate::dataset::Dataset;
use crate::document::common::Context;
use crate::document::{Cell, Cells, Kind, parse_ip, time};
use crate::json::{Level, unescape_into};

pub use catalog_formats::CatalogFormats;
pub use fields::FIELDS;
pub use format::{DEFAULT, Format, FormatError};
pub use formats::{Formats, FormatsError};

/// A line that doesn't have its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the line has {found} fields, the flow log format of its log group has {expected}")]
pub struct TooFewFields {
    /// Fields of the line.
    pub found: usize,
    /// Fields of the format.
    pub expected: usize,
}

/// The fields of a line: what stands between white space.
pub fn tokens(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| *byte == b' ')
        .filter(|token| !token.is_empty())
}

/// Whether a line has the shape of the default format. The number of fields alone says nothing.
#[must_use]
pub fn looks_like_default(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    if !line.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let mut fields = [&b""[..]; 14];
    let mut count = 0;
    for token in tokens(line) {
        if count == fields.len() {
            return false;
        }
        fields[count] = token;
        count += 1;
    }
    let number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    count == fields.len()
        && fields[0] == b"2"
        && number(fields[10])
        && number(fields[11])
        && matches!(fields[12], b"ACCEPT" | b"REJECT" | b"-")
        && matches!(fields[13], b"OK" | b"NODATA" | b"SKIPDATA")
}

/// Reads a line of level `L` in `format` and appends its document to `out`.
///
/// # Errors
/// [`TooFewFields`]; nothing has been appended then.
pub fn write<'a, L: Level>(
    line: &'a [u8],
    format: &Format,
    context: &Context<'a>,
    cells: &mut Cells<'a, '_>,
    out: &mut Vec<u8>,
) -> Result<(), TooFewFields> {
    let mut columns = format.columns.iter();
    let mut found = 0;
    // A line is no JSON: these characters have no meaning in it, and would have one in a document.
    let special = memchr::memchr2(b'"', b'\\', line).is_some();
    for token in tokens(line) {
        match columns.next() {
            Some(slots) if token != b"-" => {
                let mut taken = false;
                let mut date = None;
                for &(slot, kind) in slots {
                    if let (Kind::Date, Some(same)) = (kind, date) {
                        // The end of a flow is two fields of its document.
                        cells.set(slot, same);
                        continue;
                    }
                    taken |= if special {
                        set_quoted::<L>(cells, slot, kind, token)
                    } else {
                        set(cells, slot, kind, token)
                    };
                    date = (kind == Kind::Date).then(|| cells.get(slot));
                }
                cells.incomplete |= !taken;
            }
            Some(_) => {}
            None => cells.incomplete = true,
        }
        found += 1;
    }
    let expected = format.columns.len();
    if found < expected {
        return Err(TooFewFields { found, expected });
    }
    rules::apply(cells);
    context.fill(cells, Dataset::FlowLogs);
    format.table.write::<L>(cells, out);
    Ok(())
}

/// [`set`] for a field that may hold quotes and backslashes.
fn set_quoted<'a, L: Level>(
    cells: &mut Cells<'a, '_>,
    slot: usize,
    kind: Kind,
    token: &'a [u8],
) -> bool {
    if memchr::memchr2(b'"', b'\\', token).is_none() {
        return set(cells, slot, kind, token);
    }
    let mut text = token.to_vec();
    if L::QUOTE.len() > 1 {
        text.clear();
        unescape_into(&mut text, token);
    }
    match kind {
        Kind::Keyword => cells.set_string(slot, &text),
        Kind::Lowercase => cells.set_string(slot, &text.to_ascii_lowercase()),
        // Neither a number nor an address.
        _ => return false,
    }
    true
}

/// Whether a field is a number as JSON writes it, and certainly fits into 64 bits.
fn is_plain_number(token: &[u8]) -> bool {
    token.len() <= 18
        && token.iter().all(u8::is_ascii_digit)
        && (token[0] != b'0' || token.len() == 1)
}

/// Sets a row to a field's text. Returns whether the row could take it.
fn set<'a>(cells: &mut Cells<'a, '_>, slot: usize, kind: Kind, token: &'a [u8]) -> bool {
    let number = || {
        std::str::from_utf8(token)
            .ok()
            .and_then(|text| text.parse::<i64>().ok())
    };
    match kind {
        Kind::Long if is_plain_number(token) => cells.set(slot, Cell::Json(token)),
        Kind::Long => match number() {
            Some(number) => cells.set_integer(slot, number),
            None => return false,
        },
        Kind::Date => {
            let Some(seconds) = number() else {
                return false;
            };
            let mut written = false;
            cells.set_own(slot, |own| written = time::write_seconds(own, seconds));
            if !written {
                cells.set(slot, Cell::Absent);
            }
            return written;
        }
        Kind::Ip if parse_ip(token).is_none() => return false,
        Kind::Lowercase => cells.set_string(slot, &token.to_ascii_lowercase()),
        _ => cells.set(slot, Cell::Text(token)),
    }
    true
}
