//! Aggregations as a visualization's `visState` holds them.

use super::source::{Bucket, Counter, Kind, Metric, Panel};
use serde_json::{Value, json};

/// The language of all queries of panels. (What users type is theirs to choose.)
pub const LANGUAGE: &str = "lucene";

/// The aggregations of a panel: metrics first, then what they are told apart by, numbered in that
/// order.
pub fn of(panel: &Panel, counters: &[Counter]) -> Vec<Value> {
    let count = [Metric {
        of: "count".to_owned(),
        field: None,
        label: "Events".to_owned(),
    }];
    let metrics = if panel.metrics.is_empty() {
        &count
    } else {
        panel.metrics.as_slice()
    };
    let mut aggregations: Vec<Value> = metrics.iter().map(metric).collect();
    let across = across(&panel.buckets);
    for (at, bucket) in panel.buckets.iter().enumerate() {
        let (kind, parameters) = bucket_type(bucket, counters);
        let schema = schema(panel.kind, at == across);
        aggregations.push(json!({"type": kind, "schema": schema, "params": parameters}));
    }
    for (number, aggregation) in (1..).zip(&mut aggregations) {
        aggregation["id"] = json!(number.to_string());
        aggregation["enabled"] = json!(true);
    }
    aggregations
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
    json!({"type": metric.of, "schema": "metric", "params": parameters})
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
