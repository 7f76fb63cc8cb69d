//! Walking JSON text without building a tree: one walker for JSON as it stands and for JSON that
//! stands inside a JSON string, as a CloudTrail event does in a CloudWatch Logs message.

pub(crate) mod append;
pub(crate) mod blocks;
mod cursor;
mod find;
mod level;
mod number;
mod string;

pub use cursor::{Cursor, Malformed, Value};
pub use level::{Escaped, Level, Plain};
pub use number::is_number;
pub use string::{
    blank_controls, decode, escape, is_plainly_escaped, quoted_bytes, unescape_into, write_quoted,
    write_string, write_truncated,
};
