//! The JSON envelope that CloudWatch Logs puts around log events.

/// One CloudWatch Logs message, borrowed from the decompressed payload.
///
/// Texts are the bytes between the quotes as they stand in the payload, still JSON-escaped.
#[derive(Debug, Clone)]
pub struct Envelope<'a> {
    /// What kind of message this is.
    pub message_type: MessageType,
    /// The twelve-digit account that sent the events (`CloudwatchLogs` in a control message).
    pub owner: &'a [u8],
    /// The log group's name.
    pub log_group: &'a [u8],
    /// The log stream's name.
    pub log_stream: &'a [u8],
    /// The events, in the order of the payload.
    pub events: Vec<LogEvent<'a>>,
    /// The envelope's own JSON up to and including the `[` of `logEvents`.
    pub head: &'a [u8],
    /// The envelope's own JSON from the `]` of `logEvents` to the closing brace.
    pub tail: &'a [u8],
}

/// `messageType` of an [`Envelope`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageType {
    /// `DATA_MESSAGE`: log events.
    Data,
    /// `CONTROL_MESSAGE`: CloudWatch Logs checks that the destination can be reached.
    Control,
}

/// One element of `logEvents`.
#[derive(Debug, Clone, Copy)]
pub struct LogEvent<'a> {
    /// The event's whole JSON object, braces included, for putting it back as it was.
    pub raw: &'a [u8],
    /// The event's id (56 digits), empty where the event has none.
    pub id: &'a [u8],
    /// Milliseconds since 1970, UTC; absent where the event has none that fits.
    pub timestamp: Option<i64>,
    /// The message between its quotes, still JSON-escaped.
    pub message: &'a [u8],
}

/// Why a payload's text is no sequence of CloudWatch Logs messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Not JSON objects one after the other, or not UTF-8.
    #[error("the payload is not a sequence of JSON objects")]
    NotJson,
    /// An object without `messageType`.
    #[error("the payload has no messageType: is something else than CloudWatch Logs writing to this stream?")]
    NoMessageType,
    /// A `messageType` that is neither `DATA_MESSAGE` nor `CONTROL_MESSAGE`.
    #[error("the payload's messageType is unknown")]
    UnknownMessageType,
}

/// Reads all messages of a payload (one JSON object, or several one after the other).
///
/// # Errors
/// [`EnvelopeError`]; a payload is accepted or refused as a whole.
pub fn parse(_text: &[u8]) -> Result<Vec<Envelope<'_>>, EnvelopeError> {
    Err(EnvelopeError::NotJson)
}
