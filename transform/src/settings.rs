//! The function's settings, read once from environment variables.
//!
//! A wrong value is an error at start that names the variable and the remedy: a function that runs
//! on with a default nobody asked for would be found out much later, from its documents.

use std::time::Duration;

use crate::catalog::{Location, LocationError};
use crate::flow_logs::{Formats, FormatsError};
use crate::streams::{Target, TargetError};

/// The shape of a record's answer: the variable `OUTPUT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Output {
    /// All documents of a record, one a line, as gzip: for S3, where members concatenate to one file.
    #[default]
    NdjsonGzip,
    /// All documents of a record, one a line.
    Ndjson,
    /// One document a record, for destinations that take no more (OpenSearch); a record's other
    /// documents return to the source and come again by themselves.
    Document,
}

/// Everything that can be set.
#[derive(Debug, Default)]
pub struct Settings {
    /// `OUTPUT`.
    pub output: Output,
    /// `DOCUMENTS_TO`: where every answered document is sent once more, alone.
    pub documents_to: Option<Target>,
    /// `CATALOG`: where account names and flow-log formats are read from.
    pub catalog: Option<Location>,
    /// `CATALOG_REFRESH_SECONDS`: how long a catalog is used before a newer one is looked for.
    pub catalog_refresh: CatalogRefresh,
    /// `FLOW_LOG_FORMATS`: the flow log formats of log groups.
    pub flow_log_formats: Formats,
    /// `KEEP_ORIGINAL`: whether documents carry the original message.
    pub keep_original: bool,
    /// `PARTITION_KEYS`: whether answers carry keys for dynamic partitioning.
    pub partition_keys: bool,
    /// `COUNT_ACCOUNTS`: whether each account that sent has a line in the log.
    pub count_accounts: bool,
    /// `MAX_PAYLOAD_BYTES`: the largest decompressed payload, in bytes.
    pub max_payload_bytes: MaxPayloadBytes,
}

/// The largest decompressed payload, in bytes; 48 MiB unless set.
///
/// `PutLogEvents` takes batches of one MiB and CloudWatch Logs sends records of at most one MiB
/// gzipped, so honest payloads stay far below; what is above is a mistake or an attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxPayloadBytes(pub usize);

impl Default for MaxPayloadBytes {
    fn default() -> Self {
        Self(48 << 20)
    }
}

/// How long a catalog is used before a newer one is looked for; 15 minutes unless set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogRefresh(pub Duration);

impl Default for CatalogRefresh {
    fn default() -> Self {
        Self(Duration::from_mins(15))
    }
}

/// A setting that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// `OUTPUT` has an unknown value.
    #[error(
        "OUTPUT is {0:?}: set it to ndjson-gzip, ndjson or document, or leave it out for ndjson-gzip"
    )]
    Output(String),
    /// `DOCUMENTS_TO` is no stream.
    #[error("DOCUMENTS_TO: {0}")]
    DocumentsTo(#[from] TargetError),
    /// `CATALOG` is no place.
    #[error("CATALOG: {0}")]
    Catalog(#[from] LocationError),
    /// `CATALOG_REFRESH_SECONDS` is no usable time.
    #[error(
        "CATALOG_REFRESH_SECONDS is {0:?}: set it to a number of seconds from 1 to 86400 (a day)"
    )]
    CatalogRefresh(String),
    /// `FLOW_LOG_FORMATS` is not an object of formats.
    #[error("FLOW_LOG_FORMATS: {0}")]
    FlowLogFormats(#[from] FormatsError),
    /// A setting that is neither true nor false.
    #[error("{0} is {1:?}: set it to true or false")]
    Truth(&'static str, String),
    /// `MAX_PAYLOAD_BYTES` is no usable number.
    #[error(
        "MAX_PAYLOAD_BYTES is {0:?}: set it to a number of bytes from 1048576 (1 MiB) to 1073741824 (1 GiB)"
    )]
    MaxPayloadBytes(String),
}

impl Settings {
    /// Reads the settings of this process.
    ///
    /// # Errors
    /// The first wrong one, with its name and what to write instead.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::read(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// Reads the settings from `lookup`, which takes a variable's name. An empty value counts as none.
    ///
    /// # Errors
    /// The first wrong one, with its name and what to write instead.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let given = |name| {
            let value = lookup(name).map(|value| value.trim().to_owned());
            value.filter(|value| !value.is_empty())
        };
        Ok(Self {
            output: given("OUTPUT").map_or(Ok(Output::default()), |value| output(&value))?,
            documents_to: given("DOCUMENTS_TO")
                .map(|value| Target::from_arn(&value))
                .transpose()?,
            catalog: given("CATALOG")
                .map(|value| Location::parse(&value))
                .transpose()?,
            catalog_refresh: given("CATALOG_REFRESH_SECONDS")
                .map_or(Ok(CatalogRefresh::default()), refresh)?,
            flow_log_formats: given("FLOW_LOG_FORMATS")
                .map_or(Ok(Formats::default()), |value| Formats::parse(&value))?,
            keep_original: truth("KEEP_ORIGINAL", given("KEEP_ORIGINAL"))?,
            partition_keys: truth("PARTITION_KEYS", given("PARTITION_KEYS"))?,
            count_accounts: truth("COUNT_ACCOUNTS", given("COUNT_ACCOUNTS"))?,
            max_payload_bytes: given("MAX_PAYLOAD_BYTES")
                .map_or(Ok(MaxPayloadBytes::default()), payload_bytes)?,
        })
    }
}

fn output(value: &str) -> Result<Output, SettingsError> {
    match value {
        "ndjson-gzip" => Ok(Output::NdjsonGzip),
        "ndjson" => Ok(Output::Ndjson),
        "document" => Ok(Output::Document),
        other => Err(SettingsError::Output(other.to_owned())),
    }
}

fn truth(name: &'static str, value: Option<String>) -> Result<bool, SettingsError> {
    match value.as_deref() {
        Some("true" | "1") => Ok(true),
        Some("false" | "0") | None => Ok(false),
        Some(_) => Err(SettingsError::Truth(name, value.unwrap_or_default())),
    }
}

fn refresh(value: String) -> Result<CatalogRefresh, SettingsError> {
    match value.parse() {
        Ok(seconds @ 1..=86_400) => Ok(CatalogRefresh(Duration::from_secs(seconds))),
        _ => Err(SettingsError::CatalogRefresh(value)),
    }
}

fn payload_bytes(value: String) -> Result<MaxPayloadBytes, SettingsError> {
    match value.parse::<usize>() {
        Ok(bytes) if (1 << 20..=1 << 30).contains(&bytes) => Ok(MaxPayloadBytes(bytes)),
        _ => Err(SettingsError::MaxPayloadBytes(value)),
    }
}
