//! The schemas in `docs/schema` are those of the types behind `--json`, and of what the function answers.

use std::path::Path;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{accounts, apply, policies, search_setup, verify};
use crate::lambda;
use crate::plan::Plan;

/// The schema of a type's JSON, in which no other members are allowed than those that it has.
fn schema_of<T: JsonSchema>(title: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let root = settings.into_generator().into_root_schema_for::<T>();
    let mut schema = root.to_value();
    schema["title"] = json!(title);
    let definitions = schema["$defs"].as_object().cloned().unwrap_or_default();
    close(&mut schema, &definitions);
    for definition in schema["$defs"].as_object_mut().into_iter().flatten() {
        close_inner(definition.1, &definitions);
    }
    schema
}

/// The same for what a verb answers.
fn of_verb<T: JsonSchema>(verb: &str) -> Value {
    schema_of::<T>(&format!("bootstrap {verb} --json"))
}

/// Forbids members that the schema doesn't name. `unevaluatedProperties`, unlike
/// `additionalProperties`, also knows those that a schema has from others (`$ref`, `oneOf`).
fn close(schema: &mut Value, definitions: &Map<String, Value>) {
    if names_members(schema, definitions) {
        schema["unevaluatedProperties"] = json!(false);
    }
    close_inner(schema, definitions);
}

/// The same for everything within a schema, but not for itself, since it may be a part of another.
fn close_inner(schema: &mut Value, definitions: &Map<String, Value>) {
    let Some(schema) = schema.as_object_mut() else {
        return;
    };
    for member in schema
        .get_mut("properties")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        close(member.1, definitions);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get_mut(key) {
            close(inner, definitions);
        }
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        let parts = schema.get_mut(key).and_then(Value::as_array_mut);
        for part in parts.into_iter().flatten() {
            close_inner(part, definitions);
        }
    }
}

/// Whether a schema, or one that it is made of, names members of an object.
fn names_members(schema: &Value, definitions: &Map<String, Value>) -> bool {
    let referred = schema["$ref"]
        .as_str()
        .and_then(|reference| definitions.get(reference.rsplit('/').next()?));
    let parts = ["oneOf", "anyOf", "allOf"].into_iter();
    let mut parts = parts.flat_map(|key| schema[key].as_array().into_iter().flatten());
    schema["properties"].is_object()
        || referred.is_some_and(|schema| names_members(schema, definitions))
        || parts.any(|part| names_members(part, definitions))
}

#[test]
fn the_schemas_in_docs_are_those_of_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema");
    for (name, schema) in [
        ("accounts", of_verb::<accounts::Answer>("accounts")),
        ("plan", of_verb::<Plan>("plan")),
        ("apply", of_verb::<apply::Answer>("apply")),
        ("verify", of_verb::<verify::answer::Answer>("verify")),
        ("destroy", of_verb::<apply::Answer>("destroy")),
        ("policies", of_verb::<policies::Answer>("policies")),
        (
            "search-setup",
            of_verb::<search_setup::answer::Answer>("search-setup"),
        ),
        (
            "function",
            schema_of::<lambda::Answer>("bootstrap as a Lambda function"),
        ),
    ] {
        let path = folder.join(format!("{name}.json"));
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            there == text,
            "{} is not the schema of what the program writes: run UPDATE_SCHEMA=1 cargo test --workspace --bin \
             bootstrap schema, and read the difference",
            path.display()
        );
    }
}
