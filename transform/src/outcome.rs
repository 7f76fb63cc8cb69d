//! What becomes of a record: exactly one outcome each, and the reason where it isn't `Ok`.

use crate::envelope::EnvelopeError;

/// The answer to one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Answered with its documents; what didn't fit was put back before.
    Ok,
    /// Nothing in it to deliver. Firehose forgets the record.
    Dropped(Dropped),
    /// Firehose keeps the record's original bytes under the error prefix.
    Failed(Failed),
}

/// Why a record holds nothing to deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dropped {
    /// CloudWatch Logs has checked that the stream can be reached.
    ControlMessage,
    /// No data, no events, or events that hold nothing to document.
    Empty,
}

impl Dropped {
    /// All reasons, in the order of their counters.
    pub const ALL: [Self; 2] = [Self::ControlMessage, Self::Empty];

    /// The reason as it stands in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ControlMessage => "control_message",
            Self::Empty => "empty",
        }
    }
}

/// Why a record can't be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Failed {
    /// `data` is no base64.
    #[error("the record's data is not base64")]
    BadBase64,
    /// The data is neither gzip nor a finished document.
    #[error(
        "the record is not gzip: is something else than CloudWatch Logs writing to this stream?"
    )]
    NotGzip,
    /// The gzip data ends too early.
    #[error("the record's gzip data is cut off")]
    CutOffGzip,
    /// The gzip data contradicts itself: wrong check sum, impossible codes, garbage at the end.
    #[error("the record's gzip data is damaged")]
    DamagedGzip,
    /// The decompressed payload is larger than `MAX_PAYLOAD_BYTES`, or has more events than any of
    /// CloudWatch Logs.
    #[error(
        "the record's payload is larger than MAX_PAYLOAD_BYTES, or has more than 500,000 events: raise MAX_PAYLOAD_BYTES if this is no gzip bomb"
    )]
    PayloadTooLarge,
    /// The payload is no sequence of JSON objects.
    #[error("the record's payload is not JSON")]
    NotJson,
    /// The payload has no `messageType`.
    #[error(
        "the record's payload has no messageType: is something else than CloudWatch Logs writing to this stream?"
    )]
    NoMessageType,
    /// The payload's `messageType` is unknown.
    #[error("the record's payload has an unknown messageType")]
    UnknownMessageType,
    /// One document is larger than a whole answer may be.
    #[error("one document of the record is larger than an answer may be")]
    TooLarge,
    /// Not one document of the record fitted beside its neighbours.
    #[error(
        "no document of the record fitted into the answer: give the Lambda processor a smaller buffer"
    )]
    NoRoom,
    /// What didn't fit could not be put back to the source.
    #[error("the rest of the record could not be put back to the source")]
    PutBack,
    /// Its documents could not be sent to `DOCUMENTS_TO`.
    #[error("the record's documents could not be sent to DOCUMENTS_TO")]
    DocumentsNotSent,
    /// One document is larger than a record of `DOCUMENTS_TO`, or of the source, may be.
    #[error("one document of the record is larger than the stream takes")]
    DocumentTooLarge,
    /// The function's time was nearly over.
    #[error(
        "the function's time was over before the record was read: raise its timeout, or lower the buffer"
    )]
    OutOfTime,
    /// There is no `recordId` to answer to.
    #[error("the record has no recordId")]
    NoRecordId,
}

impl Failed {
    /// All reasons, in the order of their counters.
    pub const ALL: [Self; 15] = [
        Self::BadBase64,
        Self::NotGzip,
        Self::CutOffGzip,
        Self::DamagedGzip,
        Self::PayloadTooLarge,
        Self::NotJson,
        Self::NoMessageType,
        Self::UnknownMessageType,
        Self::TooLarge,
        Self::NoRoom,
        Self::PutBack,
        Self::DocumentsNotSent,
        Self::DocumentTooLarge,
        Self::OutOfTime,
        Self::NoRecordId,
    ];

    /// The reason as it stands in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadBase64 => "bad_base64",
            Self::NotGzip => "not_gzip",
            Self::CutOffGzip => "cut_off_gzip",
            Self::DamagedGzip => "damaged_gzip",
            Self::PayloadTooLarge => "payload_too_large",
            Self::NotJson => "not_json",
            Self::NoMessageType => "no_message_type",
            Self::UnknownMessageType => "unknown_message_type",
            Self::TooLarge => "too_large",
            Self::NoRoom => "no_room",
            Self::PutBack => "put_back",
            Self::DocumentsNotSent => "documents_not_sent",
            Self::DocumentTooLarge => "document_too_large",
            Self::OutOfTime => "out_of_time",
            Self::NoRecordId => "no_record_id",
        }
    }
}

impl From<EnvelopeError> for Failed {
    fn from(error: EnvelopeError) -> Self {
        match error {
            EnvelopeError::NotJson => Self::NotJson,
            EnvelopeError::NoMessageType => Self::NoMessageType,
            EnvelopeError::UnknownMessageType => Self::UnknownMessageType,
            EnvelopeError::TooManyEvents => Self::PayloadTooLarge,
        }
    }
}
