//! One field of a flow log into the rows that want it.

use super::rules::Addresses;
use crate::document::{Cell, Cells, Kind, parse_ip, time};
use crate::json::{Level, unescape_into};

/// Sets the rows of a field to its text; with `special`, that may have quotes or backslashes. `-`
/// stands for no value.
pub fn set_rows<'a, L: Level>(
    (token, special): (&'a [u8], bool),
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
            _ if special && super::has_special(token) => set_special::<L>(cells, slot, kind, token),
            _ => set_text(cells, slot, kind, token),
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

/// A line is no JSON: quotes and backslashes have no meaning in it, and would have one in a document.
fn set_special<L: Level>(cells: &mut Cells<'_, '_>, slot: usize, kind: Kind, token: &[u8]) -> bool {
    let mut text = token.to_vec();
    if L::QUOTE.len() > 1 {
        text.clear();
        unescape_into(&mut text, token);
    }
    if kind == Kind::Lowercase {
        text.make_ascii_lowercase();
    }
    cells.set_string(slot, &text);
    true
}

/// Whether a field is a number as JSON writes it, and certainly fits into 64 bits.
fn is_plain_number(token: &[u8]) -> bool {
    token.len() <= 18
        && token.iter().all(u8::is_ascii_digit)
        && (token[0] != b'0' || token.len() == 1)
}

fn number(token: &[u8]) -> Option<i64> {
    if is_plain_number(token) {
        let digits = token.iter().map(|digit| i64::from(digit - b'0'));
        return Some(digits.fold(0, |number, digit| number * 10 + digit));
    }
    std::str::from_utf8(token).ok()?.parse().ok()
}

fn set_number<'a>(cells: &mut Cells<'a, '_>, slot: usize, token: &'a [u8]) -> bool {
    if is_plain_number(token) {
        cells.set(slot, Cell::Json(token));
        return true;
    }
    let number = number(token);
    if let Some(number) = number {
        cells.set_integer(slot, number);
    }
    number.is_some()
}

fn set_date(cells: &mut Cells<'_, '_>, slot: usize, token: &[u8]) -> bool {
    let Some(seconds) = number(token) else {
        return false;
    };
    let start = cells.own.len();
    let written = time::write_seconds(cells.own, seconds, &mut cells.day);
    if written {
        cells.set(slot, Cell::Own(start, cells.own.len()));
    }
    written
}
