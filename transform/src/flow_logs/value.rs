//! One field of a flow log into the rows that want it.

use super::rules::Addresses;
use std::borrow::Cow;

use crate::document::{Cell, Cells, Kind, parse_ip, time};
use crate::json::{Level, integer, unescape_into};

/// Gives the text that stands in a message with quotes or backslashes.
pub type Read = fn(&[u8]) -> Cow<'_, [u8]>;

/// Sets the rows of a field to its text; where that may have quotes or backslashes, `read` gives what
/// they stand for. `-` stands for no value.
pub fn set_rows<'a>(
    (token, read): (&'a [u8], Option<Read>),
    rows: &[(usize, Kind)],
    cells: &mut Cells<'a, '_>,
    addresses: &mut Addresses,
) {
    if token == b"-" {
        return;
    }
    let mut fits = false;
    let mut before = None;
    for &(slot, kind) in rows {
        // The end of a flow is two fields of its document, and so are its bytes and packets.
        let cell = match before {
            Some((same, cell)) if same == kind => cell,
            _ => match kind {
                Kind::Ip => address(token, slot, addresses),
                Kind::Long => number(cells, token),
                Kind::Date => date(cells, token),
                _ => match read.filter(|_| super::has_special(token)) {
                    Some(read) => special(cells, kind, read(token).into_owned()),
                    None => text(cells, kind, token),
                },
            },
        };
        if kind != Kind::Ip {
            before = Some((kind, cell));
        }
        fits |= !cell.is_absent();
        cells.set(slot, cell);
    }
    cells.incomplete |= !fits;
}

fn address<'a>(token: &'a [u8], slot: usize, addresses: &mut Addresses) -> Cell<'a> {
    let Some(address) = parse_ip(token) else {
        return Cell::Absent;
    };
    addresses.add(slot, address);
    Cell::Clean(token)
}

#[inline]
fn text<'a>(cells: &mut Cells<'a, '_>, kind: Kind, token: &'a [u8]) -> Cell<'a> {
    match (kind, token) {
        (Kind::Lowercase, b"ACCEPT") => Cell::Static("\"accept\""),
        (Kind::Lowercase, b"REJECT") => Cell::Static("\"reject\""),
        (Kind::Lowercase, _) => cells.own_string(&token.to_ascii_lowercase()),
        _ => Cell::Clean(token),
    }
}

fn special<'a>(cells: &mut Cells<'a, '_>, kind: Kind, mut text: Vec<u8>) -> Cell<'a> {
    if kind == Kind::Lowercase {
        text.make_ascii_lowercase();
    }
    cells.own_string(&text)
}

/// The text of a line of level `L`, which is no JSON: quotes and backslashes have no meaning in it, and
/// would have one in a document.
pub fn of_line<L: Level>(token: &[u8]) -> Cow<'_, [u8]> {
    if L::QUOTE.len() == 1 {
        return Cow::Borrowed(token);
    }
    let mut text = Vec::with_capacity(token.len());
    unescape_into(&mut text, token);
    Cow::Owned(text)
}

/// Whether a field is a number as JSON writes it, and certainly fits into 64 bits.
fn is_plain_number(token: &[u8]) -> bool {
    token.len() <= 18
        && token.iter().all(u8::is_ascii_digit)
        && (token[0] != b'0' || token.len() == 1)
}

#[inline]
fn number<'a>(cells: &mut Cells<'a, '_>, token: &'a [u8]) -> Cell<'a> {
    if is_plain_number(token) {
        return Cell::Json(token);
    }
    integer(token).map_or(Cell::Absent, |number| cells.own_integer(number))
}

#[inline]
fn date<'a>(cells: &mut Cells<'a, '_>, token: &[u8]) -> Cell<'a> {
    let Some(seconds) = integer(token) else {
        return Cell::Absent;
    };
    let start = cells.own.len();
    if time::write_seconds(cells.own, seconds, &mut cells.day) {
        Cell::Own(start, cells.own.len())
    } else {
        Cell::Absent
    }
}
