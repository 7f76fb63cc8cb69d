//! The bucket `Other`: what has no place among the values that a panel shows. Dashboards asks for it
//! with a second search.

use super::read::{Aggregation, Panel};
use super::request::{self, Range};
use serde_json::{Value, json};

/// What is told apart from the shown values of a panel: the panel without that bucket, and the bucket.
#[derive(Debug)]
pub struct Other {
    /// The panel without the bucket.
    pub panel: Panel,
    /// The bucket.
    pub bucket: Aggregation,
}

impl Other {
    /// Nothing where the panel has no such bucket. It is the outermost one.
    pub fn of(panel: &Panel) -> Option<Self> {
        let bucket = panel.buckets().next()?;
        if bucket.parameters["otherBucket"] != true {
            return None;
        }
        let bucket = bucket.clone();
        let mut panel = panel.clone();
        panel.aggregations.retain(|one| one.id != bucket.id);
        Some(Self { panel, bucket })
    }

    /// The search for what has the field, but none of the values that are shown.
    pub fn search(&self, range: Range, shown: &Value) -> Value {
        let field = self.bucket.text("field");
        let values: Vec<&Value> = buckets(shown, &self.bucket)
            .map(|one| &one["key"])
            .collect();
        let mut body = request::search(&self.panel, range);
        body["query"] = json!({"bool": {
            "must": [body["query"], {"exists": {"field": field}}],
            "must_not": [{"terms": {field: values}}],
        }});
        body
    }
}

fn buckets<'a>(answer: &'a Value, bucket: &Aggregation) -> impl Iterator<Item = &'a Value> {
    let level = &answer["aggregations"][&bucket.id];
    level["buckets"].as_array().into_iter().flatten()
}
