//! The index template maps every field as the tables write it: a search index would refuse documents,
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

fn mappings() -> Value {
    let text = fs::read_to_string(root().join("dashboards/index-template.json")).unwrap();
    let template: Value = serde_json::from_str(&text).unwrap();
    template["template"]["mappings"].clone()
}

fn rows() -> Vec<&'static Row> {
    let tables = [
        flow_logs::FIELDS,
        cloudtrail::FIELDS,
        guardduty::FIELDS,
        plain::FIELDS,
    ];
    let all = tables.iter().flat_map(|rows| rows.iter());
    all.filter(|row| !row.target.is_empty()).collect()
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
    let mappings = mappings();
    for row in rows() {
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
    let mappings = mappings();
    for (path, document) in golden() {
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
    let mappings = mappings();
    for row in rows() {
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
    for rows in [cloudtrail::FIELDS, guardduty::FIELDS, flow_logs::FIELDS] {
        let mut fields = BTreeSet::new();
        named(&mappings()["properties"], "", &mut fields);
        for row in rows.iter().filter(|row| !row.target.is_empty()) {
            let ends = row.target.match_indices('.').map(|(end, _)| end);
            for end in ends.chain([row.target.len()]) {
                fields.insert(row.target[..end].to_owned());
            }
        }
        assert!(fields.len() < MOST_FIELDS / 2, "{}", fields.len());
    }
}
