//! The values of one document while it is being made.

use std::ops::Range;

use crate::json::{Level, Plain, write_quoted, write_string};

/// One value of a document, borrowed from its source where possible.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cell<'a> {
    /// The field is left out.
    #[default]
    Absent,
    /// The content of a JSON string, in the escaping of the log message.
    Text(&'a [u8]),
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
        *self == Cell::Absent
    }
}

/// All values of one document, by the row of their dataset's table.
#[derive(Debug)]
pub struct Cells<'a, 'b> {
    values: Vec<Cell<'a>>,
    /// JSON text of the [`Cell::Own`] cells.
    pub own: &'b mut Vec<u8>,
    /// Members (`"path":value,`) of the object of everything that no row took.
    pub unmapped: &'b mut Vec<u8>,
    /// Whether the document lacks anything of the message: it then carries the original.
    pub incomplete: bool,
}

impl<'a, 'b> Cells<'a, 'b> {
    /// Empty cells for a table of `rows` rows, with buffers to use.
    pub fn new(rows: usize, own: &'b mut Vec<u8>, unmapped: &'b mut Vec<u8>) -> Self {
        own.clear();
        unmapped.clear();
        Self {
            values: vec![Cell::Absent; rows],
            own,
            unmapped,
            incomplete: false,
        }
    }

    /// The value of row `slot`.
    #[must_use]
    pub fn get(&self, slot: usize) -> Cell<'a> {
        self.values[slot]
    }

    /// The length of the value of row `slot`, a string, as it stands between its quotes.
    #[must_use]
    pub fn bytes(&self, slot: usize) -> usize {
        match self.values[slot] {
            Cell::Absent => 0,
            Cell::Text(text) | Cell::Outer(text) | Cell::Json(text) => text.len(),
            Cell::Static(text) => text.len() - 2,
            Cell::Own(start, end) => end - start - 2,
        }
    }

    /// Sets the value of row `slot`.
    pub fn set(&mut self, slot: usize, cell: Cell<'a>) {
        self.values[slot] = cell;
    }

    /// Sets the value of row `slot` where it has none.
    pub fn set_default(&mut self, slot: usize, cell: Cell<'a>) {
        if self.values[slot].is_absent() {
            self.values[slot] = cell;
        }
    }

    /// Sets row `slot` to JSON text that `write` appends to the buffer it is given.
    pub fn set_own(&mut self, slot: usize, write: impl FnOnce(&mut Vec<u8>)) {
        let Range { start, end } = self.keep(write);
        self.values[slot] = Cell::Own(start, end);
    }

    /// Sets row `slot` to a string of ours.
    pub fn set_string(&mut self, slot: usize, text: &[u8]) {
        self.set_own(slot, |own| write_quoted(own, text));
    }

    /// Sets row `slot` to an array of strings of ours, each once; to nothing where there are none.
    pub fn set_strings<T: AsRef<[u8]>>(&mut self, slot: usize, texts: &[T]) {
        let texts = texts.iter().map(AsRef::as_ref);
        let start = self.own.len();
        for (at, text) in texts.clone().enumerate() {
            if !text.is_empty() && !texts.clone().take(at).any(|before| before == text) {
                self.own
                    .push(if self.own.len() == start { b'[' } else { b',' });
                write_quoted(self.own, text);
            }
        }
        if self.own.len() > start {
            self.own.push(b']');
            self.values[slot] = Cell::Own(start, self.own.len());
        }
    }

    /// Sets row `slot` to a whole number.
    pub fn set_integer(&mut self, slot: usize, number: i64) {
        self.set_own(slot, |own| {
            own.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        });
    }

    /// Sets row `slot` to the object of everything that no row took.
    pub fn set_unmapped(&mut self, slot: usize) {
        if let Some((_comma, members)) = self.unmapped.split_last() {
            let start = self.own.len();
            self.own.push(b'{');
            self.own.extend_from_slice(members);
            self.own.push(b'}');
            self.values[slot] = Cell::Own(start, self.own.len());
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
        match cell {
            Cell::Absent => out.extend_from_slice(b"null"),
            Cell::Text(content) => write_string::<L>(out, content),
            Cell::Outer(content) => write_string::<Plain>(out, content),
            Cell::Json(text) => out.extend_from_slice(text),
            Cell::Static(text) => out.extend_from_slice(text.as_bytes()),
            Cell::Own(start, end) => out.extend_from_slice(&self.own[start..end]),
        }
    }

    /// The text of `cell` where it is a string, decoded.
    #[must_use]
    pub fn text<L: Level>(&self, cell: Cell<'a>) -> Option<std::borrow::Cow<'_, [u8]>> {
        match cell {
            Cell::Text(content) => Some(crate::json::decode::<L>(content)),
            Cell::Outer(content) => Some(crate::json::decode::<Plain>(content)),
            Cell::Static(text) => unquoted(text.as_bytes()),
            Cell::Own(start, end) => unquoted(&self.own[start..end]),
            Cell::Absent | Cell::Json(_) => None,
        }
    }
}

/// The decoded content of JSON text that is one string.
fn unquoted(json: &[u8]) -> Option<std::borrow::Cow<'_, [u8]>> {
    let content = json.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    Some(crate::json::decode::<Plain>(content))
}
