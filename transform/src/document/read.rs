//! Reads a JSON message into the cells of its dataset's table, in one pass.
//!
//! What no row takes isn't lost: it is collected under its dotted path for the document's
//! `unmapped` object.

use super::convert::convert;
use super::flatten::Flattener;
use super::sources::{Branch, Branches};
use super::{Cell, Cells, Kind, Table};
use crate::json::{Cursor, Level, Malformed, Value};

/// Reads the object `text` of level `L` into `cells`.
///
/// # Errors
/// [`Malformed`] where the text isn't one JSON object.
pub fn read<'a, L: Level>(
    table: &Table,
    text: &'a [u8],
    cells: &mut Cells<'a, '_>,
) -> Result<(), Malformed> {
    let mut cursor = Cursor::<L>::new(text);
    read_object(table, &mut cursor, cells)?;
    if cursor.at_end() {
        Ok(())
    } else {
        Err(Malformed)
    }
}

/// Reads the object at `cursor` into `cells` and passes it.
///
/// # Errors
/// [`Malformed`] where no valid object stands there.
pub fn read_object<'a, L: Level>(
    table: &Table,
    cursor: &mut Cursor<'a, L>,
    cells: &mut Cells<'a, '_>,
) -> Result<(), Malformed> {
    let mut path = std::mem::take(&mut cells.keys);
    path.clear();
    let mut reader = Reader {
        cells,
        path,
        in_any: false,
        keeps: true,
    };
    let read = reader.object(table.sources(), cursor);
    let Reader { cells, path, .. } = reader;
    cells.keys = path;
    read
}

struct Reader<'t, 'a, 'b> {
    cells: &'t mut Cells<'a, 'b>,
    /// Keys from the message's root to where the cursor stands.
    path: Vec<&'a [u8]>,
    /// Whether the way to the current object was any key.
    in_any: bool,
    /// Whether values that no row names have to be kept: not where somebody has all of them already.
    keeps: bool,
}

impl<'a> Reader<'_, 'a, '_> {
    fn object<L: Level>(
        &mut self,
        branches: &Branches,
        cursor: &mut Cursor<'a, L>,
    ) -> Result<(), Malformed> {
        let mut seen = 0_u128;
        cursor.object(|cursor, key| {
            let found = branches.find(key);
            self.path.push(key);
            match found {
                Some(at) => {
                    // Of a key that stands twice the last value counts, and the first is lost.
                    let bit = 1_u128 << (at % 128);
                    self.cells.incomplete |= seen & bit != 0;
                    seen |= bit;
                    self.member(branches.at(at), cursor)?;
                }
                None => self.unknown(branches, cursor)?,
            }
            self.path.pop();
            Ok(())
        })
    }

    fn member<L: Level>(
        &mut self,
        branch: &Branch,
        cursor: &mut Cursor<'a, L>,
    ) -> Result<(), Malformed> {
        if let [(slot, Kind::Flattened)] = branch.slots.as_slice() {
            return self.flattened(*slot, &branch.inside, cursor);
        }
        if let [(slot, Kind::List)] = branch.slots.as_slice() {
            return self.list(*slot, &branch.inside, cursor);
        }
        if branch.slots.is_empty() && cursor.peek() == Some(b'{') {
            let outside = std::mem::replace(&mut self.in_any, branch.is_any());
            self.object(&branch.inside, cursor)?;
            self.in_any = outside;
            return Ok(());
        }
        let mut before = cursor.clone();
        let text = cursor.text()?;
        let mut taken = text == b"null";
        for &(slot, kind) in &branch.slots {
            taken |= convert::<L>(kind, text, self.cells, slot);
        }
        if taken && branch.inside.is_empty() {
            return Ok(());
        }
        self.inside(branch, Value::of::<L>(text), taken, &mut before)
    }

    /// Looks inside a value that was passed, where rows want something of it.
    fn inside<L: Level>(
        &mut self,
        branch: &Branch,
        value: Value<'a>,
        taken: bool,
        before: &mut Cursor<'a, L>,
    ) -> Result<(), Malformed> {
        let mut unmapped = !taken;
        if !branch.inside.is_empty() {
            match value {
                Value::Object(text) if taken => {
                    self.only_rows(&branch.inside, &mut Cursor::<L>::new(text))?;
                }
                Value::Object(text) => {
                    self.object(&branch.inside, &mut Cursor::<L>::new(text))?;
                    unmapped = false;
                }
                Value::Array(text) => self.first_element::<L>(&branch.inside, text)?,
                _ => {}
            }
        }
        if unmapped {
            self.unmapped(before)
        } else {
            Ok(())
        }
    }

    /// Reads the first object of an array into the rows; the array as a whole is kept by the caller.
    fn first_element<L: Level>(
        &mut self,
        branches: &Branches,
        text: &'a [u8],
    ) -> Result<(), Malformed> {
        let mut cursor = Cursor::<L>::new(text);
        cursor.expect(b'[')?;
        if branches.is_empty() || cursor.peek() != Some(b'{') {
            return Ok(());
        }
        self.only_rows(branches, &mut cursor)
    }

    /// Reads an object of which everything is kept elsewhere.
    fn only_rows<L: Level>(
        &mut self,
        branches: &Branches,
        cursor: &mut Cursor<'a, L>,
    ) -> Result<(), Malformed> {
        let outside = std::mem::replace(&mut self.keeps, false);
        self.object(branches, cursor)?;
        self.keeps = outside;
        Ok(())
    }

    /// Copies the value at the cursor as a whole, and reads what rows want of it.
    fn flattened<L: Level>(
        &mut self,
        slot: usize,
        inside: &Branches,
        cursor: &mut Cursor<'a, L>,
    ) -> Result<(), Malformed> {
        let start = self.cells.own.len();
        let mut flattener = Flattener::<L>::new(self.cells.own, self.cells.kept);
        let mut wanted = Vec::new();
        let written = flattener.object(cursor, |key, value| {
            wanted.extend(inside.find(key).map(|at| (at, value.clone())));
        })?;
        self.cells.incomplete |= flattener.incomplete;
        if written {
            self.cells
                .replace(slot, Cell::Own(start, self.cells.own.len()));
        }
        let outside = std::mem::replace(&mut self.keeps, false);
        for (at, mut value) in wanted {
            self.member(inside.at(at), &mut value)?;
        }
        self.keeps = outside;
        Ok(())
    }

    /// Keeps the value at the cursor, and hands it to the rules where it is an array.
    fn list<L: Level>(
        &mut self,
        slot: usize,
        inside: &Branches,
        cursor: &mut Cursor<'a, L>,
    ) -> Result<(), Malformed> {
        let first = cursor.peek();
        let start = cursor.position();
        self.unmapped(cursor)?;
        let text = cursor.since(start);
        match first {
            Some(b'[') => {
                self.cells.replace(slot, Cell::Json(text));
                self.first_element::<L>(inside, text)
            }
            // One, where there should be a list.
            Some(b'{') => self.only_rows(inside, &mut Cursor::<L>::new(text)),
            _ => Ok(()),
        }
    }

    /// A key that no row names: its value is kept, and a list of objects is looked into as if its
    /// first element stood here where the way here was any key (GuardDuty's `portProbeDetails[]`).
    fn unknown<L: Level>(
        &mut self,
        branches: &Branches,
        cursor: &mut Cursor<'a, L>,
    ) -> Result<(), Malformed> {
        let before = cursor.clone();
        self.unmapped(cursor)?;
        if self.in_any
            && before.clone().peek() == Some(b'[')
            && let Value::Array(text) = before.clone().value()?
        {
            self.first_element::<L>(branches, text)?;
        }
        Ok(())
    }

    /// Keeps the value at the cursor under its path.
    fn unmapped<L: Level>(&mut self, cursor: &mut Cursor<'a, L>) -> Result<(), Malformed> {
        if !self.keeps {
            return cursor.value().map(|_| ());
        }
        let mut key = std::mem::take(self.cells.path);
        key.clear();
        for part in &self.path {
            key.extend_from_slice(part);
            key.push(b'.');
        }
        key.pop();
        if key.is_empty() {
            // An empty key can be neither mapped nor searched.
            key.push(b'_');
        }
        let kept = self.cells.keep_unmapped(&key, cursor);
        *self.cells.path = key;
        kept
    }
}
