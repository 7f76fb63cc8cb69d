//! Formats of flow logs: which field stands at which place of a line.

use super::FIELDS;
use crate::document::{Kind, Table};

/// The fields of a flow log of version 2 that nobody configured otherwise.
pub const DEFAULT: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

/// A flow log format that isn't one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// A field that no version of flow logs has.
    #[error(
        "{0:?} is no field of VPC flow logs: check the format against the LogFormat that DescribeFlowLogs shows"
    )]
    UnknownField(String),
    /// No field at all.
    #[error(
        "the flow log format is empty: write its fields like \"version account-id interface-id srcaddr\""
    )]
    Empty,
}

/// A format, made ready.
#[derive(Debug)]
pub struct Format {
    /// For each place of a line, the rows that its value goes to.
    pub(super) columns: Vec<Vec<(usize, Kind)>>,
    pub(super) table: Table,
}

impl Format {
    /// Reads a format as `CreateFlowLogs` takes it (`${version} ${account-id}`) or with bare names.
    ///
    /// # Errors
    /// [`FormatError`] where a name is no field of flow logs.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let names: Vec<&str> = text.split_whitespace().map(bare_name).collect();
        if names.is_empty() {
            return Err(FormatError::Empty);
        }
        let columns = names
            .iter()
            .map(|name| column(name))
            .collect::<Result<_, _>>()?;
        let table = Table::of_some(FIELDS, |row| {
            row.source.is_empty() || names.contains(&row.source)
        });
        Ok(Self { columns, table })
    }

    /// How many fields a line has.
    #[must_use]
    pub fn fields(&self) -> usize {
        self.columns.len()
    }
}

fn bare_name(name: &str) -> &str {
    name.strip_prefix("${")
        .and_then(|name| name.strip_suffix('}'))
        .unwrap_or(name)
}

fn column(name: &str) -> Result<Vec<(usize, Kind)>, FormatError> {
    let rows: Vec<_> = FIELDS.iter().filter(|row| row.source == name).collect();
    if rows.is_empty() {
        return Err(FormatError::UnknownField(name.to_owned()));
    }
    // A target that a common row has too is filled at that row.
    let first = |target: &str| {
        FIELDS
            .iter()
            .position(|row| row.target == target)
            .unwrap_or_default()
    };
    Ok(rows
        .into_iter()
        .map(|row| (first(row.target), row.kind))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_write_a_format_mean_the_same() {
        let bare = Format::parse("srcaddr dstaddr").unwrap();
        let dollar = Format::parse("${srcaddr}  ${dstaddr}").unwrap();
        assert_eq!(bare.columns, dollar.columns);
    }

    #[test]
    fn an_unknown_field_is_refused_with_its_name() {
        assert_eq!(
            Format::parse("version bogus").unwrap_err(),
            FormatError::UnknownField("bogus".to_owned())
        );
        assert_eq!(Format::parse("  ").unwrap_err(), FormatError::Empty);
    }
}
