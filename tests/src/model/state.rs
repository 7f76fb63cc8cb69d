//! What there is in a stand-in, read from its dump.

use serde_json::Value;

use crate::bootstrap::{LOGGING, State};

/// A log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub account: String,
    pub region: String,
    pub name: String,
    pub standard: bool,
}

/// A subscription filter.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    pub account: String,
    pub region: String,
    pub group: String,
    pub name: String,
    /// As it was dumped.
    pub parts: Value,
}

impl Filter {
    /// Whether it leads to the destination of `bootstrap` under a name of its own.
    pub(super) fn is_ours(&self) -> bool {
        self.name.starts_with("tributary-") && self.parts["to"] == destination(&self.region)
    }
}

/// ARN of the destination of `bootstrap`.
pub(super) fn destination(region: &str) -> String {
    format!("arn:aws:logs:{region}:{LOGGING}:destination:tributary")
}

/// The log groups.
pub(super) fn groups(state: &State) -> Vec<Group> {
    let of = |(key, value): (&String, &String)| match *key.split(' ').collect::<Vec<_>>() {
        [account, region, "log", "group", name] => Some(Group {
            account: account.to_owned(),
            region: region.to_owned(),
            name: name.to_owned(),
            standard: json(value)["class"] == "STANDARD",
        }),
        _ => None,
    };
    state.iter().filter_map(of).collect()
}

/// The filters.
pub(super) fn filters(state: &State) -> Vec<Filter> {
    let of = |(key, value): (&String, &String)| match *key.split(' ').collect::<Vec<_>>() {
        [account, region, "log", "group", group, "filter", name] => Some(Filter {
            account: account.to_owned(),
            region: region.to_owned(),
            group: group.to_owned(),
            name: name.to_owned(),
            parts: json(value),
        }),
        _ => None,
    };
    state.iter().filter_map(of).collect()
}

/// Accounts and Regions in which there is a policy for all log groups, and its name.
pub(super) fn account_policies(state: &State) -> Vec<(String, String, String)> {
    let of = |key: &String| match *key.split(' ').collect::<Vec<_>>() {
        [account, region, "account", "policy", name] => {
            Some((account.to_owned(), region.to_owned(), name.to_owned()))
        }
        _ => None,
    };
    state.keys().filter_map(of).collect()
}

/// The roles of `bootstrap`: account, name and what was dumped.
pub(super) fn our_roles(state: &State) -> Vec<(String, String, Value)> {
    let of = |(key, value): (&String, &String)| match *key.split(' ').collect::<Vec<_>>() {
        [account, "role", name] if name.starts_with("tributary-") => {
            Some((account.to_owned(), name.to_owned(), json(value)))
        }
        _ => None,
    };
    state.iter().filter_map(of).collect()
}

/// Whether an account is closed.
pub(super) fn is_closed(state: &State, account: &str) -> bool {
    let entry = state.get(&format!("{account} account"));
    entry.is_some_and(|entry| entry.contains(" SUSPENDED "))
}

/// A text as JSON; nothing where it is none.
pub(super) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
