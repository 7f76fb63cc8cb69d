//! `[catalog]`, and the formats of flow logs that go into it.

use std::collections::BTreeSet;

use ::catalog::Location;
use serde::Deserialize;

use super::{ConfigError, Dataset};

/// `[catalog]`: what is written for the function that makes documents.
#[derive(Debug, Clone)]
pub struct CatalogSettings {
    /// Where it is written to.
    pub location: Location,
    /// Which tags of accounts stand in it.
    pub tags: Tags,
}

/// Tags of accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tags {
    /// Every tag.
    All,
    /// Those with these keys; none where there are none.
    Some(BTreeSet<String>),
}

impl Tags {
    /// Whether the tag with that key is one of them.
    pub fn contain(&self, key: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(keys) => keys.contains(key),
        }
    }

    /// Whether there are none.
    pub fn are_none(&self) -> bool {
        matches!(self, Self::Some(keys) if keys.is_empty())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CatalogTable {
    location: String,
    tags: Option<BTreeSet<String>>,
}

impl CatalogTable {
    pub(super) fn check(self) -> Result<CatalogSettings, ConfigError> {
        let location = Location::parse(&self.location).map_err(|_| {
            let problem = format!("is {:?}", self.location);
            let remedy = "write s3://BUCKET/KEY, the object's ARN, or a file's absolute path";
            ConfigError::value("catalog.location", problem, remedy)
        })?;
        Ok(CatalogSettings {
            location,
            tags: self.tags.map_or(Tags::All, Tags::Some),
        })
    }
}

/// Checks the shape of a format. Which fields there are is known to the function, which says so where
/// one of them isn't.
pub(super) fn flow_log_format(
    index: usize,
    dataset: Dataset,
    text: String,
) -> Result<String, ConfigError> {
    let key = format!("source[{index}].flow_log_format");
    if dataset != Dataset::FlowLogs {
        let problem = format!("stands in a source of the dataset {dataset}");
        return Err(ConfigError::value(
            key,
            problem,
            "take it out, or write dataset = \"flow-logs\"",
        ));
    }
    format_fields(&key, &text)?;
    Ok(text)
}

/// Checks that a format is a list of fields, as EC2 writes it.
pub(super) fn format_fields(key: &str, text: &str) -> Result<(), ConfigError> {
    let name = |field: &str| {
        let field = field
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'))
            .unwrap_or(field);
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !field.is_empty() && field.bytes().all(plain)
    };
    let wrong = text.split_whitespace().find(|field| !name(field));
    let problem = match wrong {
        Some(field) => format!("holds {field:?}"),
        None if text.trim().is_empty() => "is empty".to_owned(),
        None => return Ok(()),
    };
    let remedy = "write it as DescribeFlowLogs shows it (LogFormat), like \"${version} ${srcaddr} ${dstaddr}\"";
    Err(ConfigError::value(key, problem, remedy))
}
