//! From a dataset's table of fields to a document: source values are read into cells
//! ([`read`]), the dataset's rules fill in others, and the table writes all of them in order.

mod cell;
pub mod common;
mod convert;
mod flatten;
mod ip;
mod keys;
mod kind;
mod list;
mod program;
mod read;
mod shape;
mod sources;
mod table;
mod template;
pub mod time;

pub use cell::{Cell, Cells, Scratch};
pub use common::{COMMON, Context};
pub use ip::parse_ip;
pub use kind::Kind;
pub use read::{read, read_object};
pub use table::{Row, Table, computed, constant, find_slot, find_source, input, row};
pub(crate) use table::{fields, slot, source};
