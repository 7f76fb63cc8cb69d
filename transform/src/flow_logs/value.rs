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
        if let Some((_, cell)) = before.filter(|(same, _)| *same == kind) {
            cells.set(slot, cell);
            continue;
        }
        fits |= match kind {
            Kind::Ip => set_address(cells, slot, token, addresses),
            Kind::Long => set_number(cells, slot, token),
            Kind::Date => set_date(cells, slot, token),
            _ => match read.filter(|_| super::has_special(token)) {
                Some(read) => set_special(cells, slot, kind, read(token).into_owned()),
                None => set_text(cells, slot, kind, token),
            },
        };
        before = (kind != Kind::Ip).then(|| (kind, cells.get(slot)));
    }
    cells.incomplete |= !fits;
}

fn set_address<'a>(
    cells: &mut Cells<'a, '_>,
    slot: usize,
    token: &'a [u8],
    addresses: &mut Addresses,
) -> bool {
    let address = parse_ip(token);
    if let Some(address) = address {
        cells.set(slot, Cell::Clean(token));
        addresses.add(slot, address);
    }
    address.is_some()
}

fn set_text<'a>(cells: &mut Cells<'a, '_>, slot: usize, kind: Kind, token: &'a [u8]) -> bool {
    match (kind, token) {
        (Kind::Lowercase, b"ACCEPT") => cells.set(slot, Cell::Static("\"accept\"")),
        (Kind::Lowercase, b"REJECT") => cells.set(slot, Cell::Static("\"reject\"")),
        (Kind::Lowercase, _) => cells.set_string(slot, &token.to_ascii_lowercase()),
        _ => cells.set(slot, Cell::Clean(token)),
    }
    true
}

fn set_special(cells: &mut Cells<'_, '_>, slot: usize, kind: Kind, mut text: Vec<u8>) -> bool {
    if kind == Kind::Lowercase {
        text.make_ascii_lowercase();
    }
    cells.set_string(slot, &text);
    true
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

fn set_number<'a>(cells: &mut Cells<'a, '_>, slot: usize, token: &'a [u8]) -> bool {
    if is_plain_number(token) {
        cells.set(slot, Cell::Json(token));
        return true;
    }
    let number = integer(token);
    if let Some(number) = number {
        cells.set_integer(slot, number);
    }
    number.is_some()
}

fn set_date(cells: &mut Cells<'_, '_>, slot: usize, token: &[u8]) -> bool {
    let Some(seconds) = integer(token) else {
        return false;
    };
    let start = cells.own.len();
    let written = time::write_seconds(cells.own, seconds, &mut cells.day);
    if written {
        cells.set(slot, Cell::Own(start, cells.own.len()));
    }
    written
}
