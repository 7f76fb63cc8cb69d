//! The policy documents inside templates, held against the files in `policies/`.
//!
//! A [`Row`] says which document of which template is which file. A document is known by its
//! resource's logical id and its [part](documents): `trust`, the name of an inline policy, or else
//! the property that it stands in, such as `KeyPolicy`.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use local::layout::project_root;
use serde_json::{Value, json};

use crate::template::plain;

/// Where a document stands: logical id and part.
pub type Place = (String, String);

/// One document of one template.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The template's file, such as `central.yaml`.
    pub template: &'static str,
    /// The resource.
    pub resource: &'static str,
    /// `trust`, an inline policy's name, or the property.
    pub part: &'static str,
    /// The file in `policies/`, without `.json`.
    pub file: &'static str,
    /// What the template says for each `${place}` of the file: as [`plain`] writes it, several
    /// texts divided by a space.
    pub places: &'static [(&'static str, &'static str)],
}

/// All policy documents of a template by where they stand, with `!Sub`, `!Ref` and `!GetAtt` as
/// the text of a `!Sub`. Both sides of an `!If` count.
#[must_use]
pub fn documents(template: &Value) -> BTreeMap<Place, Value> {
    let mut found = BTreeMap::new();
    for (id, resource) in template["Resources"].as_object().into_iter().flatten() {
        collect(id, &resource["Properties"], "", &mut found);
    }
    found
}

fn collect(id: &str, value: &Value, part: &str, found: &mut BTreeMap<Place, Value>) {
    match value {
        Value::Object(fields)
            if fields.contains_key("Statement") && fields.contains_key("Version") =>
        {
            found.insert((id.to_owned(), part.to_owned()), plain(value));
        }
        // An event bus's policy: one statement, around which EventBridge puts the document.
        Value::Object(fields) if fields.contains_key("Statement") => {
            let statement = plain(&fields["Statement"]);
            let document = json!({"Version": "2012-10-17", "Statement": [statement]});
            found.insert((id.to_owned(), "Statement".to_owned()), document);
        }
        // Where CloudFormation wants a document as a text.
        Value::Object(fields) if written_out(fields).is_some() => {
            let document = written_out(fields).unwrap_or_default();
            found.insert((id.to_owned(), part.to_owned()), document);
        }
        Value::Object(fields) => {
            let name = fields.get("PolicyName").and_then(Value::as_str);
            for (key, value) in fields {
                let part = match key.as_str() {
                    "AssumeRolePolicyDocument" => "trust",
                    "PolicyDocument" => name.unwrap_or(key),
                    // A function's name is no part.
                    key if key.starts_with("Fn::") => part,
                    key => key,
                };
                collect(id, value, part, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                collect(id, item, part, found);
            }
        }
        _ => {}
    }
}

/// The document in the text of a `!Sub`, if there is one.
fn written_out(fields: &serde_json::Map<String, Value>) -> Option<Value> {
    let text = fields.get("Fn::Sub")?.as_str()?;
    let document: Value = serde_json::from_str(text).ok()?;
    (document.get("Statement").is_some() && document.get("Version").is_some()).then_some(document)
}

impl Row {
    /// Whether the template's document says the same as the file.
    ///
    /// # Errors
    /// When it doesn't, with both; or when either is missing.
    pub fn holds(&self, documents: &BTreeMap<Place, Value>) -> anyhow::Result<()> {
        let place = (self.resource.to_owned(), self.part.to_owned());
        let document = documents
            .get(&place)
            .with_context(|| format!("{self:?} is not in the template: {:?}", documents.keys()))?;
        let expected = normal(&self.filled()?);
        let found = normal(document);
        ensure!(
            found == expected,
            "{} {} {} differs from policies/{}.json:\n{found:#}\n{expected:#}",
            self.template,
            self.resource,
            self.part,
            self.file
        );
        Ok(())
    }

    /// The file with its places filled in.
    fn filled(&self) -> anyhow::Result<Value> {
        let path = project_root().join(format!("policies/{}.json", self.file));
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(self.fill(&serde_json::from_str(&text)?))
    }

    fn fill(&self, value: &Value) -> Value {
        match value {
            Value::Object(fields) => fields
                .iter()
                .map(|(key, value)| (key.clone(), self.fill(value)))
                .collect(),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.fill(item)).collect()),
            Value::String(text) => {
                let texts = self.fill_text(text);
                let texts = texts.split(' ').map(|text| Value::String(text.to_owned()));
                Value::Array(texts.collect())
            }
            other => other.clone(),
        }
    }

    fn fill_text(&self, text: &str) -> String {
        let common = [
            ("partition", "${AWS::Partition}"),
            ("account", "${AWS::AccountId}"),
            ("region", "${AWS::Region}"),
        ];
        let mut places = self.places.iter().chain(&common);
        let Some((before, rest)) = text.split_once("${") else {
            return text.to_owned();
        };
        let (name, after) = rest.split_once('}').unwrap_or((rest, ""));
        let filled = places.find(|(place, _)| *place == name);
        let filled = filled.map_or_else(|| format!("<{name}>"), |(_, value)| (*value).to_owned());
        format!("{before}{filled}{}", self.fill_text(after))
    }
}

/// What can be said in several ways, in one: lists of lists are one, a list of one is that one, and
/// texts stand in their order. What is there under a condition counts as there.
fn normal(value: &Value) -> Value {
    match value {
        Value::Object(fields) if optional(fields).is_some() => {
            optional(fields).map(normal).unwrap_or_default()
        }
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), normal(value)))
            .collect(),
        Value::Array(items) => {
            let mut all: Vec<Value> = Vec::new();
            for item in items.iter().map(normal) {
                match item {
                    Value::Array(more) => all.extend(more),
                    one => all.push(one),
                }
            }
            if all.len() == 1 {
                return all.remove(0);
            }
            if all.iter().all(Value::is_string) {
                all.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
            }
            Value::Array(all)
        }
        other => other.clone(),
    }
}

/// The value of an `!If` that has `AWS::NoValue` otherwise.
fn optional(fields: &serde_json::Map<String, Value>) -> Option<&Value> {
    let choice = fields.get("Fn::If")?.as_array()?;
    (choice.get(2)? == "${AWS::NoValue}").then(|| &choice[1])
}
