//! Which log group has which format: by the setting `FLOW_LOG_FORMATS`, then by the catalog.

use std::cell::RefCell;
use std::sync::LazyLock;

use catalog::glob::{Glob, GlobError};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::catalog_formats::CatalogFormats;
use super::format::{DEFAULT, Format, FormatError};

/// The default format, made ready when the first document asks for it.
static DEFAULT_FORMAT: LazyLock<Format> = LazyLock::new(|| {
    // It consists of fields of the table: a test reads it.
    Format::parse(DEFAULT).unwrap_or_else(|error| unreachable!("{error}"))
});

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
    Glob(String, GlobError),
    /// A format with a mistake in it.
    #[error("the format of log group {0:?}: {1}")]
    Format(String, FormatError),
}

/// Formats by log group.
#[derive(Debug, Default)]
pub struct Formats {
    configured: Vec<(Glob, Format)>,
    catalog: CatalogFormats,
    /// What was found last: the events of an envelope have the same log group.
    last: RefCell<Option<Last>>,
}

/// A log group, and where its format stands.
#[derive(Debug, Default)]
struct Last {
    owner: Vec<u8>,
    region: Vec<u8>,
    log_group: Vec<u8>,
    found: Found,
}

/// Where a format stands.
#[derive(Debug, Default, Clone, Copy)]
enum Found {
    #[default]
    Nowhere,
    Configured(usize),
    Catalog(usize),
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
            .map(|(log_group, text)| {
                let glob = Glob::parse(log_group)
                    .map_err(|error| FormatsError::Glob(log_group.clone(), error))?;
                let format = Format::parse(text)
                    .map_err(|error| FormatsError::Format(log_group.clone(), error))?;
                Ok((glob, format))
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
        if let Ok(every) = Glob::parse("*") {
            formats.configured.push((every, Format::parse(text)?));
        }
        Ok(formats)
    }

    /// The format that was configured for a log group.
    #[must_use]
    pub fn configured(&self, log_group: &str) -> Option<&Format> {
        self.position(log_group).map(|at| &self.configured[at].1)
    }

    fn position(&self, log_group: &str) -> Option<usize> {
        self.configured
            .iter()
            .position(|(glob, _)| glob.matches(log_group))
    }

    /// Takes the formats of a catalog in place of those of the last one.
    pub fn use_catalog(&mut self, formats: CatalogFormats) {
        self.catalog = formats;
        self.last = RefCell::default();
    }

    /// The format of a log group: the configured one, or else that of the catalog. Texts are JSON
    /// string contents of the envelope; the region may be unknown (empty).
    #[must_use]
    pub fn of(&self, owner: &[u8], region: &[u8], log_group: &[u8]) -> Option<&Format> {
        if self.configured.is_empty() && self.catalog.is_empty() {
            return None;
        }
        let mut last = self.last.borrow_mut();
        let is_first = last.is_none();
        let last = last.get_or_insert_default();
        if is_first || last.log_group != log_group || last.owner != owner || last.region != region {
            last.found = self.find(owner, region, log_group);
            for (kept, text) in [
                (&mut last.owner, owner),
                (&mut last.region, region),
                (&mut last.log_group, log_group),
            ] {
                kept.clear();
                kept.extend_from_slice(text);
            }
        }
        match last.found {
            Found::Nowhere => None,
            Found::Configured(at) => Some(&self.configured[at].1),
            Found::Catalog(at) => Some(self.catalog.get(at)),
        }
    }

    fn find(&self, owner: &[u8], region: &[u8], log_group: &[u8]) -> Found {
        let [owner, region, log_group] =
            [owner, region, log_group].map(|text| String::from_utf8_lossy(text));
        if let Some(at) = self.position(&log_group) {
            return Found::Configured(at);
        }
        let found = self.catalog.find(&owner, &region, &log_group);
        found.map_or(Found::Nowhere, Found::Catalog)
    }

    /// The default format.
    #[must_use]
    pub fn default_format(&self) -> &Format {
        &DEFAULT_FORMAT
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
    fn the_setting_counts_before_the_catalog_and_a_new_catalog_before_the_last() {
        let entry = |format: &str| catalog::FlowLogFormat {
            log_group: "/vpc/*".to_owned(),
            format: Some(format.to_owned()),
            ..catalog::FlowLogFormat::default()
        };
        let mut formats = Formats::parse(r#"{"/vpc/a": "start end action"}"#).unwrap();
        let fields = |formats: &Formats, log_group: &str| {
            let found = formats.of(b"333333333333", b"", log_group.as_bytes());
            found.map(|format| format.columns.len())
        };
        assert_eq!(fields(&formats, "/vpc/b"), None);
        formats.use_catalog(CatalogFormats::new(vec![entry("srcaddr")]).0);
        assert_eq!(fields(&formats, "/vpc/b"), Some(1));
        assert_eq!(fields(&formats, "/vpc/a"), Some(3));
        formats.use_catalog(CatalogFormats::new(vec![entry("srcaddr dstaddr")]).0);
        assert_eq!(fields(&formats, "/vpc/a"), Some(3));
        assert_eq!(fields(&formats, "/vpc/b"), Some(2));
        assert_eq!(fields(&formats, "/app"), None);
    }

    #[test]
    fn a_format_for_all_is_that_of_a_log_group_that_nothing_is_known_of() {
        let formats = Formats::for_all("srcaddr dstaddr").unwrap();
        assert!(formats.of(b"", b"", b"").is_some());
        assert!(formats.of(b"", b"", b"/vpc").is_some());
    }

    #[test]
    fn a_wrong_setting_names_what_is_wrong() {
        let message = |json| Formats::parse(json).unwrap_err().to_string();
        assert!(message("[]").contains("JSON object"));
        assert!(message(r#"{"[": "version"}"#).contains("glob"));
        assert!(message(r#"{"/vpc": "version bogus"}"#).contains("bogus"));
    }
}
