//! Flow-log formats out of the catalog: by account, region and log group.
//!
//! Unlike those of the setting `FLOW_LOG_FORMATS`, they come while the function runs, written by
//! another program, perhaps a newer one: a format that can't be used is left out and told.

use std::collections::HashMap;

use catalog::FlowLogFormat;
use catalog::glob::matches;

use super::format::Format;

/// The catalog's formats, made ready.
#[derive(Debug, Default)]
pub struct CatalogFormats {
    entries: Vec<Entry>,
    /// Each format once, however many log groups have it.
    formats: Vec<Format>,
}

#[derive(Debug)]
struct Entry {
    account: Option<String>,
    region: Option<String>,
    log_group: String,
    /// Position in `formats`. An entry without keeps later ones from its log groups.
    format: Option<usize>,
}

impl CatalogFormats {
    /// Prepares the formats of a catalog. Returns them, and what is wrong with those that can't be
    /// used: log groups that these would match are read as if they had no format.
    #[must_use]
    pub fn new(entries: Vec<FlowLogFormat>) -> (Self, Vec<String>) {
        let mut made = Self::default();
        let mut problems = Vec::new();
        let mut known: HashMap<String, Option<usize>> = HashMap::new();
        for entry in entries {
            let format = entry.format.and_then(|text| {
                *known.entry(text).or_insert_with_key(|text| {
                    let format = Format::parse(text).map_err(|error| {
                        problems.push(format!(
                            "the format of log group {:?}: {error}",
                            entry.log_group
                        ));
                    });
                    made.formats.push(format.ok()?);
                    Some(made.formats.len() - 1)
                })
            });
            made.entries.push(Entry {
                account: entry.account,
                region: entry.region,
                log_group: entry.log_group,
                format,
            });
        }
        (made, problems)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The format at a position that [`find`](Self::find) returned.
    pub(super) fn get(&self, at: usize) -> &Format {
        &self.formats[at]
    }

    /// The position of the format of a log group's flow logs. The envelope doesn't name the region, so
    /// that it may be unknown (empty): then entries that would say different things say nothing, since
    /// a line in the wrong format would become a wrong document.
    pub(super) fn find(&self, account: &str, region: &str, log_group: &str) -> Option<usize> {
        let mut first: Option<&Entry> = None;
        for entry in &self.entries {
            let elsewhere = entry.account.as_deref().is_some_and(|id| id != account)
                || (!region.is_empty()
                    && entry.region.as_deref().is_some_and(|name| name != region))
                || !matches(entry.log_group.as_bytes(), log_group.as_bytes());
            if elsewhere {
                continue;
            }
            if first.is_some_and(|first| first.format != entry.format) {
                return None;
            }
            let certain = !region.is_empty() || entry.region.is_none();
            if certain {
                return entry.format;
            }
            first = first.or(Some(entry));
        }
        first?.format
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(account: &str, region: &str, log_group: &str, format: &str) -> FlowLogFormat {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        FlowLogFormat {
            account: given(account),
            region: given(region),
            log_group: log_group.to_owned(),
            format: given(format),
        }
    }

    /// How many fields the format has that is found.
    fn fields(formats: &CatalogFormats, account: &str, region: &str, group: &str) -> Option<usize> {
        let found = formats.find(account, region, group)?;
        Some(formats.get(found).columns.len())
    }

    #[test]
    fn the_first_entry_that_matches_account_and_log_group_counts() {
        let (formats, problems) = CatalogFormats::new(vec![
            entry("333333333333", "", "/vpc/a", "version"),
            entry("", "", "/vpc/none", ""),
            entry("", "", "/vpc/*", "version srcaddr"),
        ]);
        assert!(problems.is_empty());
        assert_eq!(fields(&formats, "333333333333", "", "/vpc/a"), Some(1));
        assert_eq!(fields(&formats, "444444444444", "", "/vpc/a"), Some(2));
        assert_eq!(fields(&formats, "444444444444", "", "/vpc/none"), None);
        assert_eq!(fields(&formats, "444444444444", "", "/app"), None);
    }

    #[test]
    fn where_the_region_is_unknown_entries_that_differ_say_nothing() {
        let (formats, _) = CatalogFormats::new(vec![
            entry("", "eu-central-1", "/vpc", "version"),
            entry("", "us-east-1", "/vpc", "version srcaddr"),
            entry("", "eu-central-1", "/same", "version"),
            entry("", "us-east-1", "/same", "version"),
        ]);
        assert_eq!(fields(&formats, "", "us-east-1", "/vpc"), Some(2));
        assert_eq!(fields(&formats, "", "eu-west-1", "/vpc"), None);
        assert_eq!(fields(&formats, "", "", "/vpc"), None);
        assert_eq!(fields(&formats, "", "", "/same"), Some(1));
    }

    #[test]
    fn a_format_that_can_not_be_used_is_told_and_leaves_its_log_groups_without_one() {
        let (formats, problems) = CatalogFormats::new(vec![
            entry("", "", "/vpc/new", "version bogus-field"),
            entry("", "", "/vpc/*", "version srcaddr"),
        ]);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].contains("/vpc/new") && problems[0].contains("bogus-field"));
        assert_eq!(
            fields(&formats, "", "", "/vpc/new"),
            None,
            "and none that isn't theirs"
        );
        assert_eq!(fields(&formats, "", "", "/vpc/old"), Some(2));
    }
}
