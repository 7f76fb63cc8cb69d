//! The order in which a table's targets are written: the nested objects of their dotted paths.

use super::{Kind, Row};

/// A step of writing a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// `"key":{`, taken back where nothing follows before its [`Op::Close`].
    Open(String),
    /// `"key":` and the value of a slot, where it has one.
    Write(String, usize),
    /// `"key":value,` that every document has.
    Constant(String),
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
    constant: Option<&'static str>,
    children: Vec<Node>,
}

impl Node {
    fn new(key: &'static str) -> Self {
        Self {
            key,
            slot: None,
            constant: None,
            children: Vec::new(),
        }
    }
}

impl Program {
    /// Orders the targets by where their objects first appear.
    pub fn new(rows: impl Iterator<Item = (usize, &'static Row)>) -> Self {
        let mut root = Node::new("");
        for (slot, row) in rows.filter(|(_, row)| !row.target.is_empty()) {
            let mut node = &mut root;
            for key in row.target.split('.') {
                let known = node.children.iter().position(|child| child.key == key);
                let at = known.unwrap_or_else(|| {
                    node.children.push(Node::new(key));
                    node.children.len() - 1
                });
                node = &mut node.children[at];
            }
            node.slot = node.slot.or(Some(slot));
            if let Kind::Constant(json) = row.kind {
                node.constant = Some(json);
            }
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
        if let Some(json) = child.constant {
            operations.push(Op::Constant(format!("\"{key}\":{json},")));
        } else if let Some(slot) = child.slot {
            operations.push(Op::Write(format!("\"{key}\":"), slot));
        } else {
            operations.push(Op::Open(format!("\"{key}\":{{")));
            flatten(child, operations);
            operations.push(Op::Close);
        }
    }
}
