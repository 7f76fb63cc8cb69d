//! The constant text of documents of one shape.
//!
//! Which fields a document has is the same for most events of a kind. So everything between the
//! values (keys, brackets, constants) is put together once for each shape that occurs, and writing a
//! document is copying that text and the values in turns.

use super::program::Op;
use super::shape::Shape;
use super::{Cells, Table};
use crate::json::Level;
use crate::json::append::{STEP, append_padded};

/// Shapes that are kept; one that falls on another's place takes it.
const PLACES: usize = 2048;

/// The templates of the shapes that occurred lately.
#[derive(Debug, Default)]
pub struct Templates(Vec<Option<Template>>);

#[derive(Debug)]
struct Template {
    table: usize,
    shape: Shape,
    /// All constant text, with [`STEP`] bytes behind it.
    text: Vec<u8>,
    /// Where the text in front of each value ends, and the value's slot.
    steps: Vec<(u32, u32)>,
}

impl Templates {
    /// The template of `shape` in `table`.
    fn find(&mut self, table: &Table, shape: Shape) -> Option<&Template> {
        if self.0.is_empty() {
            self.0.resize_with(PLACES, || None);
        }
        let mixed = shape.mixed().wrapping_add(table.number() as u64);
        let place = usize::try_from(mixed >> 32).unwrap_or_default() % PLACES;
        let entry = &mut self.0[place];
        let known = entry
            .as_ref()
            .is_some_and(|known| known.table == table.number() && known.shape == shape);
        if !known {
            *entry = Some(Template::new(table, shape));
        }
        entry.as_ref()
    }
}

impl Template {
    fn new(table: &Table, shape: Shape) -> Self {
        let mut text = b"{".to_vec();
        let mut steps = Vec::new();
        let mut open = Vec::new();
        for operation in table.operations() {
            match operation {
                Op::Open(key) => {
                    let start = text.len();
                    text.extend_from_slice(key.as_bytes());
                    open.push((start, text.len()));
                }
                Op::Constant(member) => text.extend_from_slice(member.as_bytes()),
                Op::Write(key, slot) if shape.has(*slot) => {
                    text.extend_from_slice(key.as_bytes());
                    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
                    steps.push((end, u32::try_from(*slot).unwrap_or(u32::MAX)));
                    text.push(b',');
                }
                Op::Write(..) => {}
                Op::Close => close(&mut text, open.pop()),
            }
        }
        if text.ends_with(b",") {
            text.pop();
        }
        text.push(b'}');
        text.resize(text.len() + STEP, 0);
        Self {
            table: table.number(),
            shape,
            text,
            steps,
        }
    }
}

/// Closes an object, or takes it back where it is empty.
fn close(text: &mut Vec<u8>, open: Option<(usize, usize)>) {
    let Some((start, inside)) = open else { return };
    if text.len() == inside {
        text.truncate(start);
    } else {
        text.pop();
        text.extend_from_slice(b"},");
    }
}

impl Table {
    /// Appends the document of `cells`, whose message is of level `L`, to `out`.
    pub fn write<L: Level>(&self, cells: &mut Cells<'_, '_>, out: &mut Vec<u8>) {
        let shape = cells.shape();
        let (templates, values) = cells.for_writing();
        let Some(template) = templates.find(self, shape) else {
            return;
        };
        let mut start = 0;
        for &(end, slot) in &template.steps {
            append_padded(out, &template.text, start, end as usize - start);
            values.write::<L>(out, slot as usize);
            start = end as usize;
        }
        let length = template.text.len() - STEP - start;
        append_padded(out, &template.text, start, length);
    }
}
