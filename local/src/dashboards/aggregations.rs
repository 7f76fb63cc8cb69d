//! Aggregations as a visualization's `visState` holds them.

use super::source::{Bucket, Counter, Kind, Metric, Panel};
use serde_json::{Value, json};

/// The language of all queries of panels. (What users type is theirs to choose.)
pub const LANGUAGE: &str = "lucene";

/// The most values that a shard names for a short list.
const CANDIDATES: usize = 2000;
/// The same where distinct values are counted: with each value travels a sketch of what was seen.
const CANDIDATES_WITH_SKETCHES: usize = 500;
/// The buckets that a shard may answer, a little below the default of `search.max_buckets`.
const BUCKETS: usize = 60_000;
/// Steps of a time axis that Dashboards draws at most, by its default.
const STEPS: usize = 100;

/// The aggregations of a panel: metrics first, then what they are told apart by, numbered in that
/// order.
pub fn of(panel: &Panel, counters: &[Counter]) -> Vec<Value> {
    let mut aggregations: Vec<Value> = metrics(panel).iter().map(metric).collect();
    let across = across(&panel.buckets);
    for (at, bucket) in panel.buckets.iter().enumerate() {
        let (kind, mut parameters) = bucket_type(bucket, counters);
        let candidates = candidates(panel, counters.len()).filter(|_| at == 0);
        if let Some(candidates) = candidates {
            parameters["json"] = json!(json!({"shard_size": candidates}).to_string());
        }
        let schema = schema(panel.kind, at == across);
        aggregations.push(json!({"type": kind, "schema": schema, "params": parameters}));
    }
    for (number, aggregation) in (1..).zip(&mut aggregations) {
        aggregation["id"] = json!(number.to_string());
        aggregation["enabled"] = json!(true);
    }
    aggregations
}

/// What a panel measures: events, where it names nothing.
pub fn metrics(panel: &Panel) -> Vec<Metric> {
    if !panel.metrics.is_empty() {
        return panel.metrics.clone();
    }
    vec![Metric {
        of: "count".to_owned(),
        field: None,
        label: "Events".to_owned(),
    }]
}

/// How many values of the outermost bucket each shard names, where a metric orders them: what is
/// never among the first of a day may still be the first of a month, and its sum is short of the
/// days that don't name it. Nothing where the search server has as many by itself.
fn candidates(panel: &Panel, counters: usize) -> Option<usize> {
    let [
        Bucket::Field {
            size, order: 1.., ..
        },
        inner @ ..,
    ] = panel.buckets.as_slice()
    else {
        return None;
    };
    let inside = |bucket: &Bucket| match bucket {
        Bucket::Time => STEPS,
        Bucket::Counters => counters,
        Bucket::Field { size, .. } => by_default(*size),
    };
    let inside: usize = inner.iter().map(inside).product();
    let sketches = panel.metrics.iter().any(|m| m.of == "cardinality");
    let most = if sketches {
        CANDIDATES_WITH_SKETCHES
    } else {
        CANDIDATES
    };
    let candidates = most.min(BUCKETS / inside.max(1));
    (candidates > by_default(*size)).then_some(candidates)
}

/// The values that each shard names by the search server's default.
const fn by_default(size: usize) -> usize {
    size + size / 2 + 10
}

/// Which bucket is the axis: time where there is one, the first otherwise.
fn across(buckets: &[Bucket]) -> usize {
    let time = |bucket: &Bucket| matches!(bucket, Bucket::Time);
    buckets.iter().position(time).unwrap_or_default()
}

fn metric(metric: &Metric) -> Value {
    let mut parameters = json!({"customLabel": metric.label});
    if let Some(field) = &metric.field {
        parameters["field"] = json!(field);
    }
    let mut kind = metric.of.as_str();
    if kind == "latest" {
        kind = "top_hits";
        parameters["aggregate"] = json!("concat");
        parameters["size"] = json!(1);
        parameters["sortField"] = json!("@timestamp");
        parameters["sortOrder"] = json!("desc");
    }
    json!({"type": kind, "schema": "metric", "params": parameters})
}

const fn schema(kind: Kind, across: bool) -> &'static str {
    match kind {
        Kind::Table => "bucket",
        Kind::Donut => "segment",
        Kind::Metric => "group",
        _ if across => "segment",
        _ => "group",
    }
}

fn bucket_type(bucket: &Bucket, counters: &[Counter]) -> (&'static str, Value) {
    match bucket {
        Bucket::Time => (
            "date_histogram",
            json!({
                "field": "@timestamp", "interval": "auto", "scaleMetricValues": false,
                "drop_partials": false, "min_doc_count": 1, "extended_bounds": {},
                "customLabel": "Time",
            }),
        ),
        Bucket::Counters => ("filters", json!({"filters": filters(counters)})),
        Bucket::Field {
            field,
            label,
            size,
            order,
            ascending,
            missing,
            other,
        } => (
            "terms",
            json!({
                "field": field, "customLabel": label, "size": size,
                "order": if *ascending { "asc" } else { "desc" }, "orderBy": order_by(*order),
                "otherBucket": other, "otherBucketLabel": "Other",
                "missingBucket": missing.is_some(),
                "missingBucketLabel": missing.as_deref().unwrap_or("Missing"),
            }),
        ),
    }
}

/// The number of a metric, or what Dashboards calls the values themselves.
fn order_by(metric: usize) -> String {
    match metric {
        0 => "_key".to_owned(),
        metric => metric.to_string(),
    }
}

fn filters(counters: &[Counter]) -> Vec<Value> {
    let filter = |counter: &Counter| {
        json!({
            "label": counter.label,
            "input": {"query": counter.query, "language": LANGUAGE},
        })
    };
    counters.iter().map(filter).collect()
}
