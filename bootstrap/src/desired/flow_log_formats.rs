//! The formats of flow logs that were read from the accounts, for the catalog.

use std::collections::{BTreeMap, BTreeSet};

use catalog::glob::matches;
use catalog::{Catalog, FlowLogFormat};

use crate::config::Config;
use crate::names::AccountId;
use crate::observed::FlowLogsObserved;

/// The format of flow logs for which none was chosen (VPC User Guide, "Flow log records", version 2).
pub const DEFAULT_FORMAT: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} \
     ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

/// The formats of the flow logs of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountFormats {
    /// By log group and region: the format, or nothing where the flow logs in the log group disagree.
    of_group: BTreeMap<String, BTreeMap<String, Option<String>>>,
    /// Regions that couldn't be read.
    unread: BTreeSet<String>,
    /// The entry of the log groups that are created with a format of their own.
    created: Option<FlowLogFormat>,
}

impl AccountFormats {
    /// Takes what was read in an account. Log groups whose source names a format, and those that no
    /// source wants, are left out.
    pub fn new(config: &Config, observed: &FlowLogsObserved) -> Self {
        let mut made = Self {
            created: created(config),
            ..Self::default()
        };
        for (region, read) in &observed.flow_logs {
            let Ok(flow_logs) = read else {
                made.unread.insert(region.clone());
                continue;
            };
            for flow_log in flow_logs {
                let Some(group) = &flow_log.log_group else {
                    continue;
                };
                let format = flow_log.format.split_whitespace();
                let format = format.collect::<Vec<_>>().join(" ");
                if format.is_empty() || !is_wanted(config, group) {
                    continue;
                }
                let regions = made.of_group.entry(group.clone()).or_default();
                let known = regions
                    .entry(region.clone())
                    .or_insert_with(|| Some(format.clone()));
                if known.as_ref() != Some(&format) {
                    *known = None;
                }
            }
        }
        made
    }

    /// What to tell about log groups into which flow logs of several formats are written.
    pub fn notes(&self) -> Vec<String> {
        let groups = self.of_group.iter().flat_map(|(group, regions)| {
            let disagreeing = regions.iter().filter(|(_, format)| format.is_none());
            disagreeing.map(move |(region, _)| {
                format!(
                    "flow logs of several formats are written into {group} in {region}, so that only those of the \
                     default format are read as such: give each format a log group of its own"
                )
            })
        });
        groups.collect()
    }

    /// The format that a log group has without an entry of its own.
    fn known(&self, group: &str) -> &str {
        let created = self.created.as_ref();
        let created = created.filter(|entry| matches(entry.log_group.as_bytes(), group.as_bytes()));
        let format = created.and_then(|entry| entry.format.as_deref());
        format.unwrap_or(DEFAULT_FORMAT)
    }

    /// Entries of the catalog. The envelope of an event doesn't name its region: where all regions
    /// agree, the entry has none.
    fn entries(&self, account: &AccountId, there: Option<&Catalog>) -> Vec<FlowLogFormat> {
        let entry = |region: Option<&String>, group: &String, format: &Option<String>| {
            let format = format.clone();
            FlowLogFormat {
                account: Some(account.to_string()),
                region: region.cloned(),
                log_group: group.clone(),
                format,
            }
        };
        let mut entries = Vec::new();
        for (group, regions) in &self.of_group {
            let distinct: BTreeSet<_> = regions.values().collect();
            match distinct.first() {
                Some(only) if distinct.len() == 1 && only.as_deref() == Some(self.known(group)) => {
                }
                Some(only) if distinct.len() == 1 && self.unread.is_empty() => {
                    entries.push(entry(None, group, only));
                }
                _ => entries.extend(
                    regions
                        .iter()
                        .map(|(region, format)| entry(Some(region), group, format)),
                ),
            }
        }
        let before = there.map_or(&[][..], |there| there.flow_log_formats.as_slice());
        let before = before.iter().filter(|old| is_of(old, account));
        for old in before {
            let unread = self.unread.iter();
            let unread = unread.filter(|region| old.region.as_ref().is_none_or(|of| of == *region));
            entries.extend(unread.map(|region| FlowLogFormat {
                region: Some(region.clone()),
                ..old.clone()
            }));
        }
        entries
    }
}

/// The entries of the accounts that were `read`, and of those that weren't: what the catalog that is
/// `there` says of them, as long as they are among `accounts`.
pub fn observed_formats<'a>(
    config: &Config,
    read: &BTreeMap<AccountId, AccountFormats>,
    accounts: impl Iterator<Item = &'a AccountId>,
    there: Option<&Catalog>,
) -> Vec<FlowLogFormat> {
    if !config.needs_formats() {
        return Vec::new();
    }
    let accounts: BTreeSet<_> = accounts.collect();
    let entries = accounts.into_iter().flat_map(|account| {
        read.get(account).map_or_else(
            || {
                let before = there.map_or(&[][..], |there| there.flow_log_formats.as_slice());
                let before = before.iter().filter(|old| is_of(old, account));
                before.cloned().collect()
            },
            |formats| formats.entries(account, there),
        )
    });
    let wanted = entries.filter(|entry| is_wanted(config, &entry.log_group));
    wanted.chain(created(config)).collect()
}

/// The entry for flow logs that are created with a format: from their first line on it is known.
fn created(config: &Config) -> Option<FlowLogFormat> {
    let settings = config.flow_logs.as_ref().filter(|made| made.create)?;
    let format = settings.format.as_ref()?;
    let log_group = settings.log_groups();
    is_wanted(config, &settings.log_group("vpc-0")).then(|| FlowLogFormat {
        log_group,
        format: Some(format.split_whitespace().collect::<Vec<_>>().join(" ")),
        ..FlowLogFormat::default()
    })
}

fn is_of(entry: &FlowLogFormat, account: &AccountId) -> bool {
    entry.account.as_deref() == Some(account.as_str())
}

/// Whether the format in a log group has to be found out: a source wants it, and names none.
fn is_wanted(config: &Config, log_group: &str) -> bool {
    config
        .source_of(log_group)
        .is_some_and(|source| source.flow_log_format.is_none())
}
