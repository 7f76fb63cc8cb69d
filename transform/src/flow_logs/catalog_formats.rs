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
    /// Entries for any account.
    of_all: Vec<Entry>,
    /// Entries for one account: an organization has thousands, a log group is held against few.
    of_account: HashMap<String, Vec<Entry>>,
    /// Each format once, however many log groups have it.
    formats: Vec<Format>,
}

#[derive(Debug)]
struct Entry {
    /// Where it stood among all entries.
    rank: usize,
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
        for (rank, entry) in entries.into_iter().enumerate() {
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
            let list = match entry.account {
                Some(account) => made.of_account.entry(account).or_default(),
                None => &mut made.of_all,
            };
            list.push(Entry {
                rank,
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
        self.of_all.is_empty() && self.of_account.is_empty()
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.of_all.len() + self.of_account.values().map(Vec::len).sum::<usize>()
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
        for entry in self.candidates(account) {
            let elsewhere = (!region.is_empty()
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

    /// The entries that can be about an account, in the order in which they stood.
    fn candidates(&self, account: &str) -> impl Iterator<Item = &Entry> {
        let of_account = self.of_account.get(account).map_or(&[][..], Vec::as_slice);
        let mut own = of_account.iter().peekable();
        let mut all = self.of_all.iter().peekable();
        std::iter::from_fn(move || match (own.peek(), all.peek()) {
            (Some(one), Some(other)) if other.rank < one.rank => all.next(),
            (Some(_), _) => own.next(),
            (None, _) => all.next(),
        })
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
    fn entries_of_one_account_and_of_all_count_in_the_order_in_which_they_stand() {
        let (formats, _) = CatalogFormats::new(vec![
            entry("", "", "/vpc/early-*", "version"),
            entry("333333333333", "", "/vpc/*", "version srcaddr"),
            entry("444444444444", "", "/vpc/x", "version srcaddr dstaddr"),
            entry("", "", "/vpc/*", "version srcaddr dstaddr action"),
        ]);
        assert_eq!(formats.len(), 4);
        for (account, group, wanted) in [
            ("333333333333", "/vpc/early-1", 1),
            ("333333333333", "/vpc/x", 2),
            ("444444444444", "/vpc/x", 3),
            ("444444444444", "/vpc/y", 4),
            ("555555555555", "/vpc/x", 4),
        ] {
            assert_eq!(
                fields(&formats, account, "", group),
                Some(wanted),
                "{account} {group}"
            );
        }
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
