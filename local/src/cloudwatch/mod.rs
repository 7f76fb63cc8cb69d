//! CloudWatch Logs' delivery to a destination in another account, which the stand-in for AWS lacks.
//!
//! A message goes the way the service sends it: [`routes`] finds the log group's subscription
//! filters and where they lead, [`policy`] decides whether the destination admits the sender,
//! [`pattern`] picks the messages, [`batch`] and [`envelope`] make the payloads, [`delivery`] puts
//! them on the destination's stream. What no filter leads anywhere is not sent.

pub mod batch;
pub mod delivery;
pub mod envelope;
pub mod event_id;
pub mod pattern;
pub mod policy;
pub mod routes;

pub use delivery::{CloudWatchLogs, DeliveryError, Sent};

/// One event of a log stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// 56 decimal digits, unique in the organization; see [`event_id`].
    pub id: String,
    /// Milliseconds since 1970, UTC.
    pub timestamp: i64,
    /// The message as it was logged.
    pub message: String,
}

/// A log stream of one account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogStream {
    /// The account that owns the log group (twelve digits).
    pub account: String,
    /// The log group's name.
    pub group: String,
    /// The log stream's name.
    pub stream: String,
}
