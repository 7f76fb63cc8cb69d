//! Keys for dynamic partitioning: where Firehose puts a record, by the first document in its answer.
//!
//! Firehose wants every key that the S3 prefix names (`!{partitionKeyFromLambda:dataset}`) in every
//! record, and not empty: AWS, "Dynamic partitioning in Amazon Data Firehose". What a document
//! doesn't say, or says in a form that has no place in a prefix, is `unknown`.

use jiff::civil::Date;

use super::day;
use crate::dataset::Dataset;
use crate::json::{Cursor, Malformed, Plain};

const UNKNOWN: &str = "unknown";
/// The longest name of a dataset.
const DATASET_BYTES: usize = 19;
const ACCOUNT_BYTES: usize = 12;
/// No Region's name is nearly as long.
const REGION_BYTES: usize = 24;
/// The members around their values.
const AROUND: usize = br#""dataset":"","account":"","region":"","date":"""#.len();

/// The most bytes of the keys of one record.
pub(super) const MOST_BYTES: usize =
    AROUND + DATASET_BYTES + ACCOUNT_BYTES + REGION_BYTES + day::BYTES;

/// The keys of one record's answer; none where they aren't asked for. Used again for the next one.
#[derive(Debug, Default)]
pub struct PartitionKeys {
    wanted: bool,
    /// The day on which the record arrived.
    arrived: Date,
    /// Members of a JSON object.
    text: Vec<u8>,
}

/// What a document says, as far as it can be a key.
#[derive(Default)]
struct Found<'a> {
    dataset: Option<&'a str>,
    account: Option<&'a str>,
    region: Option<&'a str>,
    date: Option<&'a str>,
}

impl PartitionKeys {
    /// Keys of records, if they are `wanted`.
    #[must_use]
    pub fn new(wanted: bool) -> Self {
        Self {
            wanted,
            ..Self::default()
        }
    }

    /// Whether records have keys.
    #[must_use]
    pub fn wanted(&self) -> bool {
        self.wanted
    }

    /// Begins the next record, with the time of its arrival in milliseconds since 1970 as far as it is known.
    pub fn begin(&mut self, arrival: Option<i64>) {
        self.text.clear();
        if self.wanted {
            self.arrived = day::of_arrival(arrival);
        }
    }

    /// Takes the keys from the first document of the record's answer.
    pub fn read(&mut self, document: &[u8]) {
        if !self.wanted {
            return;
        }
        let mut found = Found::default();
        // Ends before the end of the document, once everything is found.
        let _ = found.read(document, self.arrived);
        self.text.clear();
        for (name, value) in [
            ("\"dataset\":\"", found.dataset),
            ("\",\"account\":\"", found.account),
            ("\",\"region\":\"", found.region),
            ("\",\"date\":\"", found.date),
        ] {
            self.text.extend_from_slice(name.as_bytes());
            self.text
                .extend_from_slice(value.unwrap_or(UNKNOWN).as_bytes());
        }
        self.text.push(b'"');
    }

    /// The keys as members of a JSON object; empty where there are none.
    #[must_use]
    pub fn members(&self) -> &[u8] {
        &self.text
    }
}

impl<'a> Found<'a> {
    fn read(&mut self, document: &'a [u8], arrived: Date) -> Result<(), Malformed> {
        Cursor::<Plain>::new(document).object(|cursor, key| match key {
            b"@timestamp" => {
                self.date = day::name(cursor.string()?, arrived);
                Ok(())
            }
            b"event" => cursor.object(|cursor, key| {
                if key != b"dataset" {
                    return cursor.value().map(|_| ());
                }
                self.dataset = dataset(cursor.string()?);
                Ok(())
            }),
            b"cloud" => {
                cursor.object(|cursor, key| match key {
                    b"account" => cursor.object(|cursor, key| {
                        if key != b"id" {
                            return cursor.value().map(|_| ());
                        }
                        self.account = account(cursor.string()?);
                        Ok(())
                    }),
                    b"region" => {
                        self.region = region(cursor.string()?);
                        Ok(())
                    }
                    _ => cursor.value().map(|_| ()),
                })?;
                // It stands behind the others in every document of ours.
                Err(Malformed)
            }
            _ => cursor.value().map(|_| ()),
        })
    }
}

fn dataset(text: &[u8]) -> Option<&'static str> {
    let names = Dataset::ALL.iter().map(|dataset| dataset.name());
    names.into_iter().find(|name| name.as_bytes() == text)
}

fn account(text: &[u8]) -> Option<&str> {
    let digits = text.len() == ACCOUNT_BYTES && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)
}

/// A text that looks like `eu-central-1`: whoever can write to a log group can name any region in an
/// event, and each would be a partition of its own.
fn region(text: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(text).ok()?;
    let mut parts = text.split('-');
    let number = parts.next_back()?;
    let mut words = 0;
    let named = parts.all(|part| {
        words += 1;
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase())
    });
    let looks_like_one = named
        && (2..=3).contains(&words)
        && matches!(
            number.as_bytes(),
            [b'0'..=b'9'] | [b'0'..=b'9', b'0'..=b'9']
        )
        && text.len() <= REGION_BYTES;
    looks_like_one.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(document: &str) -> String {
        let mut keys = PartitionKeys::new(true);
        keys.begin(Some(1_772_409_599_999));
        keys.read(document.as_bytes());
        assert!(keys.members().len() <= MOST_BYTES);
        String::from_utf8(keys.members().to_vec()).unwrap()
    }

    #[test]
    fn keys_are_those_of_the_document() {
        let document = r#"{"@timestamp":"2026-03-01T23:59:59.999Z","tributary":{"document_id":"x"},"event":{"kind":"event","dataset":"aws.cloudwatch_logs"},"cloud":{"provider":"aws","account":{"id":"333333333333"},"region":"us-gov-west-1"}}"#;
        assert_eq!(
            keys(document),
            r#""dataset":"aws.cloudwatch_logs","account":"333333333333","region":"us-gov-west-1","date":"2026-03-01""#
        );
    }

    #[test]
    fn what_is_missing_or_has_no_place_in_a_prefix_is_unknown() {
        let unknown =
            r#""dataset":"unknown","account":"unknown","region":"unknown","date":"unknown""#;
        for document in [
            "{}",
            "",
            "no JSON",
            r#"{"@timestamp":"+12026-03-01T00:00:00Z","event":{"dataset":"other"},"cloud":{"account":{"id":"../../etc/passwd"},"region":"a/../b"}}"#,
            r#"{"@timestamp":7,"event":{"dataset":null},"cloud":7}"#,
            r#"{"@timestamp":"","event":{"dataset":""},"cloud":{"account":{"id":""},"region":""}}"#,
            r#"{"cloud":{"region":"eu-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1"}}"#,
        ] {
            assert_eq!(keys(document), unknown, "{document}");
        }
    }

    #[test]
    fn without_being_asked_there_are_none() {
        let mut keys = PartitionKeys::new(false);
        keys.read(br#"{"event":{"dataset":"aws.vpcflow"}}"#);
        assert_eq!(keys.members(), b"");
    }

    #[test]
    fn every_name_of_a_dataset_has_its_room() {
        for dataset in Dataset::ALL {
            assert!(dataset.name().len() <= DATASET_BYTES);
        }
    }
}
