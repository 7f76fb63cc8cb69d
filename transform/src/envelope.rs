//! The JSON envelope that CloudWatch Logs puts around log events
//! ("Subscription filters", Amazon CloudWatch Logs User Guide).

use crate::json::{self, Cursor, Malformed, Plain, Value, blank_controls};

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
    /// Whether the message's only escapes are `\"` and `\\`.
    pub plainly_escaped: bool,
    /// Account from the system field `@aws.account`, empty where there is none.
    pub account: &'a [u8],
    /// Region from the system field `@aws.region`, empty where there is none.
    pub region: &'a [u8],
}

/// The most events that are read of one payload: more than fit into one of 48 MiB with the ids
/// that CloudWatch Logs gives them. What an event takes in memory may be many times its text.
const MOST_EVENTS: usize = 500_000;

/// Why a payload's text is no sequence of CloudWatch Logs messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Not JSON objects one after the other, or not of CloudWatch Logs' shape.
    #[error("the payload is not a sequence of CloudWatch Logs messages")]
    NotJson,
    /// An object without `messageType`.
    #[error(
        "the payload has no messageType: is something else than CloudWatch Logs writing to this stream?"
    )]
    NoMessageType,
    /// A `messageType` that is neither `DATA_MESSAGE` nor `CONTROL_MESSAGE`.
    #[error("the payload's messageType is unknown")]
    UnknownMessageType,
    /// More messages and events than CloudWatch Logs could have put into any payload.
    #[error("the payload has more than {MOST_EVENTS} events")]
    TooManyEvents,
}

impl From<Malformed> for EnvelopeError {
    fn from(_: Malformed) -> Self {
        Self::NotJson
    }
}

/// A larger payload is not made larger still: U+FFFD takes three bytes, what it replaces often one.
const MOST_REPLACED_BYTES: usize = 12 << 20;

/// Makes a payload safe to copy from: control characters, which JSON only allows as white space
/// between its parts, become spaces; what isn't UTF-8 becomes U+FFFD, or question marks in a payload
/// of more than 12 MiB.
pub fn clean(text: &mut Vec<u8>) {
    blank_controls(text);
    if simdutf8::basic::from_utf8(text).is_ok() {
        return;
    }
    if text.len() <= MOST_REPLACED_BYTES {
        *text = String::from_utf8_lossy(text).into_owned().into_bytes();
        return;
    }
    let mut at = 0;
    while let Err(error) = std::str::from_utf8(&text[at..]) {
        let start = at + error.valid_up_to();
        at = error
            .error_len()
            .map_or(text.len(), |length| start + length);
        text[start..at].fill(b'?');
    }
}

/// Reads all messages of a payload (one JSON object, or several one after the other) that has been
/// [cleaned](clean).
///
/// # Errors
/// [`EnvelopeError`]; a payload is accepted or refused as a whole.
pub fn parse(text: &[u8]) -> Result<Vec<Envelope<'_>>, EnvelopeError> {
    let mut cursor = Cursor::<Plain>::new(text);
    let mut envelopes = Vec::with_capacity(1);
    let mut count = 0;
    while !cursor.at_end() {
        let envelope = read(&mut cursor, text)?;
        count += 1 + envelope.events.len();
        if count > MOST_EVENTS {
            return Err(EnvelopeError::TooManyEvents);
        }
        envelopes.push(envelope);
    }
    if envelopes.is_empty() {
        Err(EnvelopeError::NotJson)
    } else {
        Ok(envelopes)
    }
}

fn read<'a>(cursor: &mut Cursor<'a, Plain>, text: &'a [u8]) -> Result<Envelope<'a>, EnvelopeError> {
    let start = cursor.position();
    let mut message_type = None;
    let mut inside = None;
    let mut envelope = Envelope {
        message_type: MessageType::Control,
        owner: b"",
        log_group: b"",
        log_stream: b"",
        events: Vec::new(),
        head: b"",
        tail: b"",
    };
    cursor.object(|cursor, key| {
        match key {
            b"messageType" => message_type = Some(cursor.value()?),
            b"owner" => envelope.owner = string(cursor.value()?),
            b"logGroup" => envelope.log_group = string(cursor.value()?),
            b"logStream" => envelope.log_stream = string(cursor.value()?),
            // A second list could not be told from the first when its rest is put back.
            b"logEvents" if inside.is_some() => return Err(Malformed),
            b"logEvents" => inside = Some(events(cursor, text, &mut envelope.events)?),
            _ => return cursor.value().map(|_| ()),
        }
        Ok(())
    })?;
    envelope.message_type = match message_type.ok_or(EnvelopeError::NoMessageType)? {
        Value::String(b"DATA_MESSAGE") => MessageType::Data,
        Value::String(b"CONTROL_MESSAGE") => MessageType::Control,
        _ => return Err(EnvelopeError::UnknownMessageType),
    };
    match inside {
        Some((first, last)) => {
            envelope.head = &text[start..first];
            envelope.tail = &text[last..cursor.position()];
        }
        None if envelope.message_type == MessageType::Data => return Err(EnvelopeError::NotJson),
        None => {}
    }
    Ok(envelope)
}

/// Reads `logEvents`. Returns where its first element begins and where its bracket closes.
fn events<'a>(
    cursor: &mut Cursor<'a, Plain>,
    text: &'a [u8],
    events: &mut Vec<LogEvent<'a>>,
) -> Result<(usize, usize), Malformed> {
    cursor.peek();
    let first = cursor.position() + 1;
    cursor.array(|cursor| {
        cursor.peek();
        let start = cursor.position();
        let mut event = event(cursor)?;
        event.raw = &text[start..cursor.position()];
        // One too many is enough to refuse the payload.
        if events.len() <= MOST_EVENTS {
            events.push(event);
        }
        Ok(())
    })?;
    Ok((first, cursor.position() - 1))
}

fn event<'a>(cursor: &mut Cursor<'a, Plain>) -> Result<LogEvent<'a>, Malformed> {
    let mut event = LogEvent {
        raw: b"",
        id: b"",
        timestamp: None,
        message: b"",
        plainly_escaped: true,
        account: b"",
        region: b"",
    };
    cursor.object(|cursor, key| {
        match key {
            b"id" => event.id = string(cursor.value()?),
            b"timestamp" => event.timestamp = integer(cursor.value()?),
            b"message" => {
                // A message that is no string can't be one event's text: the record is refused.
                (event.message, event.plainly_escaped) = cursor.string_and_escapes()?;
            }
            b"extractedFields" => extracted(cursor, &mut event)?,
            _ => return cursor.value().map(|_| ()),
        }
        Ok(())
    })?;
    Ok(event)
}

/// The system fields that a subscription filter with `emitSystemFields` adds.
fn extracted<'a>(
    cursor: &mut Cursor<'a, Plain>,
    event: &mut LogEvent<'a>,
) -> Result<(), Malformed> {
    if cursor.peek() != Some(b'{') {
        return cursor.value().map(|_| ());
    }
    cursor.object(|cursor, key| {
        let value = string(cursor.value()?);
        match key {
            b"@aws.account" => event.account = value,
            b"@aws.region" => event.region = value,
            _ => {}
        }
        Ok(())
    })
}

fn string(value: Value<'_>) -> &[u8] {
    if let Value::String(content) = value {
        content
    } else {
        b""
    }
}

fn integer(value: Value<'_>) -> Option<i64> {
    let (Value::Number(text) | Value::String(text)) = value else {
        return None;
    };
    json::integer(text)
}
