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

/// Whether what stands there is what we import, in the way in which a Dashboards server writes it once it
/// is used: JSON inside of texts in any order, an index pattern with its fields and with formats as
/// [`format`] says. Whoever saves a visualization or a dashboard at the screen makes another one of it.
pub fn is_same(wanted: &Value, standing: &Value) -> bool {
    let there = &standing["attributes"];
    let attributes = wanted["attributes"].as_object().into_iter().flatten();
    let mut attributes = attributes
        .map(|(name, value)| attribute(name, value) == attribute(name, &there[name.as_str()]));
    attributes.all(|same| same)
        && !has_own_fields(there)
        && sorted(&wanted["references"]) == sorted(&standing["references"])
}

/// An attribute, with the JSON that it may be a text of.
fn attribute(name: &str, value: &Value) -> Value {
    let mut value = inside(value);
    if name == "fieldFormatMap" {
        let formats = value.as_object_mut().into_iter().flatten();
        formats.for_each(|(_, of)| format(of));
    }
    value
}

fn inside(value: &Value) -> Value {
    let json = value.as_str().filter(|text| text.starts_with(['{', '[']));
    let json = json.and_then(|text| serde_json::from_str(text).ok());
    json.unwrap_or_else(|| value.clone())
}

/// The format of a field as `OpenSearch` Dashboards saves it with an index pattern: without parameters
/// that are the default of links (`UrlFormat.getParamDefaults`); some versions add `parsedUrl`.
fn format(of: &mut Value) {
    let Some(parameters) = of["params"].as_object_mut() else {
        return;
    };
    parameters.remove("parsedUrl");
    parameters.retain(|name, value| match name.as_str() {
        "type" => value != "a",
        "urlTemplate" | "labelTemplate" => !value.is_null(),
        _ => true,
    });
}

/// Whether somebody has given an index pattern fields or filters of their own: the list of fields that
/// the server keeps with it is made by looking at it.
fn has_own_fields(attributes: &Value) -> bool {
    let fields = inside(&attributes["fields"]);
    let mut fields = fields.as_array().into_iter().flatten();
    let filters = inside(&attributes["sourceFilters"]);
    let runtime = inside(&attributes["runtimeFieldMap"]);
    fields.any(|field| field["scripted"] == true)
        || filters.as_array().is_some_and(|all| !all.is_empty())
        || runtime.as_object().is_some_and(|all| !all.is_empty())
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
    fn an_index_pattern_in_use_is_the_same_and_one_with_an_edit_is_not() {
        let formats = |of: Value| json!({"attributes": {"title": "logs-*", "fieldFormatMap": of.to_string()}});
        let link = json!({"a": {"id": "url", "params": {"type": "a", "urlTemplate": "../{{value}}", "openLinkInCurrentTab": true}}});
        let wanted = formats(link);
        let used = json!({"a": {"params": {"openLinkInCurrentTab": true, "urlTemplate": "../{{value}}", "parsedUrl": {"origin": "https://d"}}, "id": "url"}});
        let mut used = formats(used);
        used["attributes"]["fields"] = json!(r#"[{"name":"a","count":3,"scripted":false}]"#);
        assert!(is_same(&wanted, &used));
        for edited in [
            json!({}),
            json!({"a": {"id": "url", "params": {"urlTemplate": "elsewhere", "openLinkInCurrentTab": true}}}),
            json!({"a": {"id": "url", "params": {"type": "img", "urlTemplate": "../{{value}}", "openLinkInCurrentTab": true}}}),
        ] {
            assert!(!is_same(&wanted, &formats(edited.clone())), "{edited}");
        }
        let mut scripted = used.clone();
        scripted["attributes"]["fields"] = json!(r#"[{"name":"mine","scripted":true}]"#);
        assert!(!is_same(&wanted, &scripted));
        used["attributes"]["sourceFilters"] = json!(r#"[{"value":"a*"}]"#);
        assert!(!is_same(&wanted, &used));
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
