//! The lines of a journal.

use serde::{Deserialize, Serialize};

/// The version of the format.
pub const VERSION: u32 = 1;

/// One line of JSON. Objects are named by the SHA-256 of their bytes, so that a copy, or one that was
/// renamed, is the same; `lines` counts from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Entry {
    /// The first line.
    Journal {
        /// [`VERSION`]
        version: u32,
    },
    /// Written before the request is made: from now on it is unknown whether they arrived.
    Sending {
        /// When.
        at: String,
        /// The object.
        object: String,
        /// Where it was found.
        name: String,
        /// The stream's ARN.
        to: String,
        /// The records.
        lines: Vec<u32>,
    },
    /// The answer: these arrived, and those did not.
    Answered {
        /// The object.
        object: String,
        /// What the stream took.
        sent: Vec<u32>,
        /// What it refused.
        refused: Vec<u32>,
        /// The refusal's reason.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// No answer came.
    Unknown {
        /// The object.
        object: String,
        /// The records.
        lines: Vec<u32>,
        /// What came instead.
        why: String,
    },
}
