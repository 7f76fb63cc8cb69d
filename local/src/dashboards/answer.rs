//! What the search server answers for a panel, as rows.

use super::other::Other;
use super::read::{Aggregation, Panel};
use super::request::{self, MISSING, Range};
use crate::demo::search::Server;
use anyhow::{Context, ensure};
use serde::Serialize;
use serde_json::Value;
use std::cmp::Ordering;

/// One row: the keys of its buckets, from the outside in, then its metrics.
pub type Row = Vec<Value>;

/// A column of an answer.
#[derive(Debug, Clone, Serialize)]
pub struct Column {
    /// Its name.
    pub label: String,
    /// `metric`, `segment`, `group` or `bucket`; `field` in a list of events.
    pub schema: String,
    /// The type of its aggregation; empty in a list of events.
    pub kind: String,
}

/// The answer for a panel.
#[derive(Debug, Default, Serialize)]
pub struct Answer {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// The length of a step of time, in milliseconds.
    pub interval: i64,
}

impl Answer {
    /// Asks for a panel: over all times, or, where it draws events over time, over the day with the
    /// most. Nothing for a text.
    ///
    /// # Errors
    /// When the server refuses the question or part of its indices fails.
    pub fn of(panel: &Panel, server: &Server) -> anyhow::Result<Option<Self>> {
        let Some(index) = &panel.index else {
            return Ok(None);
        };
        let ask = |body: &Value| {
            ask(server, index, body)
                .with_context(|| format!("the panel {} ({})", panel.title, panel.id))
        };
        let over_time = panel.buckets().any(|b| b.kind == "date_histogram");
        let range = if over_time {
            let days = ask(&request::busiest_day(panel))?;
            let Some(range) = range(&days["aggregations"]["days"]["buckets"][0]) else {
                return Ok(Some(Self::default()));
            };
            range
        } else {
            Range::ALL
        };
        let answer = ask(&request::search(panel, range))?;
        let (columns, mut rows) = if panel.kind == "search" {
            (fields(panel), events(panel, &answer))
        } else {
            (columns(panel), rows(panel, &answer))
        };
        if let Some(other) = Other::of(panel) {
            let rest = ask(&other.search(range, &answer))?;
            let name = other.bucket.text("otherBucketLabel");
            rows.extend(others(&other.panel, name, &rest));
        }
        if let Some(column) = panel.sorted {
            rows.sort_by(|one, two| order(&one[column], &two[column]));
        }
        Ok(Some(Self {
            columns,
            rows,
            interval: range.interval(),
        }))
    }

    /// Why there is nothing to see, if so: there is no row, or one that counts nothing, or a number
    /// that stands alone is zero.
    #[must_use]
    pub fn emptiness(&self) -> Option<String> {
        if self.rows.is_empty() {
            return Some("no row".to_owned());
        }
        let is_metric = |column: &Column| column.schema == "metric";
        let alone = self.columns.iter().all(is_metric);
        let nothing = |value: &&Value| value.is_null() || value.as_f64() == Some(0.0);
        let empty = |row: &&Row| {
            let metrics = self.columns.iter().zip(*row);
            let metrics: Vec<&Value> = metrics
                .filter(|(column, _)| is_metric(column))
                .map(|(_, value)| value)
                .collect();
            let zeros = metrics.iter().copied().filter(nothing).count();
            zeros > 0 && (alone || zeros == metrics.len())
        };
        let row = self.rows.iter().find(empty)?;
        Some(format!("a row of nothing: {row:?}"))
    }
}

fn ask(server: &Server, index: &str, body: &Value) -> anyhow::Result<Value> {
    let answer = server.post(&format!("{index}/_search"), body)?;
    ensure!(answer["_shards"]["failed"] == 0, "{}", answer["_shards"]);
    Ok(answer)
}

/// A range of time as the server answers it; none where there is no event.
fn range(ends: &Value) -> Option<Range> {
    // Milliseconds since 1970 are whole and small.
    #[allow(clippy::cast_possible_truncation)]
    let end = |name: &str| Some(ends[name]["value"].as_f64()? as i64);
    Some(Range {
        from: end("from")?,
        to: end("to")?,
    })
}

fn columns(panel: &Panel) -> Vec<Column> {
    let column = |aggregation: &Aggregation| Column {
        label: match aggregation.text("customLabel") {
            "" => "What".to_owned(),
            label => label.to_owned(),
        },
        schema: aggregation.schema.clone(),
        kind: aggregation.kind.clone(),
    };
    panel.buckets().chain(panel.metrics()).map(column).collect()
}

fn rows(panel: &Panel, answer: &Value) -> Vec<Row> {
    let buckets: Vec<&Aggregation> = panel.buckets().collect();
    let mut all = match &answer["aggregations"] {
        Value::Null => Value::Object(serde_json::Map::new()),
        aggregations => aggregations.clone(),
    };
    all["doc_count"] = answer["hits"]["total"]["value"].clone();
    let mut rows = Vec::new();
    descend(panel, &buckets, &all, &mut Vec::new(), &mut rows);
    rows
}

/// The rows of what has no place among the values: each begins with its name.
fn others(panel: &Panel, name: &str, answer: &Value) -> Vec<Row> {
    if answer["hits"]["total"]["value"] == 0 {
        return Vec::new();
    }
    let mut rows = rows(panel, answer);
    for row in &mut rows {
        row.insert(0, Value::from(name));
    }
    rows
}

/// Numbers by their size, all else by its letters; that's how times are written, too.
fn order(one: &Value, two: &Value) -> Ordering {
    match (one.as_f64(), two.as_f64()) {
        (Some(one), Some(two)) => one.total_cmp(&two),
        _ => one.as_str().cmp(&two.as_str()),
    }
}

/// Adds a row for each innermost bucket below `level`.
fn descend(
    panel: &Panel,
    buckets: &[&Aggregation],
    level: &Value,
    keys: &mut Row,
    rows: &mut Vec<Row>,
) {
    let [outer, inner @ ..] = buckets else {
        let mut row = keys.clone();
        row.extend(metrics(panel, level));
        rows.push(row);
        return;
    };
    for (key, bucket) in of_level(outer, &level[&outer.id]["buckets"]) {
        keys.push(key);
        descend(panel, inner, bucket, keys, rows);
        keys.pop();
    }
}

/// Buckets with their keys: those of filters have names, others stand in a list.
fn of_level<'a>(aggregation: &Aggregation, buckets: &'a Value) -> Vec<(Value, &'a Value)> {
    if let Some(filters) = aggregation.parameters["filters"].as_array() {
        let label = |filter: &Value| filter["label"].as_str().unwrap_or_default().to_owned();
        let labels = filters.iter().map(label);
        return labels
            .map(|label| (Value::from(label.as_str()), &buckets[label.as_str()]))
            .collect();
    }
    let key = |bucket: &Value| match bucket["key"].as_str() {
        Some(MISSING) => Value::from(aggregation.text("missingBucketLabel")),
        _ => bucket["key"].clone(),
    };
    let buckets = buckets.as_array().into_iter().flatten();
    buckets.map(|bucket| (key(bucket), bucket)).collect()
}

fn metrics(panel: &Panel, bucket: &Value) -> Row {
    let value = |metric: &Aggregation| {
        let answer = &bucket[&metric.id];
        if metric.kind == "count" {
            bucket["doc_count"].clone()
        } else if metric.kind == "top_hits" {
            answer["hits"]["hits"][0]["fields"][metric.text("field")][0].clone()
        } else if answer["value_as_string"].is_string() {
            answer["value_as_string"].clone()
        } else {
            answer["value"].clone()
        }
    };
    panel.metrics().map(value).collect()
}

/// The columns of a list of events: the time, and those that it names.
fn fields(panel: &Panel) -> Vec<Column> {
    let names = std::iter::once("@timestamp").chain(panel.columns.iter().map(String::as_str));
    let column = |name: &str| Column {
        label: name.to_owned(),
        schema: "field".to_owned(),
        kind: String::new(),
    };
    names.map(column).collect()
}

fn events(panel: &Panel, answer: &Value) -> Vec<Row> {
    let hits = answer["hits"]["hits"].as_array().into_iter().flatten();
    let columns = fields(panel);
    let row = |hit: &Value| {
        let at = |path: &str| {
            path.split('.')
                .fold(&hit["_source"], |value, key| &value[key])
        };
        columns.iter().map(|c| at(&c.label).clone()).collect()
    };
    hits.map(row).collect()
}
