//! The setting `FLOW_LOG_FORMATS`: which log group has which format.

use globset::{Glob, GlobMatcher};
use serde::Deserialize;

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

/// A JSON object in the order it was written: the first glob that matches counts.
#[derive(Deserialize)]
struct Setting(std::collections::BTreeMap<String, String>);

impl Formats {
    /// Reads the setting: a JSON object from log group globs to formats. Where several globs match a
    /// log group, the longest counts.
    ///
    /// # Errors
    /// [`FormatsError`]
    pub fn parse(json: &str) -> Result<Self, FormatsError> {
        let Setting(setting) = serde_json::from_str(json)?;
        let mut entries: Vec<_> = setting.into_iter().collect();
        entries.sort_by_key(|(glob, _)| std::cmp::Reverse(glob.len()));
        let mut formats = Self::default();
        for (glob, text) in entries {
            let matcher = Glob::new(&glob)
                .map_err(|error| FormatsError::Glob(glob.clone(), error))?
                .compile_matcher();
            let format = Format::parse(&text).map_err(|error| FormatsError::Format(glob, error))?;
            formats.configured.push((matcher, format));
        }
        Ok(formats)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_glob_that_matches_counts() {
        let formats = Formats::parse(
            r#"{"*": "version", "/vpc/*": "srcaddr dstaddr", "/vpc/a": "start end action"}"#,
        )
        .unwrap();
        assert_eq!(formats.configured("/vpc/a").unwrap().columns.len(), 3);
        assert_eq!(formats.configured("/vpc/b").unwrap().columns.len(), 2);
        assert_eq!(formats.configured("other").unwrap().columns.len(), 1);
        assert!(Formats::default().configured("other").is_none());
        assert_eq!(Formats::default().default_format().columns.len(), 14);
    }

    #[test]
    fn a_wrong_setting_names_what_is_wrong() {
        let message = |json| Formats::parse(json).unwrap_err().to_string();
        assert!(message("[]").contains("JSON object"));
        assert!(message(r#"{"[": "version"}"#).contains("glob"));
        assert!(message(r#"{"/vpc": "version bogus"}"#).contains("bogus"));
    }
}
