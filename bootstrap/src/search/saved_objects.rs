//! The saved objects of `dashboards/saved-objects`: index patterns, visualizations, dashboards.

use serde_json::{Value, json};

use super::SearchError;

/// The version of all of them together. Raise it when one changes: objects of an older version are
/// replaced, those of the same version that somebody has changed are left.
pub const VERSION: u64 = 1;

/// Every id begins with this, and nothing else in a Dashboards server is ours.
pub const PREFIX: &str = "tributary";

const LINES: &str = include_str!(concat!(env!("OUT_DIR"), "/saved-objects.ndjson"));

/// A saved object.
#[derive(Debug, Clone)]
pub struct SavedObject {
    /// What it is: `dashboard`, `visualization`, and so on.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The whole object, as it is imported.
    pub object: Value,
}

/// All saved objects, with the version in the description of those that have one.
///
/// # Errors
/// When one in this program is damaged, or wouldn't be ours by its id.
pub fn saved_objects() -> Result<Vec<SavedObject>, SearchError> {
    LINES
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(parsed)
        .collect()
}

fn parsed(line: &str) -> Result<SavedObject, SearchError> {
    let damaged = |reason: String| SearchError::Embedded {
        name: "the saved objects",
        reason,
    };
    let mut object: Value =
        serde_json::from_str(line).map_err(|error| damaged(error.to_string()))?;
    let text = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
    let (kind, id) = (text("type"), text("id"));
    if kind.is_empty() || !id.starts_with(PREFIX) {
        return Err(damaged(format!("the id {id} doesn't begin with {PREFIX}")));
    }
    if let Some(description) = object.pointer_mut("/attributes/description") {
        let said = description.as_str().unwrap_or_default().trim();
        *description = json!(format!("{said} {}", mark()).trim());
    }
    Ok(SavedObject { kind, id, object })
}

fn mark() -> String {
    format!("(Tributary, version {VERSION})")
}

/// The version in the description of a saved object, where it has one.
pub fn version(object: &Value) -> Option<u64> {
    let description = object.pointer("/attributes/description")?.as_str()?;
    let (_, rest) = description.rsplit_once("(Tributary, version ")?;
    rest.strip_suffix(')')?.parse().ok()
}

/// Whether what stands there shows the same: Dashboards servers add members of their own, also to the
/// attributes (the fields of an index pattern, for example).
pub fn is_same(wanted: &Value, standing: &Value) -> bool {
    let attributes = wanted["attributes"].as_object().into_iter().flatten();
    let mut attributes =
        attributes.map(|(name, value)| standing["attributes"].get(name) == Some(value));
    attributes.all(|same| same) && sorted(&wanted["references"]) == sorted(&standing["references"])
}

fn sorted(references: &Value) -> Vec<String> {
    let mut all: Vec<_> = references
        .as_array()
        .into_iter()
        .flatten()
        .map(Value::to_string)
        .collect();
    all.sort();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_the_version_which_is_read_out_of_it() {
        let line = r#"{"type":"dashboard","id":"tributary-x","attributes":{"title":"X","description":"All of X."}}"#;
        let object = parsed(line).unwrap().object;
        assert_eq!(
            object["attributes"]["description"],
            "All of X. (Tributary, version 1)"
        );
        assert_eq!(version(&object), Some(VERSION));
        assert_eq!(
            version(&json!({"attributes": {"description": "mine"}})),
            None
        );
    }

    #[test]
    fn an_id_that_isn_t_ours_is_refused() {
        assert!(parsed(r#"{"type":"dashboard","id":"overview","attributes":{}}"#).is_err());
    }

    #[test]
    fn every_saved_object_is_ours_and_refers_only_to_others_of_ours() {
        let all = saved_objects().unwrap();
        let ids: Vec<_> = all
            .iter()
            .map(|object| (object.kind.as_str(), object.id.as_str()))
            .collect();
        for object in &all {
            for reference in object.object["references"].as_array().into_iter().flatten() {
                let to = (
                    reference["type"].as_str().unwrap(),
                    reference["id"].as_str().unwrap(),
                );
                assert!(ids.contains(&to), "{} refers to {to:?}", object.id);
            }
        }
    }
}
