//! What belongs into a cluster: the files of `dashboards/`, in the dialect of the cluster, in the order
//! in which they are put.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Ages, Dialect, Replicas, SearchError};

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// When daily indices become warm and are deleted.
    LifecyclePolicy,
    /// Id and index of each document.
    IngestPipeline,
    /// Settings or fields that index templates are composed of.
    ComponentTemplate,
    /// What an index is made with.
    IndexTemplate,
}

/// An object as it belongs there.
#[derive(Debug, Clone)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Its name there.
    pub name: &'static str,
    /// What is put.
    pub body: Value,
    /// Its version, so that an older program leaves what a newer one has put.
    pub version: u64,
    /// Whether it is the user's from then on: made where it is missing, and left once the user has changed it.
    pub yours: bool,
}

/// The name of a file's object, and the file.
type File = (Kind, &'static str, &'static str);

macro_rules! file {
    ($kind:ident, $name:literal, $path:literal) => {
        (
            Kind::$kind,
            $name,
            include_str!(concat!("../../../dashboards/", $path)),
        )
    };
}

const FILES: [File; 12] = [
    file!(IngestPipeline, "tributary", "ingest-pipeline.json"),
    file!(
        ComponentTemplate,
        "tributary-settings",
        "component-templates/settings.json"
    ),
    file!(
        ComponentTemplate,
        "tributary-ecs",
        "component-templates/ecs.json"
    ),
    file!(
        ComponentTemplate,
        "tributary-aws.cloudtrail",
        "component-templates/aws.cloudtrail.json"
    ),
    file!(
        ComponentTemplate,
        "tributary-aws.guardduty",
        "component-templates/aws.guardduty.json"
    ),
    file!(
        ComponentTemplate,
        "tributary-aws.vpcflow",
        "component-templates/aws.vpcflow.json"
    ),
    file!(
        ComponentTemplate,
        "tributary-custom",
        "component-templates/custom.json"
    ),
    file!(
        IndexTemplate,
        "tributary-aws.cloudtrail",
        "index-templates/aws.cloudtrail.json"
    ),
    file!(
        IndexTemplate,
        "tributary-aws.guardduty",
        "index-templates/aws.guardduty.json"
    ),
    file!(
        IndexTemplate,
        "tributary-aws.vpcflow",
        "index-templates/aws.vpcflow.json"
    ),
    file!(
        IndexTemplate,
        "tributary-failed",
        "index-templates/failed.json"
    ),
    file!(IndexTemplate, "tributary", "index-templates/other.json"),
];

/// The name of the lifecycle policy.
pub const POLICY: &str = "tributary";

/// The component template that is the user's.
const CUSTOM: &str = "tributary-custom";

/// The templates that have settings of their own.
pub const SETTINGS: &str = "tributary-settings";
const FAILED: &str = "tributary-failed";

/// What differs from one cluster to another.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// How old indices get; nothing where their lifecycle is somebody else's.
    pub ages: Option<Ages>,
    /// Whether the policy with these ages only stands there still, and nobody wants it.
    pub is_left: bool,
    /// How many copies they have.
    pub replicas: Replicas,
}

impl Shape {
    /// How old indices get that are made from now on: a policy that names its indices itself takes new ones for
    /// as long as it stands there.
    fn ages_of_new(self, dialect: &Dialect) -> Option<Ages> {
        let takes_new = !self.is_left || dialect.policy_names_indices();
        self.ages.filter(|_| takes_new)
    }
}

/// Everything that belongs into a cluster of that shape.
///
/// # Errors
/// When a file in this program is damaged.
pub fn objects(dialect: &Dialect, shape: Shape) -> Result<Vec<Object>, SearchError> {
    let policy = shape.ages.map(|ages| policy(dialect, ages));
    let ages = shape.ages_of_new(dialect);
    let others = FILES.into_iter().map(|(kind, name, text)| {
        let mut body = parsed(name, text)?;
        translate(&mut body, dialect.free_form);
        match kind {
            Kind::IngestPipeline => days(&mut body, ages),
            Kind::ComponentTemplate | Kind::IndexTemplate => shape.replicas.apply(&mut body),
            Kind::LifecyclePolicy => {}
        }
        if name == CUSTOM {
            shape.replicas.note(&mut body);
        }
        if let (Some(setting), Some(_), SETTINGS | FAILED) = (dialect.lifecycle_setting, ages, name)
        {
            body["template"]["settings"]["index"][setting] = json!({"name": POLICY});
        }
        object(kind, name, body)
    });
    policy.into_iter().chain(others).collect()
}

/// The lifecycle policy with these ages.
///
/// # Errors
/// When its file in this program is damaged.
pub fn policy(dialect: &Dialect, ages: Ages) -> Result<Object, SearchError> {
    let mut body = parsed("the lifecycle policy", dialect.lifecycle)?;
    ages.apply(dialect.product, &mut body);
    object(Kind::LifecyclePolicy, POLICY, body)
}

impl Object {
    /// Where it is, below the address of the cluster.
    pub fn path(&self, dialect: &Dialect) -> String {
        let folder = match self.kind {
            Kind::LifecyclePolicy => dialect.lifecycle_path,
            Kind::IngestPipeline => "_ingest/pipeline",
            Kind::ComponentTemplate => "_component_template",
            Kind::IndexTemplate => "_index_template",
        };
        format!("{folder}/{}", self.name)
    }
}

impl Kind {
    /// As people say it.
    pub fn words(self) -> &'static str {
        match self {
            Self::LifecyclePolicy => "lifecycle policy",
            Self::IngestPipeline => "ingest pipeline",
            Self::ComponentTemplate => "component template",
            Self::IndexTemplate => "index template",
        }
    }
}

fn parsed(name: &'static str, text: &str) -> Result<Value, SearchError> {
    serde_json::from_str(text).map_err(|error| SearchError::Embedded {
        name,
        reason: error.to_string(),
    })
}

fn object(kind: Kind, name: &'static str, body: Value) -> Result<Object, SearchError> {
    let inner = if kind == Kind::LifecyclePolicy {
        &body["policy"]
    } else {
        &body
    };
    let version = mark(inner).ok_or_else(|| SearchError::Embedded {
        name,
        reason: "it has no mark".to_owned(),
    })?;
    let yours = name == CUSTOM;
    Ok(Object {
        kind,
        name,
        body,
        version,
        yours,
    })
}

/// The version in our mark on an object; nothing on what is somebody else's.
///
/// Templates have `_meta.managed_by` and `version`. Pipelines and policies of `OpenSearch` take no
/// `_meta`: their description begins with the mark.
pub fn mark(object: &Value) -> Option<u64> {
    if object["_meta"]["managed_by"] == "tributary" {
        let version = [&object["version"], &object["_meta"]["version"]];
        return version.into_iter().find_map(Value::as_u64);
    }
    let rest = object["description"]
        .as_str()?
        .strip_prefix("Tributary, version ")?;
    rest.split(':').next()?.parse().ok()
}

/// Tells the pipeline how many days back have an index each: as many as the lifecycle keeps one.
fn days(pipeline: &mut Value, ages: Option<Ages>) {
    let processors = pipeline["processors"].as_array_mut().into_iter().flatten();
    for script in processors.filter_map(|processor| processor.get_mut("script")) {
        script["params"]["days_back"] = json!(Ages::daily(ages));
    }
}

/// Every field of the type `flat_object`, in which the files are written, has this type afterwards.
fn translate(value: &mut Value, free_form: &str) {
    match value {
        Value::Object(members) => {
            if members.get("type").is_some_and(|of| of == "flat_object") {
                members.insert("type".to_owned(), json!(free_form));
            }
            members
                .values_mut()
                .for_each(|member| translate(member, free_form));
        }
        Value::Array(elements) => elements
            .iter_mut()
            .for_each(|element| translate(element, free_form)),
        _ => {}
    }
}

#[cfg(test)]
#[path = "objects_tests.rs"]
mod tests;
