//! The readable sources: a TOML file for each dashboard, one for the index patterns.

use crate::layout::project_root;
use anyhow::Context;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The dashboards in the order in which they are shown; each is a file of that name.
const DASHBOARDS: [&str; 7] = [
    "overview",
    "account",
    "flow-logs",
    "cloudtrail",
    "cis",
    "guardduty",
    "other-logs",
];

/// All sources.
#[derive(Debug)]
pub struct Sources {
    /// The index patterns, and the fields that are links.
    pub patterns: Patterns,
    /// The dashboards.
    pub dashboards: Vec<Dashboard>,
}

/// `index-patterns.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patterns {
    /// Fields whose values lead somewhere in Dashboards, with the address: `{{value}}` stands for
    /// the value.
    pub links: BTreeMap<String, String>,
    /// The patterns.
    #[serde(rename = "pattern")]
    pub patterns: Vec<Pattern>,
}

/// An index pattern.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// Its id as a saved object.
    pub id: String,
    /// The indices.
    pub title: String,
}

/// A dashboard.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dashboard {
    /// Its id as a saved object, and the start of the ids of its panels.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it answers.
    pub description: String,
    /// The id of the index pattern that it looks into.
    pub index: String,
    /// The start of the time range that it opens with (`now-7d`); without it, the range that is
    /// set stays.
    #[serde(default)]
    pub from: Option<String>,
    /// What the panels `counters` count.
    #[serde(default, rename = "counter")]
    pub counters: Vec<Counter>,
    /// Its panels, from left to right and from top to bottom.
    #[serde(rename = "panel")]
    pub panels: Vec<Panel>,
}

/// One thing that is counted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counter {
    /// What.
    pub label: String,
    /// The events, as a Lucene query.
    pub query: String,
}

/// A panel.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Panel {
    /// Its title, unique within the dashboard.
    pub title: String,
    /// How it is drawn.
    pub kind: Kind,
    /// Width of 48 columns, height in rows.
    pub size: [usize; 2],
    /// The events, as a Lucene query; empty for all.
    #[serde(default)]
    pub query: String,
    /// What is measured; without any, events are counted.
    #[serde(default)]
    pub metrics: Vec<Metric>,
    /// By what it is told apart, from the outside in.
    #[serde(default)]
    pub buckets: Vec<Bucket>,
    /// The label of the column by whose values a table is sorted where it is shown, the smallest
    /// first; without it, rows stand as the search server orders them, from the outside in.
    #[serde(default)]
    pub sorted: Option<String>,
    /// Markdown of a text.
    #[serde(default)]
    pub text: String,
    /// Columns of a list of events, beside the time.
    #[serde(default)]
    pub columns: Vec<String>,
}

/// How a panel is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Markdown.
    Text,
    /// Numbers.
    Metric,
    /// One number for each counter of the dashboard, as panels of their own.
    Counters,
    /// Vertical bars, stacked.
    Bars,
    /// Horizontal bars, stacked.
    HorizontalBars,
    /// A pie with a hole.
    Donut,
    /// Coloured cells.
    Heatmap,
    /// A table.
    Table,
    /// The events themselves.
    Events,
}

/// What is measured.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// `count`, `sum`, `max` or `cardinality`; `latest` for the value that the latest event has.
    pub of: String,
    /// Of which field; none for `count`.
    #[serde(default)]
    pub field: Option<String>,
    /// Its name.
    pub label: String,
}

/// By what events are told apart.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, tag = "by", rename_all = "kebab-case")]
pub enum Bucket {
    /// Their time.
    Time,
    /// The dashboard's counters.
    Counters,
    /// The values of a field.
    Field {
        /// The field.
        field: String,
        /// Its name.
        label: String,
        /// The most values.
        #[serde(default = "five")]
        size: usize,
        /// The number of the metric that orders them, from 1; 0 where the values themselves do.
        #[serde(default = "first")]
        order: usize,
        /// Whether the smallest come first.
        #[serde(default)]
        ascending: bool,
        /// What stands for events without the field; without it, they are left out.
        #[serde(default)]
        missing: Option<String>,
        /// Whether all that have no place among them are one more, `Other`. For the outermost.
        #[serde(default)]
        other: bool,
    },
}

const fn five() -> usize {
    5
}

const fn first() -> usize {
    1
}

impl Sources {
    /// Reads them all.
    ///
    /// # Errors
    /// When one can't be read, with its name.
    pub fn load() -> anyhow::Result<Self> {
        let folder = project_root().join("dashboards/saved-objects/source");
        let dashboards = DASHBOARDS.iter().map(|name| read(&folder, name));
        Ok(Self {
            patterns: read(&folder, "index-patterns")?,
            dashboards: dashboards.collect::<anyhow::Result<_>>()?,
        })
    }
}

fn read<T: DeserializeOwned>(folder: &Path, name: &str) -> anyhow::Result<T> {
    let file = folder.join(name).with_extension("toml");
    let text =
        fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is no dashboard", file.display()))
}
