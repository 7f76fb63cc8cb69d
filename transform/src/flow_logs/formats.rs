//! The setting `FLOW_LOG_FORMATS`: which log group has which format.

use globset::{Glob, GlobMatcher};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::format::{DEFAULT, Format, FormatError};

/// A wrong `FLOW_LOG_FORMATS`.
#[derive(Debug, thiserror::Error)]
pub enum FormatsError {
    /// Not an object of strings.
    #[error(
        "it must be a JSON object of log group globs and formats, like {{\"/vpc/*\": \"${{version}} ${{srcaddr}}\"}}: {0}"
    )]
    NotAnObject(#[from] serde_json::Error),
    /// A log group that can't be matched.
    #[error("the log group {0:?} is no valid glob: {1}")]
    Glob(String, globset::Error),
    /// A format with a mistake in it.
    #[error("the format of log group {0:?}: {1}")]
    Format(String, FormatError),
}

/// Formats by log group.
#[derive(Debug)]
pub struct Formats {
    configured: Vec<(GlobMatcher, Format)>,
    default: Format,
}

impl Default for Formats {
    fn default() -> Self {
        // The default format consists of fields of the table: a test reads it.
        let default = Format::parse(DEFAULT).unwrap_or_else(|error| unreachable!("{error}"));
        Self {
            configured: Vec::new(),
            default,
        }
    }
}

impl Formats {
    /// Reads the setting: a JSON object from log group globs to formats. Where several globs match a
    /// log group, the one written first counts.
    ///
    /// # Errors
    /// [`FormatsError`]
    pub fn parse(json: &str) -> Result<Self, FormatsError> {
        let InOrder(pairs) = serde_json::from_str(json)?;
        Self::of_pairs(&pairs)
    }

    /// Prepares pairs of a log group glob and a format; the first glob that matches a log group counts.
    ///
    /// # Errors
    /// [`FormatsError`]
    fn of_pairs(pairs: &[(String, String)]) -> Result<Self, FormatsError> {
        let configured = pairs
            .iter()
            .map(|(glob, text)| {
                let glob =
                    Glob::new(glob).map_err(|error| FormatsError::Glob(glob.clone(), error))?;
                let format = Format::parse(text)
                    .map_err(|error| FormatsError::Format(glob.glob().to_owned(), error))?;
                Ok((glob.compile_matcher(), format))
            })
            .collect::<Result<_, FormatsError>>()?;
        Ok(Self {
            configured,
            ..Self::default()
        })
    }

    /// One format for every log group.
    ///
    /// # Errors
    /// [`FormatError`]
    pub fn for_all(text: &str) -> Result<Self, FormatError> {
        let mut formats = Self::default();
        if let Ok(glob) = Glob::new("*") {
            formats
                .configured
                .push((glob.compile_matcher(), Format::parse(text)?));
        }
        Ok(formats)
    }

    /// The format that was configured for a log group.
    #[must_use]
    pub fn configured(&self, log_group: &str) -> Option<&Format> {
        self.configured
            .iter()
            .find(|(glob, _)| glob.is_match(log_group))
            .map(|(_, format)| format)
    }

    /// The default format.
    #[must_use]
    pub fn default_format(&self) -> &Format {
        &self.default
    }
}

/// A JSON object's pairs as they stand.
struct InOrder(Vec<(String, String)>);

impl<'de> Deserialize<'de> for InOrder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = InOrder;
            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object of log group globs and formats")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<InOrder, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(InOrder(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_glob_that_matches_counts() {
        let json = r#"{"/vpc/a": "start end action", "/vpc/*": "srcaddr dstaddr"}"#;
        let formats = Formats::parse(json).unwrap();
        assert_eq!(formats.configured("/vpc/a").unwrap().columns.len(), 3);
        assert_eq!(formats.configured("/vpc/b").unwrap().columns.len(), 2);
        assert!(formats.configured("other").is_none());
        assert_eq!(formats.default_format().columns.len(), 14);
    }

    #[test]
    fn a_wrong_setting_names_what_is_wrong() {
        let message = |json| Formats::parse(json).unwrap_err().to_string();
        assert!(message("[]").contains("JSON object"));
        assert!(message(r#"{"[": "version"}"#).contains("glob"));
        assert!(message(r#"{"/vpc": "version bogus"}"#).contains("bogus"));
    }
}
