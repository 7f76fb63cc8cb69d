//! What Firehose hands to the function.
//!
//! Everything is optional: AWS's own samples leave fields out, misspell them (`deliverySteamArn`)
//! and differ in their types (`subsequenceNumber`). A record that is nonsense spoils nothing but
//! itself: only a body that is no JSON object with records is an error of the whole event.
//!
//! The format: AWS, "Transform source data in Amazon Data Firehose" and "Using AWS Lambda with
//! Amazon Data Firehose".

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// One invocation's records. Texts are borrowed from the body wherever they hold no escapes.
#[derive(Debug, serde::Deserialize)]
pub struct FirehoseEvent<'a> {
    /// Differs in each retry of the same records.
    #[serde(rename = "invocationId", borrow, default)]
    pub invocation_id: Text<'a>,
    /// The delivery stream that calls.
    #[serde(
        rename = "deliveryStreamArn",
        alias = "deliverySteamArn",
        borrow,
        default
    )]
    pub delivery_stream_arn: Text<'a>,
    /// The Kinesis stream that the delivery stream reads, where it reads one.
    #[serde(rename = "sourceKinesisStreamArn", borrow, default)]
    pub source_stream_arn: Text<'a>,
    /// The records, in their order.
    #[serde(borrow)]
    pub records: Vec<Lenient<Record<'a>>>,
}

/// One record of a [`FirehoseEvent`].
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Record<'a> {
    /// Opaque, up to some 170 characters; Firehose finds the answer by it.
    #[serde(rename = "recordId", borrow)]
    pub id: Text<'a>,
    /// When the record reached Firehose or its Kinesis stream.
    #[serde(rename = "approximateArrivalTimestamp")]
    pub arrival: Millis,
    /// The record's bytes in base64.
    #[serde(borrow)]
    pub data: Text<'a>,
    /// Where the record stands in its Kinesis stream.
    #[serde(rename = "kinesisRecordMetadata", borrow)]
    pub kinesis: Lenient<KinesisMetadata<'a>>,
}

/// `kinesisRecordMetadata` of a [`Record`]: of its fields, the one that is needed.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct KinesisMetadata<'a> {
    /// The key under which the record was put.
    #[serde(rename = "partitionKey", borrow)]
    pub partition_key: Text<'a>,
}

/// The body is no Firehose event.
#[derive(Debug, thiserror::Error)]
#[error(
    "this is not a Firehose event ({0}): let nothing but Firehose delivery streams call this function"
)]
pub struct EventError(serde_json::Error);

impl<'a> FirehoseEvent<'a> {
    /// Reads an invocation's body.
    ///
    /// # Errors
    /// [`EventError`] where `body` is no JSON object with a list of records.
    pub fn parse(body: &'a [u8]) -> Result<Self, EventError> {
        serde_json::from_slice(body).map_err(EventError)
    }
}

/// A field that should be a text and may be anything.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Text<'a> {
    /// Left out, or null.
    #[default]
    Absent,
    /// As it should be.
    Text(Cow<'a, str>),
    /// A number, a list, an object.
    Other,
}

impl Text<'_> {
    /// The text, where it is one and not empty.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }
}

/// Milliseconds since 1970, UTC; nothing in place of anything but an integer.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Millis(pub Option<i64>);

/// An object, or `T::default()` in place of anything else.
#[derive(Debug, Default)]
pub struct Lenient<T>(pub T);

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything(PhantomData))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything(PhantomData))
    }
}

/// What one kind of JSON value means for a field that takes all kinds: its default, unless it says otherwise.
trait FromAny<'de>: Default {
    fn from_text(_: Cow<'de, str>) -> Self {
        Self::from_other()
    }
    fn from_map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        IgnoredAny.visit_map(map).map(|_| Self::from_other())
    }
    fn from_integer(_: i64) -> Self {
        Self::from_other()
    }
    fn from_other() -> Self {
        Self::default()
    }
}

impl<'de: 'a, 'a> FromAny<'de> for Text<'a> {
    fn from_text(text: Cow<'de, str>) -> Self {
        Self::Text(text)
    }
    fn from_other() -> Self {
        Self::Other
    }
}

impl FromAny<'_> for Millis {
    fn from_integer(millis: i64) -> Self {
        Self(Some(millis))
    }
}

impl<'de, T: Deserialize<'de> + Default> FromAny<'de> for Lenient<T> {
    fn from_map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Self)
    }
}

struct Anything<T>(PhantomData<T>);

impl<'de, T: FromAny<'de>> Visitor<'de> for Anything<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<T, E> {
        Ok(T::from_text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::from_text(Cow::Owned(text.to_owned())))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::from_map(map)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<T, A::Error> {
        IgnoredAny.visit_seq(seq).map(|_| T::from_other())
    }
    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }
    fn visit_bool<E>(self, _: bool) -> Result<T, E> {
        Ok(T::from_other())
    }
    fn visit_i64<E>(self, number: i64) -> Result<T, E> {
        Ok(T::from_integer(number))
    }
    fn visit_u64<E>(self, number: u64) -> Result<T, E> {
        Ok(i64::try_from(number).map_or_else(|_| T::from_other(), T::from_integer))
    }
    fn visit_f64<E>(self, _: f64) -> Result<T, E> {
        Ok(T::from_other())
    }
}
