//! Walking JSON text without building a tree: one walker for JSON as it stands and for JSON that
//! stands inside a JSON string, as a CloudTrail event does in a CloudWatch Logs message.

pub(crate) mod append;
pub(crate) mod blocks;
mod cursor;
mod escapes;
mod find;
mod level;
mod number;
mod quote;
mod string;

pub use cursor::{Cursor, Malformed, Value};
pub use escapes::unescape_into;
pub use find::contains;
pub use level::{Escaped, Level, Plain};
pub use number::{integer, is_number};
pub use quote::{escape, quoted_bytes, write_quoted};
pub use string::{blank_controls, decode, is_plainly_escaped, write_string, write_truncated};
