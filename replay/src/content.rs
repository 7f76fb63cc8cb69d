//! What a record holds, read as the function reads it: whose it is, where it belongs, and whether the
//! function would take it.

use serde_json::Value;
use transform::envelope::{self, MessageType};
use transform::event::Text;
use transform::outcome::Failed;
use transform::payload::{Payload, PayloadReader};

/// As much as the function takes by default (`MAX_PAYLOAD_BYTES`).
const MOST_BYTES: usize = 48 << 20;

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Log events as CloudWatch Logs packs them.
    Payload,
    /// A document of the function's.
    Document,
    /// A whole answer of the function's: documents for the archive, which pass through the function
    /// when they come again.
    Answer,
    /// What the function can't read, for this reason.
    Damaged(Failed),
}

impl Kind {
    /// As it stands in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Payload => "payload",
            Self::Document => "document",
            Self::Answer => "answer",
            Self::Damaged(reason) => reason.name(),
        }
    }
}

/// What is known of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// What it is.
    pub kind: Kind,
    /// The account that it is of; `-` where that isn't said.
    pub account: String,
}

/// Looks into records.
#[derive(Debug)]
pub struct Contents(PayloadReader);

impl Contents {
    /// With the function's own limits.
    #[must_use]
    pub fn new() -> Self {
        Self(PayloadReader::new(MOST_BYTES))
    }

    /// Looks into the record with these bytes, as base64.
    pub fn of(&mut self, base64: &str) -> Content {
        let (kind, account) = match self.0.read(&Text::Text(base64.into())) {
            Err(reason) => (Kind::Damaged(reason), None),
            Ok(Payload::Empty) => (Kind::Payload, None),
            Ok(Payload::Document(line)) => (Kind::Document, account_of(line)),
            Ok(Payload::Documents(lines)) => {
                let first = lines.first().copied();
                (Kind::Answer, first.and_then(account_of))
            }
            Ok(Payload::Messages(text)) => match envelope::parse(text) {
                Err(reason) => (Kind::Damaged(reason.into()), None),
                Ok(messages) => {
                    let mut of_data = messages
                        .iter()
                        .filter(|message| message.message_type == MessageType::Data);
                    let owner = of_data.next().map(|message| message.owner);
                    (
                        Kind::Payload,
                        owner.map(|owner| String::from_utf8_lossy(owner).into_owned()),
                    )
                }
            },
        };
        let account = account.filter(|account| !account.is_empty());
        Content {
            kind,
            account: account.unwrap_or_else(|| "-".to_owned()),
        }
    }
}

fn account_of(document: &[u8]) -> Option<String> {
    let document: Value = serde_json::from_slice(document).ok()?;
    Some(document.pointer("/cloud/account/id")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn of(data: &[u8]) -> Content {
        Contents::new().of(&base64_simd::STANDARD.encode_to_string(data))
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(text.as_bytes()).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn a_payload_names_its_account() {
        let content = of(&gzip(
            r#"{"messageType":"DATA_MESSAGE","owner":"333333333333","logGroup":"g","logStream":"s","subscriptionFilters":[],"logEvents":[]}"#,
        ));
        assert_eq!(
            (content.kind, content.account.as_str()),
            (Kind::Payload, "333333333333")
        );
    }

    #[test]
    fn a_finished_document_names_its_account() {
        let content = of(
            br#"{"@timestamp":"2024-01-01T00:00:00Z","tributary":{"document_id":"1"},"cloud":{"account":{"id":"444444444444"}}}"#,
        );
        assert_eq!(
            (content.kind, content.account.as_str()),
            (Kind::Document, "444444444444")
        );
    }

    #[test]
    fn an_answer_of_the_function_names_the_account_of_its_first_document() {
        let line = r#"{"@timestamp":"2024-01-01T00:00:00Z","tributary":{"document_id":"1"},"cloud":{"account":{"id":"444444444444"}}}"#;
        for answer in [
            gzip(&format!("{line}\n")),
            gzip(&format!("{line}\n{line}\n")),
            format!("{line}\n{line}\n").into_bytes(),
        ] {
            let content = of(&answer);
            assert_eq!(
                (content.kind, content.account.as_str()),
                (Kind::Answer, "444444444444")
            );
        }
    }

    #[test]
    fn what_the_function_would_fail_has_its_reason() {
        for (data, reason) in [
            (b"hello".to_vec(), Failed::NotGzip),
            (gzip("{}"), Failed::NoMessageType),
            (
                gzip(r#"{"messageType":"DATA_MESSAGE","logEvents":[]}"#)[..20].to_vec(),
                Failed::CutOffGzip,
            ),
        ] {
            assert_eq!(of(&data).kind, Kind::Damaged(reason));
        }
    }
}
