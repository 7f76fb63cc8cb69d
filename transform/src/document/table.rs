//! A dataset's table of fields: where each value comes from, where it goes, and what it is.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::Kind;
use super::program::{Op, Program};

use super::shape::MOST_ROWS;
use super::sources::Branches;

/// One row of a table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Dotted path in the source; empty where the dataset's rules compute the value.
    pub source: &'static str,
    /// Dotted path in the document; empty where the value is only an input of the rules.
    pub target: &'static str,
    /// What the value is.
    pub kind: Kind,
}

/// A row that copies `source` to `target`.
#[must_use]
pub const fn row(source: &'static str, target: &'static str, kind: Kind) -> Row {
    Row {
        source,
        target,
        kind,
    }
}

/// A row whose value the dataset's rules fill in.
#[must_use]
pub const fn computed(target: &'static str) -> Row {
    Row {
        source: "",
        target,
        kind: Kind::Computed,
    }
}

/// A row that has the same JSON text in every document.
#[must_use]
pub const fn constant(target: &'static str, json: &'static str) -> Row {
    Row {
        source: "",
        target,
        kind: Kind::Constant(json),
    }
}

/// A row that is read for the dataset's rules but not written.
#[must_use]
pub const fn input(source: &'static str, kind: Kind) -> Row {
    Row {
        source,
        target: "",
        kind,
    }
}

/// The row that writes `target`; a table without it doesn't compile.
///
/// # Panics
/// Where the table has no such row.
#[must_use]
pub const fn find_slot(rows: &[Row], target: &str) -> usize {
    let mut at = 0;
    while at < rows.len() {
        if same(rows[at].target, target) {
            return at;
        }
        at += 1;
    }
    panic!("the table has no row for this target")
}

/// The row that reads `source`; a table without it doesn't compile.
///
/// # Panics
/// Where the table has no such row.
#[must_use]
pub const fn find_source(rows: &[Row], source: &str) -> usize {
    let mut at = 0;
    while at < rows.len() {
        if same(rows[at].source, source) {
            return at;
        }
        at += 1;
    }
    panic!("the table has no row for this source")
}

const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// [`find_slot`], while compiling.
macro_rules! slot {
    ($rows:expr, $target:expr $(,)?) => {
        const { $crate::document::find_slot($rows, $target) }
    };
}
pub(crate) use slot;

/// [`find_source`], while compiling.
macro_rules! source {
    ($rows:expr, $source:expr $(,)?) => {
        const { $crate::document::find_source($rows, $source) }
    };
}
pub(crate) use source;

/// The rows that every document has, then the dataset's own.
macro_rules! fields {
    ($($row:expr),* $(,)?) => {{
        const OWN: &[$crate::document::Row] = &[$($row),*];
        const LENGTH: usize = $crate::document::COMMON.len() + OWN.len();
        const ALL: [$crate::document::Row; LENGTH] = {
            let mut all = [$crate::document::COMMON[0]; LENGTH];
            let mut at = 0;
            while at < LENGTH {
                all[at] = if at < $crate::document::COMMON.len() {
                    $crate::document::COMMON[at]
                } else {
                    OWN[at - $crate::document::COMMON.len()]
                };
                at += 1;
            }
            all
        };
        &ALL
    }};
}
pub(crate) use fields;

/// A table made ready: how to find rows by source, and in which order to write targets.
#[derive(Debug)]
pub struct Table {
    /// Differs for each table.
    number: usize,
    rows: &'static [Row],
    sources: Branches,
    program: Program,
}

/// How many tables there are.
static TABLES: AtomicUsize = AtomicUsize::new(0);

impl Table {
    /// Prepares `rows`.
    ///
    /// # Panics
    /// As [`Table::of_some`].
    #[must_use]
    pub fn new(rows: &'static [Row]) -> Self {
        Self::of_some(rows, |_| true)
    }

    /// Prepares those of `rows` that `wanted` accepts; the others are neither read nor written.
    ///
    /// # Panics
    /// Where there are more than 512 rows: a mistake in the table, which any test shows.
    #[must_use]
    pub fn of_some(rows: &'static [Row], wanted: impl Fn(&Row) -> bool) -> Self {
        assert!(
            rows.len() <= MOST_ROWS,
            "a table has at most {MOST_ROWS} rows"
        );
        let chosen = || rows.iter().enumerate().filter(|(_, row)| wanted(row));
        Self {
            number: TABLES.fetch_add(1, Ordering::Relaxed),
            rows,
            sources: Branches::new(chosen()),
            program: Program::new(chosen()),
        }
    }

    /// A number that no other table has.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// The rows, by slot.
    #[must_use]
    pub fn rows(&self) -> &'static [Row] {
        self.rows
    }

    /// Where each source value goes.
    pub(super) fn sources(&self) -> &Branches {
        &self.sources
    }

    /// The order of writing.
    pub(super) fn operations(&self) -> &[Op] {
        self.program.operations()
    }
}
