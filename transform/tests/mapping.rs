//! Each dataset's index template maps every field as the tables write it: a search index would refuse documents,
//! or sort numbers as texts, otherwise.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use transform::document::{Kind, Row};
use transform::{cloudtrail, flow_logs, guardduty, plain};

/// The most fields that an index maps (`index.mapping.total_fields.limit`).
const MOST_FIELDS: usize = 1000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn object(path: &str) -> Value {
    let text = fs::read_to_string(root().join("dashboards").join(path)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The mappings of a dataset's indices: those of the parts that its index template is composed of.
fn mappings(dataset: &str) -> Value {
    let own = format!("index-templates/{dataset}.json");
    let is_own = root().join("dashboards").join(&own).exists();
    let template = object(if is_own {
        &own
    } else {
        "index-templates/other.json"
    });
    let mut all = Value::Null;
    for part in template["composed_of"].as_array().unwrap() {
        let name = part.as_str().unwrap().strip_prefix("tributary-").unwrap();
        let part = object(&format!("component-templates/{name}.json"));
        merge(&mut all, &part["template"]["mappings"]);
    }
    all
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (_, Value::Null) => {}
        (into, from) => *into = from.clone(),
    }
}

/// Every dataset with its mappings and the rows of its tables.
fn datasets() -> Vec<(Value, Vec<&'static Row>)> {
    let tables = [
        ("aws.vpcflow", flow_logs::FIELDS),
        ("aws.cloudtrail", cloudtrail::FIELDS),
        ("aws.guardduty", guardduty::FIELDS),
        ("aws.cloudwatch_logs", plain::FIELDS),
    ];
    let with_target = |rows: &'static [Row]| {
        let rows = rows.iter().filter(|row| !row.target.is_empty());
        rows.collect()
    };
    let all = tables.into_iter();
    all.map(|(dataset, rows)| (mappings(dataset), with_target(rows)))
        .collect()
}

/// Every row, with the mappings of its dataset.
fn rows() -> impl Iterator<Item = (Value, &'static Row)> {
    let all = datasets().into_iter();
    all.flat_map(|(mappings, rows)| rows.into_iter().map(move |row| (mappings.clone(), row)))
}

/// The type of a text or a number at `path`; of one that no property names, what the template's
/// dynamic rules make of a text.
fn mapped(mappings: &Value, path: &str) -> String {
    let mut node = mappings;
    for key in path.split('.') {
        node = &node["properties"][key];
    }
    let named = node["type"].as_str();
    let dynamic = if path.rsplit('.').next() == Some("ip") {
        "ip"
    } else {
        "keyword"
    };
    named.unwrap_or(dynamic).to_owned()
}

/// Leaves of a document with their paths; the inside of flat objects and points is none.
fn leaves<'v>(
    mappings: &Value,
    path: &str,
    value: &'v Value,
    found: &mut Vec<(String, &'v Value)>,
) {
    match value {
        Value::Object(members) => {
            let flat = ["flat_object", "geo_point"].contains(&mapped(mappings, path).as_str());
            if flat {
                return;
            }
            for (key, value) in members {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                leaves(mappings, &path, value, found);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                leaves(mappings, path, element, found);
            }
        }
        value => found.push((path.to_owned(), value)),
    }
}

fn golden() -> Vec<(PathBuf, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut found = Vec::new();
    for dataset in ["cloudtrail", "guardduty", "flow_logs", "plain"] {
        for entry in fs::read_dir(folder.join(dataset)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "json") {
                let document = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
                found.push((path, document));
            }
        }
    }
    assert!(found.len() > 60);
    found
}

#[test]
fn every_row_is_mapped_as_its_kind() {
    for (mappings, row) in rows() {
        let found = mapped(&mappings, row.target);
        let expected: &[&str] = match row.kind {
            Kind::Keyword | Kind::Lowercase | Kind::Keywords | Kind::Constant(_) => {
                &["keyword", "text"]
            }
            Kind::Long => &["long"],
            Kind::Double => &["double"],
            Kind::Boolean => &["boolean"],
            Kind::Date => &["date"],
            Kind::Ip => &["ip"],
            Kind::Flattened => &["flat_object"],
            Kind::Array | Kind::List | Kind::Computed => continue,
        };
        assert!(
            expected.contains(&found.as_str()),
            "{} is {:?} and mapped as {found}",
            row.target,
            row.kind
        );
    }
}

#[test]
fn every_value_of_a_document_fits_its_mapping() {
    for (path, document) in golden() {
        let mappings = mappings(document["event"]["dataset"].as_str().unwrap());
        let mut found = Vec::new();
        leaves(&mappings, "", &document, &mut found);
        for (field, value) in found {
            let mapped = mapped(&mappings, &field);
            let fits = match value {
                Value::String(text) => match mapped.as_str() {
                    "date" => text.parse::<jiff::Timestamp>().is_ok(),
                    "ip" => text.parse::<std::net::IpAddr>().is_ok(),
                    other => ["keyword", "text"].contains(&other),
                },
                Value::Number(number) => match mapped.as_str() {
                    "long" => number.is_i64(),
                    other => other == "double",
                },
                Value::Bool(_) => mapped == "boolean",
                _ => false,
            };
            assert!(fits, "{}: {field} {value} is {mapped}", path.display());
        }
    }
}

#[test]
fn free_form_parts_are_flat_objects_by_name() {
    for (mappings, row) in rows() {
        if row.target.contains(".flattened.") {
            assert_eq!(
                mapped(&mappings, row.target),
                "flat_object",
                "{}",
                row.target
            );
        }
    }
}

/// Every field that the template names, objects included.
fn named(properties: &Value, path: &str, found: &mut BTreeSet<String>) {
    for (key, field) in properties.as_object().unwrap() {
        let path = format!("{path}{key}");
        if let Some(inside) = field.get("properties") {
            named(inside, &format!("{path}."), found);
        }
        found.insert(path);
    }
}

#[test]
fn no_index_has_more_fields_than_it_may() {
    for (mappings, rows) in datasets() {
        let mut fields = BTreeSet::new();
        named(&mappings["properties"], "", &mut fields);
        for row in rows {
            let ends = row.target.match_indices('.').map(|(end, _)| end);
            for end in ends.chain([row.target.len()]) {
                fields.insert(row.target[..end].to_owned());
            }
        }
        assert!(fields.len() < MOST_FIELDS / 2, "{}", fields.len());
    }
}
