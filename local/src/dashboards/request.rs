//! What Dashboards asks the search server for a panel.

use super::read::{Aggregation, Panel};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Events in a list.
const EVENTS: u32 = 20;
/// The most steps of a time axis, about what Dashboards aims at.
const STEPS: i64 = 60;
const SECOND: i64 = 1000;
const HOUR: i64 = 3600 * SECOND;
const DAY: i64 = 24 * HOUR;
/// The lengths of a step that Dashboards chooses from, in milliseconds.
const INTERVALS: [i64; 12] = [
    SECOND,
    10 * SECOND,
    60 * SECOND,
    5 * 60 * SECOND,
    10 * 60 * SECOND,
    30 * 60 * SECOND,
    HOUR,
    3 * HOUR,
    12 * HOUR,
    DAY,
    7 * DAY,
    30 * DAY,
];

/// A range of time, in milliseconds since 1970, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The start.
    pub from: i64,
    /// The end.
    pub to: i64,
}

impl Range {
    /// All times that events may be from: until the year 2100.
    pub const ALL: Self = Self {
        from: 0,
        to: 4_102_444_800_000,
    };

    /// The length of a step on an axis of this range, in milliseconds.
    #[must_use]
    pub fn interval(self) -> i64 {
        let fits = |step: &i64| (self.to - self.from) / step < STEPS;
        let [.., longest] = INTERVALS;
        INTERVALS.into_iter().find(fits).unwrap_or(longest)
    }
}

/// The search for a panel over a range of time.
#[must_use]
pub fn search(panel: &Panel, range: Range) -> Value {
    let mut body = json!({"query": query(panel, Some(range)), "track_total_hits": true});
    if panel.kind == "search" {
        body["size"] = json!(EVENTS);
        body["sort"] = json!([{"@timestamp": {"order": "desc", "unmapped_type": "boolean"}}]);
    } else {
        body["size"] = json!(0);
        body["aggs"] = aggregations(panel, range);
    }
    body
}

/// The search for the day with the most events of a panel: the range of time that they are from.
#[must_use]
pub fn busiest_day(panel: &Panel) -> Value {
    json!({"size": 0, "query": query(panel, None), "aggs": {"days": {
        "date_histogram": {
            "field": "@timestamp", "calendar_interval": "day", "min_doc_count": 1,
            "order": {"_count": "desc"},
        },
        "aggs": {
            "from": {"min": {"field": "@timestamp"}}, "to": {"max": {"field": "@timestamp"}},
        },
    }}})
}

fn query(panel: &Panel, range: Option<Range>) -> Value {
    let lucene = |query: &str| match query {
        "" => json!({"match_all": {}}),
        query => json!({"query_string": {"query": query, "analyze_wildcard": true}}),
    };
    let mut filter: Vec<Value> = panel.filters.iter().map(|f| f["query"].clone()).collect();
    if let Some(Range { from, to }) = range {
        filter.push(json!({"range": {"@timestamp": {
            "gte": from, "lte": to, "format": "epoch_millis",
        }}}));
    }
    json!({"bool": {"must": [lucene(&panel.query)], "filter": filter}})
}

/// Buckets in buckets, with the metrics in each.
fn aggregations(panel: &Panel, range: Range) -> Value {
    let mut metrics = Map::new();
    for metric in panel.metrics().filter(|metric| metric.kind != "count") {
        metrics.insert(metric.id.clone(), measured(metric));
    }
    let mut inside = metrics.clone();
    for bucket in panel.buckets().rev() {
        let (kind, parameters) = asked(bucket, panel, range);
        let mut level = metrics.clone();
        level.insert(bucket.id.clone(), json!({kind: parameters, "aggs": inside}));
        inside = level;
    }
    Value::Object(inside)
}

fn measured(metric: &Aggregation) -> Value {
    let (kind, field) = (metric.kind.as_str(), metric.text("field"));
    if kind != "top_hits" {
        return json!({kind: {"field": field}});
    }
    let by = metric.text("sortField");
    json!({kind: {
        "docvalue_fields": [{"field": field}], "_source": field,
        "size": metric.parameters["size"], "sort": [{by: {"order": metric.text("sortOrder")}}],
    }})
}

fn asked(bucket: &Aggregation, panel: &Panel, range: Range) -> (&'static str, Value) {
    let parameters = &bucket.parameters;
    match bucket.kind.as_str() {
        "date_histogram" => (
            "date_histogram",
            json!({
                "field": parameters["field"], "min_doc_count": parameters["min_doc_count"],
                "fixed_interval": format!("{}s", range.interval() / SECOND), "time_zone": "UTC",
            }),
        ),
        "filters" => {
            let filters = parameters["filters"].as_array().into_iter().flatten();
            let filter = |filter: &Value| {
                let label = filter["label"].as_str().unwrap_or_default().to_owned();
                let query = json!({"query_string": {
                    "query": filter["input"]["query"], "analyze_wildcard": true,
                }});
                (label, query)
            };
            let filters: Map<String, Value> = filters.map(filter).collect();
            ("filters", json!({"filters": filters}))
        }
        _ => ("terms", terms(bucket, panel)),
    }
}

fn terms(bucket: &Aggregation, panel: &Panel) -> Value {
    let parameters = &bucket.parameters;
    let by = bucket.text("orderBy");
    let counts = |metric: &Aggregation| metric.id == by && metric.kind == "count";
    let by = if panel.metrics().any(counts) {
        "_count"
    } else {
        by
    };
    let mut terms = json!({
        "field": parameters["field"], "size": parameters["size"],
        "order": {by: parameters["order"]},
    });
    if parameters["missingBucket"] == true {
        terms["missing"] = json!(MISSING);
    }
    // Dashboards calls it JSON input, adds it as it is, and passes over what is none.
    let input: Map<String, Value> = serde_json::from_str(bucket.text("json")).unwrap_or_default();
    for (name, value) in input {
        terms[name.as_str()] = value;
    }
    terms
}

/// The key of the bucket of events without the field.
pub const MISSING: &str = "__missing__";

/// The fields that a panel names.
#[derive(Debug, Default)]
pub struct Fields {
    /// Those that it aggregates over.
    pub aggregated: BTreeSet<String>,
    /// Those that it asks for by name, or shows.
    pub named: BTreeSet<String>,
}

/// The fields that a panel names, anywhere.
#[must_use]
pub fn fields(panel: &Panel) -> Fields {
    let mut fields = Fields::default();
    fields.named.extend(in_query(&panel.query));
    fields.named.extend(panel.columns.iter().cloned());
    for aggregation in &panel.aggregations {
        if let Some(field) = aggregation.parameters["field"].as_str() {
            fields.aggregated.insert(field.to_owned());
        }
        let filters = aggregation.parameters["filters"].as_array();
        for filter in filters.into_iter().flatten() {
            let query = filter["input"]["query"].as_str().unwrap_or_default();
            fields.named.extend(in_query(query));
        }
    }
    fields
}

/// The fields in a Lucene query: what stands before a colon outside of quotes, and after
/// `_exists_:`.
fn in_query(query: &str) -> Vec<String> {
    let outside = query.split('"').step_by(2).collect::<Vec<_>>().join("_");
    let letter = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '@' | ':');
    let words = outside.split(|c| !letter(c));
    let field = |word: &str| match word.split_once(':')? {
        ("_exists_", field) | (field, _) => Some(field.to_owned()),
    };
    words.filter_map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_a_query_are_found_outside_of_its_quotes() {
        let query = r#"a.b:"x:y" AND NOT (_exists_:c_d OR e:(F OR G*)) AND @timestamp:1"#;
        assert_eq!(in_query(query), ["a.b", "c_d", "e", "@timestamp"]);
    }

    #[test]
    fn a_time_axis_has_some_dozens_of_steps() {
        let range = |to| Range { from: 0, to }.interval();
        assert_eq!(
            [range(0), range(HOUR), range(2 * DAY), range(9000 * DAY)],
            [SECOND, 5 * 60 * SECOND, HOUR, 30 * DAY]
        );
    }
}
