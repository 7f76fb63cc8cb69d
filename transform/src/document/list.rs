//! Lists of values that stand elsewhere in a document, like `related.ip`.

use super::{Cell, Cells, cell};
use crate::json::Level;

impl<'a> Cells<'a, '_> {
    /// Sets row `slot` to an array of those of `values` that are strings, each once; to nothing where
    /// there are none.
    pub fn set_list<L: Level>(&mut self, slot: usize, values: &[Cell<'a>]) {
        let start = self.own.len();
        for (at, value) in values.iter().enumerate() {
            if matches!(value, Cell::Absent | Cell::Json(_)) || values[..at].contains(value) {
                continue;
            }
            self.own
                .push(if self.own.len() == start { b'[' } else { b',' });
            self.append::<L>(*value);
        }
        if self.own.len() > start {
            self.own.push(b']');
            self.set(slot, Cell::Own(start, self.own.len()));
        }
    }

    /// Appends the value of `cell` as JSON to the cells' own buffer, for a value made of several.
    pub fn append<L: Level>(&mut self, cell: Cell<'a>) {
        if let Cell::Own(from, to) = cell {
            self.own.extend_from_within(from..to);
        } else {
            cell::write::<L>(self.own, cell, b"");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Scratch;
    use crate::json::Plain;

    #[test]
    fn a_list_has_every_string_once() {
        let (mut scratch, mut out) = (Scratch::default(), Vec::new());
        let mut cells = Cells::new(&mut scratch);
        cells.begin(2);
        cells.set_string(1, b"ours");
        let ours = cells.get(1);
        let text = Cell::Text(b"theirs");
        cells.set_list::<Plain>(0, &[Cell::Absent, text, ours, text, Cell::Json(b"1")]);
        cells.write::<Plain>(&mut out, cells.get(0));
        assert_eq!(out, br#"["theirs","ours"]"#);
        cells.set_list::<Plain>(1, &[Cell::Absent]);
        assert_eq!(cells.get(1), ours);
    }
}
