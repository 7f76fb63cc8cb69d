//! What keeps an invocation from having any result.

use std::time::Duration;

use serde_json::Value;

use super::MAX_EVENT;

/// Why the function could not be started or gave neither an answer nor an error.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The function's process ended.
    #[error("the function ended ({status}); it printed:\n{}", log.join("\n"))]
    Ended {
        /// How it ended.
        status: String,
        /// What it printed since the last invocation.
        log: Vec<String>,
    },
    /// The function reported that it cannot start.
    #[error("the function could not start: {error}; it printed:\n{}", log.join("\n"))]
    Initialization {
        /// The error that it reported: an object with `errorType` and `errorMessage`.
        error: Value,
        /// What it printed.
        log: Vec<String>,
    },
    /// The function took too long and was killed.
    #[error("Task timed out after {after:?}; the function printed:\n{}", log.join("\n"))]
    TimedOut {
        /// The function's timeout.
        after: Duration,
        /// What it printed since the last invocation.
        log: Vec<String>,
    },
    /// The event is larger than Lambda accepts.
    #[error("Request must be smaller than {MAX_EVENT} bytes, and this one has {bytes}")]
    EventTooLarge {
        /// The length of the event.
        bytes: usize,
    },
    /// The machine did not let us start what is needed.
    #[error(transparent)]
    Setup(#[from] anyhow::Error),
}
