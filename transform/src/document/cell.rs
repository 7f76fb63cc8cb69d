//! The values of one document while it is being made.

use std::ops::Range;

use super::flatten::Flattener;
use super::keys::{Keys, Object};
use super::shape::Shape;
use super::template::Templates;
use super::time::Day;
use crate::json::append::append;
use crate::json::{Cursor, Level, Malformed, Plain, write_quoted, write_string};

/// One value of a document, borrowed from its source where possible.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cell<'a> {
    /// The field is left out.
    #[default]
    Absent,
    /// The content of a JSON string, in the escaping of the log message.
    Text(&'a [u8]),
    /// The content of a JSON string without any escapes.
    Clean(&'a [u8]),
    /// The content of a JSON string of the envelope.
    Outer(&'a [u8]),
    /// JSON text to copy: a number or a literal of the source.
    Json(&'a [u8]),
    /// JSON text of ours.
    Static(&'static str),
    /// JSON text in the cells' own buffer, from and to.
    Own(usize, usize),
}

impl Cell<'_> {
    /// Whether the field is left out.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Cell::Absent)
    }
}

/// What is used again for each document.
#[derive(Debug, Default)]
pub struct Scratch {
    own: Vec<u8>,
    unmapped: Vec<u8>,
    kept: Keys,
    path: Vec<u8>,
    templates: Templates,
}

/// All values of one document, by the row of their dataset's table.
#[derive(Debug)]
pub struct Cells<'a, 'b> {
    values: Vec<Cell<'a>>,
    /// The rows that have a value; what stands in `values` for others is of earlier documents.
    shape: Shape,
    /// JSON text of the [`Cell::Own`] cells.
    pub own: &'b mut Vec<u8>,
    /// Members (`"path":value,`) of the object of everything that no row took.
    pub unmapped: &'b mut Vec<u8>,
    /// Keys of the objects that are being copied.
    pub(super) kept: &'b mut Keys,
    /// The object of everything that no row took: a key twice would spoil the document.
    paths: Object,
    /// A path while it is put together.
    pub(super) path: &'b mut Vec<u8>,
    /// Keys from the message's root to where it is being read.
    pub(super) keys: Vec<&'a [u8]>,
    templates: &'b mut Templates,
    /// The day of the date that was written last.
    pub(crate) day: Day,
    /// Whether the document lacks anything of the message: it then carries the original.
    pub incomplete: bool,
}

/// The values alone, for writing.
#[derive(Debug)]
pub(super) struct Values<'c, 'a> {
    values: &'c [Cell<'a>],
    own: &'c [u8],
}

impl<'a, 'b> Cells<'a, 'b> {
    /// Cells for any number of documents, one after the other.
    pub fn new(scratch: &'b mut Scratch) -> Self {
        Self::over(
            [&mut scratch.own, &mut scratch.unmapped, &mut scratch.path],
            &mut scratch.kept,
            &mut scratch.templates,
        )
    }

    /// Cells for a message that doesn't live as long as the others; with the same scratch.
    pub fn for_another_text<'c>(&mut self) -> Cells<'c, '_> {
        Cells::over(
            [self.own, self.unmapped, self.path],
            self.kept,
            self.templates,
        )
    }

    fn over(
        [own, unmapped, path]: [&'b mut Vec<u8>; 3],
        kept: &'b mut Keys,
        templates: &'b mut Templates,
    ) -> Self {
        Self {
            values: Vec::new(),
            shape: Shape::default(),
            own,
            unmapped,
            kept,
            paths: Object::default(),
            path,
            keys: Vec::new(),
            templates,
            day: Day::default(),
            incomplete: false,
        }
    }

    /// Begins a document of a table of `rows` rows: all cells are empty.
    pub fn begin(&mut self, rows: usize) {
        self.own.clear();
        self.unmapped.clear();
        self.kept.clear();
        self.paths = self.kept.open();
        self.shape = Shape::default();
        self.incomplete = false;
        if self.values.len() < rows {
            self.values.resize(rows, Cell::Absent);
        }
    }

    /// The rows that have a value.
    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// What is needed to write the document.
    pub(super) fn for_writing(&mut self) -> (&mut Templates, Values<'_, 'a>) {
        let values = Values {
            values: &self.values,
            own: self.own,
        };
        (self.templates, values)
    }

    /// The value of row `slot`.
    #[must_use]
    #[expect(
        clippy::inline_always,
        reason = "passing a cell through memory costs more than setting it"
    )]
    #[inline(always)]
    pub fn get(&self, slot: usize) -> Cell<'a> {
        if self.shape.has(slot) {
            self.values[slot]
        } else {
            Cell::Absent
        }
    }

    /// The length of the value of row `slot`, a string, as it stands between its quotes.
    #[must_use]
    pub fn bytes(&self, slot: usize) -> usize {
        match self.get(slot) {
            Cell::Absent => 0,
            Cell::Text(text) | Cell::Clean(text) | Cell::Outer(text) | Cell::Json(text) => {
                text.len()
            }
            Cell::Static(text) => text.len() - 2,
            Cell::Own(start, end) => end - start - 2,
        }
    }

    /// Sets the value of row `slot`.
    #[expect(
        clippy::inline_always,
        reason = "passing a cell through memory costs more than setting it"
    )]
    #[inline(always)]
    pub fn set(&mut self, slot: usize, cell: Cell<'a>) {
        self.values[slot] = cell;
        self.shape.set(slot, !cell.is_absent());
    }

    /// Sets the value of row `slot`. Another one that it has is lost to the document.
    #[expect(
        clippy::inline_always,
        reason = "passing a cell through memory costs more than setting it"
    )]
    #[inline(always)]
    pub fn replace(&mut self, slot: usize, cell: Cell<'a>) {
        self.incomplete |= self.shape.has(slot) && self.values[slot] != cell;
        self.set(slot, cell);
    }

    /// Sets the value of row `slot` where it has none.
    #[expect(
        clippy::inline_always,
        reason = "passing a cell through memory costs more than setting it"
    )]
    #[inline(always)]
    pub fn set_default(&mut self, slot: usize, cell: Cell<'a>) {
        if !self.shape.has(slot) {
            self.set(slot, cell);
        }
    }

    /// Appends a value as `"key":value,` to the object of everything that no row took, unless that
    /// has such a key already.
    ///
    /// # Errors
    /// [`Malformed`] where the value at the cursor isn't valid JSON.
    pub fn keep_unmapped<L: Level>(
        &mut self,
        key: &[u8],
        cursor: &mut Cursor<'_, L>,
    ) -> Result<(), Malformed> {
        // The same key may be escaped in several ways.
        if !self.kept.is_new(self.paths, &crate::json::decode::<L>(key)) {
            self.incomplete = true;
            return cursor.value().map(|_| ());
        }
        let mut flattener = Flattener::<L>::new(self.unmapped, self.kept);
        let kept = flattener.member(key, cursor);
        self.incomplete |= flattener.incomplete || kept.is_err();
        kept
    }

    /// Sets row `slot` to JSON text that `write` appends to the buffer it is given.
    pub fn set_own(&mut self, slot: usize, write: impl FnOnce(&mut Vec<u8>)) {
        let Range { start, end } = self.keep(write);
        self.set(slot, Cell::Own(start, end));
    }

    /// Sets row `slot` to a string of ours.
    pub fn set_string(&mut self, slot: usize, text: &[u8]) {
        self.set_own(slot, |own| write_quoted(own, text));
    }

    /// A string of ours.
    pub fn own_string(&mut self, text: &[u8]) -> Cell<'a> {
        let Range { start, end } = self.keep(|own| write_quoted(own, text));
        Cell::Own(start, end)
    }

    /// A whole number of ours.
    pub fn own_integer(&mut self, number: i64) -> Cell<'a> {
        let mut digits = itoa::Buffer::new();
        let Range { start, end } =
            self.keep(|own| own.extend_from_slice(digits.format(number).as_bytes()));
        Cell::Own(start, end)
    }

    /// Sets row `slot` to the object of everything that no row took.
    pub fn set_unmapped(&mut self, slot: usize) {
        if let Some((_comma, members)) = self.unmapped.split_last() {
            let start = self.own.len();
            self.own.push(b'{');
            self.own.extend_from_slice(members);
            self.own.push(b'}');
            self.set(slot, Cell::Own(start, self.own.len()));
        }
    }

    /// Appends JSON text to the cells' buffer and returns where it stands.
    pub fn keep(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Range<usize> {
        let start = self.own.len();
        write(self.own);
        start..self.own.len()
    }

    /// Appends the value of `cell` as JSON, for a message of level `L`.
    pub fn write<L: Level>(&self, out: &mut Vec<u8>, cell: Cell<'a>) {
        write::<L>(out, cell, self.own);
    }

    /// The text of `cell` where it is a string, decoded.
    #[must_use]
    pub fn text<L: Level>(&self, cell: Cell<'a>) -> Option<std::borrow::Cow<'_, [u8]>> {
        match cell {
            Cell::Text(content) => Some(crate::json::decode::<L>(content)),
            Cell::Clean(content) => Some(content.into()),
            Cell::Outer(content) => Some(crate::json::decode::<Plain>(content)),
            Cell::Static(text) => unquoted(text.as_bytes()),
            Cell::Own(start, end) => unquoted(&self.own[start..end]),
            Cell::Absent | Cell::Json(_) => None,
        }
    }
}

impl Values<'_, '_> {
    /// Appends the value of row `slot` as JSON, for a message of level `L`.
    #[inline]
    pub(super) fn write<L: Level>(&self, out: &mut Vec<u8>, slot: usize) {
        write::<L>(out, self.values[slot], self.own);
    }
}

/// Appends the value of `cell` as JSON; `own` is the cells' buffer.
#[expect(clippy::inline_always, reason = "a call costs as much as the copy")]
#[inline(always)]
pub(super) fn write<L: Level>(out: &mut Vec<u8>, cell: Cell<'_>, own: &[u8]) {
    match cell {
        Cell::Absent => append(out, b"null"),
        Cell::Text(content) => write_string::<L>(out, content),
        Cell::Clean(content) => {
            out.push(b'"');
            append(out, content);
            out.push(b'"');
        }
        Cell::Outer(content) => write_string::<Plain>(out, content),
        Cell::Json(text) => append(out, text),
        Cell::Static(text) => append(out, text.as_bytes()),
        Cell::Own(start, end) => append(out, &own[start..end]),
    }
}

/// The decoded content of JSON text that is one string.
fn unquoted(json: &[u8]) -> Option<std::borrow::Cow<'_, [u8]>> {
    let content = json.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    Some(crate::json::decode::<Plain>(content))
}
