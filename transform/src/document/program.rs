//! The order in which a table's targets are written: the nested objects of their dotted paths.

use super::{Cell, Cells, Row, Table};
use crate::json::Level;

/// A step of writing a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// `"key":{`, taken back where nothing follows before its [`Op::Close`].
    Open(String),
    /// `"key":` and the value of a slot, where it has one.
    Write(String, usize),
    /// `}`
    Close,
}

/// The steps of writing a table's documents.
#[derive(Debug)]
pub struct Program(Vec<Op>);

/// A key of the document with what stands under it.
struct Node {
    key: &'static str,
    slot: Option<usize>,
    children: Vec<Node>,
}

impl Program {
    /// Orders the targets by where their objects first appear.
    pub fn new(rows: impl Iterator<Item = (usize, &'static Row)>) -> Self {
        let mut root = Node {
            key: "",
            slot: None,
            children: Vec::new(),
        };
        for (slot, row) in rows.filter(|(_, row)| !row.target.is_empty()) {
            let mut node = &mut root;
            for key in row.target.split('.') {
                let known = node.children.iter().position(|child| child.key == key);
                let at = known.unwrap_or_else(|| {
                    node.children.push(Node {
                        key,
                        slot: None,
                        children: Vec::new(),
                    });
                    node.children.len() - 1
                });
                node = &mut node.children[at];
            }
            node.slot = node.slot.or(Some(slot));
        }
        let mut operations = Vec::new();
        flatten(&root, &mut operations);
        Self(operations)
    }

    /// The steps, in order.
    pub fn operations(&self) -> &[Op] {
        &self.0
    }
}

fn flatten(node: &Node, operations: &mut Vec<Op>) {
    for child in &node.children {
        let key = child.key;
        if let Some(slot) = child.slot {
            operations.push(Op::Write(format!("\"{key}\":"), slot));
        } else {
            operations.push(Op::Open(format!("\"{key}\":{{")));
            flatten(child, operations);
            operations.push(Op::Close);
        }
    }
}

impl Table {
    /// Appends the document of `cells`, whose message is of level `L`, to `out`.
    pub fn write<L: Level>(&self, cells: &Cells<'_, '_>, out: &mut Vec<u8>) {
        // Where an open object began, and where its first member is; deep enough for any table.
        let mut open: Vec<(usize, usize)> = Vec::with_capacity(8);
        out.push(b'{');
        for operation in self.operations() {
            match operation {
                Op::Open(text) => {
                    let start = out.len();
                    out.extend_from_slice(text.as_bytes());
                    open.push((start, out.len()));
                }
                Op::Write(text, slot) => {
                    let cell = cells.get(*slot);
                    if cell != Cell::Absent {
                        out.extend_from_slice(text.as_bytes());
                        cells.write::<L>(out, cell);
                        out.push(b',');
                    }
                }
                Op::Close => {
                    let Some((start, inside)) = open.pop() else {
                        continue;
                    };
                    if out.len() == inside {
                        out.truncate(start);
                    } else {
                        out.pop();
                        out.extend_from_slice(b"},");
                    }
                }
            }
        }
        if out.last() == Some(&b',') {
            out.pop();
        }
        out.push(b'}');
    }
}
