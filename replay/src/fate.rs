//! What becomes of a record: exactly one fate each.

use transform::streams::Target;

use crate::arguments::Arguments;
use crate::content::Kind;
use crate::journal::State;
use crate::sending::too_large;

/// What became of a record, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// To be sent.
    ToSend,
    /// The stream took it.
    Sent,
    /// An earlier run had sent it.
    SentBefore,
    /// Another error code was asked for.
    NotSelected,
    /// It stays where it is, and why.
    Left(Why),
}

/// Why a record is left.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The line holds none.
    #[error("{0}")]
    Unreadable(String),
    /// The function can't read it.
    #[error(
        "the function can't read it, it would only fail again (--also-damaged sends it all the same): {0}"
    )]
    Damaged(transform::outcome::Failed),
    /// No stream was named for it.
    #[error("it is a {kind}: name its stream by {option}")]
    NoStream {
        /// What it is.
        kind: &'static str,
        /// The option that is missing.
        option: &'static str,
    },
    /// The stream takes no such record.
    #[error("it has {bytes} bytes, and the stream takes {most}")]
    TooLarge {
        /// Its size with its partition key.
        bytes: usize,
        /// The limit.
        most: usize,
    },
    /// It was on its way, and no answer came.
    #[error("it may have been sent: {0}. --resend-unknown sends it again")]
    Unknown(String),
    /// The stream refused it to the end.
    #[error("the stream didn't take it: {0}")]
    Refused(String),
    /// The run ended before.
    #[error("the run ended before it was its turn")]
    NotTried,
}

impl Why {
    /// As it stands in reports.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::Damaged(_) => "damaged",
            Self::NoStream { .. } => "no_stream",
            Self::TooLarge { .. } => "too_large",
            Self::Unknown(_) => "unknown",
            Self::Refused(_) => "refused",
            Self::NotTried => "not_tried",
        }
    }
}

/// The stream for records of that kind: a finished document was on its way to the search side; all
/// else came from the raw stream, or was made of what came from there.
#[must_use]
pub fn stream(arguments: &Arguments, kind: Kind) -> Option<&Target> {
    match kind {
        Kind::Document => arguments.documents_to.as_ref(),
        Kind::Payload | Kind::Answer | Kind::Damaged(_) => arguments.payloads_to.as_ref(),
    }
}

/// A record, as far as it decides about its fate.
#[derive(Debug, Clone, Copy)]
pub struct Looks<'a> {
    /// Its `errorCode`.
    pub code: &'a str,
    /// What it holds.
    pub kind: Kind,
    /// Its size.
    pub bytes: usize,
}

/// What is to become of a record of which the journal knows `before`.
#[must_use]
pub fn decide(arguments: &Arguments, record: Looks<'_>, before: Option<&State>) -> Fate {
    match before {
        Some(State::Sent) => return Fate::SentBefore,
        Some(State::Unknown(why)) if !arguments.which.resend_unknown => {
            return Fate::Left(Why::Unknown(why.clone()));
        }
        Some(State::Unknown(_) | State::Refused) | None => {}
    }
    let codes = &arguments.which.error_code;
    if !codes.is_empty() && !codes.iter().any(|wanted| wanted == record.code) {
        return Fate::NotSelected;
    }
    if let (Kind::Damaged(reason), false) = (record.kind, arguments.which.also_damaged) {
        return Fate::Left(Why::Damaged(reason));
    }
    let why = match stream(arguments, record.kind) {
        Some(target) => too_large(target, record.bytes),
        // Who only looks need not know yet where to.
        None if arguments.dry_run => None,
        None => Some(no_stream(record.kind)),
    };
    why.map_or(Fate::ToSend, Fate::Left)
}

fn no_stream(kind: Kind) -> Why {
    let (kind, option) = match kind {
        Kind::Document => ("finished document", "--documents-to"),
        Kind::Answer => ("whole answer of the function", "--payloads-to"),
        Kind::Payload | Kind::Damaged(_) => ("payload", "--payloads-to"),
    };
    Why::NoStream { kind, option }
}
