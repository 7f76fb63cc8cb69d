//! Values out of a finding's lists.

use crate::document::{Cell, Cells, parse_ip};
use crate::json::{Cursor, Level, Malformed, Value};

/// As many values of one list are collected: a document with more would be no help to anybody, and
/// all of them can be found in the flattened list.
const MOST: usize = 100;
/// Lists and objects in each other; the documented ones are at most five.
const DEPTH: usize = 8;

/// The strings and numbers at `path` in every element of the list that row `slot` has read.
pub fn collect<'a, L: Level>(cells: &Cells<'a, '_>, slot: usize, path: &[&str]) -> Vec<Cell<'a>> {
    let mut found = Vec::new();
    pick::<L>(cells, slot, &[path], |_, cell| found.push(cell));
    found
}

/// Calls `found` with each string and number at one of `paths` in the elements of the list that row
/// `slot` has read, and with which path it was: in one walk, in the order of the list.
pub fn pick<'a, L: Level>(
    cells: &Cells<'a, '_>,
    slot: usize,
    paths: &[&[&str]],
    found: impl FnMut(usize, Cell<'a>),
) {
    if let Cell::Json(text) = cells.get(slot) {
        let mut picker = Picker {
            paths,
            counts: [0; MOST_PATHS],
            found,
        };
        let all = (1_u32 << paths.len()) - 1;
        // What isn't JSON is found when the list is flattened.
        let _ = picker.visit::<L>(&mut Cursor::new(text), (all, 0), DEPTH);
    }
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

/// The most paths that are looked for at once.
const MOST_PATHS: usize = 16;

struct Picker<'p, F> {
    paths: &'p [&'p [&'p str]],
    counts: [usize; MOST_PATHS],
    found: F,
}

impl<'a, F: FnMut(usize, Cell<'a>)> Picker<'_, F> {
    /// Visits the value at the cursor, to which the first `step` keys of the paths in `active` (a bit
    /// each) have led.
    fn visit<L: Level>(
        &mut self,
        cursor: &mut Cursor<'a, L>,
        (active, step): (u32, usize),
        depth: usize,
    ) -> Result<(), Malformed> {
        match cursor.peek() {
            Some(b'[') if depth > 0 => {
                cursor.array(|cursor| self.visit(cursor, (active, step), depth - 1))
            }
            Some(b'{') if depth > 0 => cursor.object(|cursor, key| {
                let on = self.select(active, |path| {
                    path.get(step).is_some_and(|next| next.as_bytes() == key)
                });
                if on == 0 {
                    cursor.value().map(|_| ())
                } else {
                    self.visit(cursor, (on, step + 1), depth - 1)
                }
            }),
            _ => {
                let cell = match cursor.value()? {
                    Value::String(text) if !text.is_empty() => Cell::Text(text),
                    Value::Number(text) => Cell::Json(text),
                    _ => return Ok(()),
                };
                let ended = self.select(active, |path| path.len() == step);
                for at in (0..self.paths.len()).filter(|at| ended & 1 << at != 0) {
                    if self.counts[at] < MOST {
                        self.counts[at] += 1;
                        (self.found)(at, cell);
                    }
                }
                Ok(())
            }
        }
    }

    /// Those of the `active` paths that `wanted` accepts.
    fn select(&self, active: u32, wanted: impl Fn(&[&str]) -> bool) -> u32 {
        let bits = self.paths.iter().enumerate();
        let bits = bits.filter(|(at, path)| active & 1 << at != 0 && wanted(path));
        bits.fold(0, |bits, (at, _)| bits | 1 << at)
    }
}
