//! One source value into one cell, by its kind.

use super::{Cell, Cells, Kind, parse_ip, time};
use crate::json::{self, Cursor, Level, Value, decode, write_quoted, write_string};

/// Digits that certainly fit into a 64-bit integer, and that every JSON reader takes.
const SAFE_DIGITS: usize = 18;

/// Sets row `slot` to the value whose text is `text` as `kind` wants it. Returns whether the row could
/// take it.
pub fn convert<'a, L: Level>(
    kind: Kind,
    text: &'a [u8],
    cells: &mut Cells<'a, '_>,
    slot: usize,
) -> bool {
    // Most values, without a detour through what they might have been.
    match (kind, Value::of::<L>(text)) {
        (Kind::Keyword, Value::String(content)) if !content.is_empty() => {
            cells.replace(slot, Cell::Text(content));
            return true;
        }
        (Kind::Date, Value::String(content)) if time::is_iso_utc(content) => {
            cells.replace(slot, Cell::Text(content));
            return true;
        }
        _ => {}
    }
    let cell = match kind {
        Kind::Keyword => Some(keyword::<L>(text, cells)),
        Kind::Long => long::<L>(text, cells),
        Kind::Double => double::<L>(text, cells),
        Kind::Boolean => boolean::<L>(text),
        Kind::Date => date::<L>(text, cells),
        Kind::Ip => ip::<L>(text),
        Kind::Lowercase => Some(lowercase::<L>(text, cells)),
        Kind::Keywords => keywords::<L>(text, cells),
        Kind::Array => array::<L>(text),
        Kind::Flattened | Kind::List | Kind::Computed | Kind::Constant(_) => None,
    };
    // A field may stand under two names: null under one takes nothing away from the other.
    if let Some(cell) = cell.filter(|cell| !cell.is_absent()) {
        cells.replace(slot, cell);
    }
    cell.is_some()
}

fn own<'a>(cells: &mut Cells<'a, '_>, write: impl FnOnce(&mut Vec<u8>)) -> Cell<'a> {
    let range = cells.keep(write);
    Cell::Own(range.start, range.end)
}

fn keyword<'a, L: Level>(text: &'a [u8], cells: &mut Cells<'a, '_>) -> Cell<'a> {
    match Value::of::<L>(text) {
        Value::Null | Value::String(b"") => Cell::Absent,
        Value::Bool(true) => Cell::Static("\"true\""),
        Value::Bool(false) => Cell::Static("\"false\""),
        Value::String(content) => Cell::Text(content),
        Value::Number(text) => own(cells, |out| write_quoted(out, text)),
        Value::Object(text) | Value::Array(text) => own(cells, |out| write_as_text::<L>(out, text)),
    }
}

/// Appends JSON of level `L` as a string.
pub fn write_as_text<L: Level>(out: &mut Vec<u8>, json: &[u8]) {
    if L::QUOTE.len() == 1 {
        write_quoted(out, json);
    } else {
        // JSON inside a JSON string already is a string's content.
        out.push(b'"');
        out.extend_from_slice(json);
        out.push(b'"');
    }
}

fn long<'a, L: Level>(text: &'a [u8], cells: &mut Cells<'a, '_>) -> Option<Cell<'a>> {
    match Value::of::<L>(text) {
        Value::Null => Some(Cell::Absent),
        Value::Number(text) if is_integer(text) => Some(Cell::Json(text)),
        Value::Number(text) => {
            integer(text).map(|number| own(cells, |out| write_integer(out, number)))
        }
        Value::String(content) => integer(&decode::<L>(content))
            .map(|number| own(cells, |out| write_integer(out, number))),
        _ => None,
    }
}

fn is_integer(text: &[u8]) -> bool {
    text.len() <= SAFE_DIGITS
        && text
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'-')
}

fn write_integer(out: &mut Vec<u8>, number: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// The integer that `text` is, also where it is written with a fraction of zero or an exponent.
fn integer(text: &[u8]) -> Option<i64> {
    json::integer(text).or_else(|| {
        let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked to be a whole number far within i64"
        )]
        (number.abs() < 9e15 && number.fract() == 0.0).then_some(number as i64)
    })
}

fn double<'a, L: Level>(text: &'a [u8], cells: &mut Cells<'a, '_>) -> Option<Cell<'a>> {
    let finite = |text: &[u8]| {
        let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
        number.is_finite().then_some(number)
    };
    match Value::of::<L>(text) {
        Value::Null => Some(Cell::Absent),
        Value::Number(text) if text.len() <= SAFE_DIGITS => finite(text).map(|_| Cell::Json(text)),
        Value::Number(text) => {
            finite(text).map(|number| own(cells, |out| write_double(out, number)))
        }
        Value::String(content) => {
            finite(&decode::<L>(content)).map(|number| own(cells, |out| write_double(out, number)))
        }
        _ => None,
    }
}

fn write_double(out: &mut Vec<u8>, number: f64) {
    out.extend_from_slice(format!("{number:?}").as_bytes());
}

fn boolean<L: Level>(text: &[u8]) -> Option<Cell<'_>> {
    match Value::of::<L>(text) {
        Value::Null => Some(Cell::Absent),
        Value::Bool(true) | Value::String(b"true" | b"True") => Some(Cell::Static("true")),
        Value::Bool(false) | Value::String(b"false" | b"False") => Some(Cell::Static("false")),
        _ => None,
    }
}

fn date<'a, L: Level>(text: &'a [u8], cells: &mut Cells<'a, '_>) -> Option<Cell<'a>> {
    let text = match Value::of::<L>(text) {
        Value::Null => return Some(Cell::Absent),
        Value::String(content) => decode::<L>(content),
        Value::Number(text) => text.into(),
        _ => return None,
    };
    let start = cells.own.len();
    time::write_other_form(cells.own, &text).then_some(Cell::Own(start, cells.own.len()))
}

fn ip<L: Level>(text: &[u8]) -> Option<Cell<'_>> {
    match Value::of::<L>(text) {
        Value::Null => Some(Cell::Absent),
        Value::String(content) => parse_ip(&decode::<L>(content)).map(|_| Cell::Text(content)),
        _ => None,
    }
}

fn lowercase<'a, L: Level>(text: &'a [u8], cells: &mut Cells<'a, '_>) -> Cell<'a> {
    match Value::of::<L>(text) {
        Value::String(content) if !content.is_empty() => {
            let lower = String::from_utf8_lossy(&decode::<L>(content)).to_lowercase();
            own(cells, |out| write_quoted(out, lower.as_bytes()))
        }
        _ => keyword::<L>(text, cells),
    }
}

fn array<L: Level>(text: &[u8]) -> Option<Cell<'_>> {
    match Value::of::<L>(text) {
        Value::Null => Some(Cell::Absent),
        Value::Array(text) => Some(Cell::Json(text)),
        _ => None,
    }
}

fn keywords<'a, L: Level>(text: &'a [u8], cells: &mut Cells<'a, '_>) -> Option<Cell<'a>> {
    let start = cells.own.len();
    match Value::of::<L>(text) {
        Value::Null | Value::String(b"") => return Some(Cell::Absent),
        Value::String(content) => {
            cells.own.push(b'[');
            write_string::<L>(cells.own, content);
        }
        Value::Array(text) => {
            cells.own.push(b'[');
            let elements = Cursor::<L>::new(text).array(|cursor| {
                let element = cursor.value()?;
                write_element::<L>(cells.own, element);
                Ok(())
            });
            if elements.is_err() || cells.own.len() == start + 1 {
                cells.own.truncate(start);
                return elements.is_ok().then_some(Cell::Absent);
            }
            cells.own.pop();
        }
        _ => return None,
    }
    cells.own.push(b']');
    Some(Cell::Own(start, cells.own.len()))
}

/// Appends an array's element as a string and a comma; nothing for what is empty.
fn write_element<L: Level>(out: &mut Vec<u8>, element: Value<'_>) {
    match element {
        Value::Null | Value::String(b"") => return,
        Value::String(content) => write_string::<L>(out, content),
        Value::Bool(flag) => write_quoted(out, flag.to_string().as_bytes()),
        Value::Number(text) => write_quoted(out, text),
        Value::Object(text) | Value::Array(text) => write_as_text::<L>(out, text),
    }
    out.push(b',');
}
