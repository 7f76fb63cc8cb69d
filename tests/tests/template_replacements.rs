//! An update replaces nothing that has a name of its own: `CloudFormation` makes the new one before it
//! removes the old one, which fails where both have the same name. What replaces a resource is told by
//! the properties that its provider's schema calls create-only.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use local::layout::{checking_program, project_root};
use serde_json::Value;
use tests::template::{NAMES, output, template, templates};

type Tested = anyhow::Result<()>;

/// What replaces resources of each type, and what they are known by; nested properties as `Outer/Inner`.
type Kinds = BTreeMap<String, BTreeMap<String, Vec<String>>>;

fn kinds(templates: &[(String, Value)]) -> anyhow::Result<Kinds> {
    let resources = templates
        .iter()
        .filter_map(|(_, template)| template["Resources"].as_object());
    let kinds: BTreeSet<_> = resources
        .flatten()
        .filter_map(|(_, it)| it["Type"].as_str())
        .collect();
    let mut command = Command::new(checking_program("python")?);
    command.arg(project_root().join("tests/python/create_only.py"));
    command.args(kinds);
    Ok(serde_json::from_slice(&output(command)?)?)
}

/// Every template by its file's name, and the kinds of all their resources.
fn all() -> anyhow::Result<(Vec<(String, Value)>, Kinds)> {
    let read = |name: String| Ok((name.clone(), template(&name)?));
    let all = templates()?.into_iter().map(read);
    let all: Vec<_> = all.collect::<anyhow::Result<_>>()?;
    let kinds = kinds(&all)?;
    Ok((all, kinds))
}

/// The parameters whose change gives a value another content.
struct Dependence<'a> {
    template: &'a Value,
    kinds: &'a Kinds,
}

impl Dependence<'_> {
    fn of(&self, value: &Value) -> BTreeSet<String> {
        match value {
            Value::Object(fields) => fields
                .iter()
                .flat_map(|(key, value)| match (key.as_str(), value) {
                    ("Ref" | "Fn::GetAtt" | "Condition", Value::String(name)) => self.named(name),
                    ("Fn::GetAtt", Value::Array(names)) => {
                        self.named(names[0].as_str().unwrap_or_default())
                    }
                    ("Fn::Sub", Value::String(text)) => self.in_text(text),
                    ("Fn::Sub", Value::Array(parts)) => {
                        let mut found = self.in_text(parts[0].as_str().unwrap_or_default());
                        found.extend(self.of(&parts[1]));
                        found
                    }
                    ("Fn::If", Value::Array(parts)) => {
                        let mut found = self.named(parts[0].as_str().unwrap_or_default());
                        found.extend(parts[1..].iter().flat_map(|part| self.of(part)));
                        found
                    }
                    (_, value) => self.of(value),
                })
                .collect(),
            Value::Array(items) => items.iter().flat_map(|item| self.of(item)).collect(),
            _ => BTreeSet::new(),
        }
    }

    fn in_text(&self, text: &str) -> BTreeSet<String> {
        let places = text
            .split("${")
            .skip(1)
            .filter_map(|part| part.split_once('}'));
        places
            .flat_map(|(place, _)| self.named(place.split('.').next().unwrap_or(place)))
            .collect()
    }

    /// Of a parameter itself, of a condition, or of what replaces a resource.
    fn named(&self, name: &str) -> BTreeSet<String> {
        if self.template["Parameters"].get(name).is_some() {
            BTreeSet::from([name.to_owned()])
        } else if let Some(condition) = self.template["Conditions"].get(name) {
            self.of(condition)
        } else {
            let resource = &self.template["Resources"][name];
            let replacing = self.replacing(resource).into_iter();
            replacing.flat_map(|(_, value)| self.of(value)).collect()
        }
    }

    /// The create-only properties that a resource has, with their values.
    fn replacing<'v>(&self, resource: &'v Value) -> Vec<(&str, &'v Value)> {
        let kind = resource["Type"].as_str().unwrap_or_default();
        let paths = self.kinds.get(kind).map(|kind| &kind["create_only"]);
        let had = paths.into_iter().flatten().filter_map(|path| {
            let value = resource["Properties"].pointer(&format!("/{path}"))?;
            Some((path.as_str(), value))
        });
        had.collect()
    }
}

/// The property that names resources of a type.
fn name_of(kind: &str) -> Option<&'static str> {
    let known = NAMES.iter().find(|(known, ..)| *known == kind);
    known.map(|(_, property, _)| *property)
}

#[test]
fn no_parameter_replaces_a_resource_and_leaves_it_its_name() -> Tested {
    let (all, kinds) = all()?;
    let (mut held, mut replaced) = (0, 0);
    for (name, template) in &all {
        let dependence = Dependence {
            template,
            kinds: &kinds,
        };
        for (id, resource) in template["Resources"].as_object().into_iter().flatten() {
            let kind = resource["Type"].as_str().unwrap_or_default();
            let Some(property) = name_of(kind) else {
                continue;
            };
            assert!(
                kinds[kind]["create_only"].iter().any(|it| it == property),
                "{kind}"
            );
            let given = &resource["Properties"][property];
            if given.is_null() {
                continue;
            }
            held += 1;
            let identity = kinds[kind]["identity"].iter();
            let identity = identity.map(|path| &resource["Properties"][path]);
            let in_the_name: BTreeSet<_> = identity
                .chain([given])
                .flat_map(|value| dependence.of(value))
                .collect();
            for (path, value) in dependence.replacing(resource) {
                replaced += usize::from(path != property);
                let others: Vec<_> = dependence
                    .of(value)
                    .difference(&in_the_name)
                    .cloned()
                    .collect();
                assert!(
                    others.is_empty(),
                    "{name}: another value of {others:?} replaces {id} by {path}, under the same name"
                );
            }
        }
    }
    assert!(held > 20 && replaced > 3, "{held} {replaced}");
    Ok(())
}

/// What has no name of its own gets a new one; but its content doesn't move there.
#[test]
fn no_parameter_but_its_name_replaces_what_keeps_data() -> Tested {
    let keeps = [
        ("AWS::Kinesis::Stream", "Name"),
        ("AWS::Logs::LogGroup", "LogGroupName"),
        ("AWS::OpenSearchService::Domain", "DomainName"),
        ("AWS::S3::Bucket", "BucketName"),
        ("AWS::SQS::Queue", "QueueName"),
    ];
    let (all, kinds) = all()?;
    let mut held = 0;
    for (name, template) in &all {
        let dependence = Dependence {
            template,
            kinds: &kinds,
        };
        for (id, resource) in template["Resources"].as_object().into_iter().flatten() {
            let kind = resource["Type"].as_str().unwrap_or_default();
            let Some((_, property)) = keeps.iter().find(|(known, _)| *known == kind) else {
                continue;
            };
            held += 1;
            for (path, value) in dependence.replacing(resource) {
                let by = dependence.of(value);
                assert!(
                    path == *property || by.is_empty(),
                    "{name}: {by:?} replaces {id} by {path}"
                );
            }
        }
    }
    assert!(held > 8, "{held}");
    Ok(())
}
