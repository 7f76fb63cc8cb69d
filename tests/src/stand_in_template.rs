//! A template as the stand-in takes it, and what its `CloudFormation` doesn't know by the service's own
//! API, with the properties that the stand-in has worked out from the template.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::template::{Stack, ask, template};

/// Types that the stand-in's `CloudFormation` refuses, and whose services it has.
const BY_HAND: [&str; 2] = ["AWS::CloudTrail::Trail", "AWS::EC2::FlowLog"];

/// A template in a file.
pub struct Adapted {
    /// The file.
    pub path: PathBuf,
    _folder: TempDir,
}

impl Adapted {
    /// The template of that file, for a stack in `region`: what is to be made by hand becomes an output,
    /// the resource's name with `Properties` behind it. The stand-in doesn't know in conditions where it is.
    ///
    /// # Errors
    /// When it can't be read or written.
    pub fn new(name: &str, region: &str) -> anyhow::Result<Self> {
        let mut document = template(name)?;
        document["Transform"] = "AWS::LanguageExtensions".into();
        document["Conditions"] = located(&document["Conditions"], region);
        for (id, resource) in taken(&mut document, "Resources", |resource| {
            BY_HAND.iter().any(|kind| resource["Type"] == *kind)
        }) {
            taken(&mut document, "Outputs", |output| {
                output["Value"]["Fn::GetAtt"][0] == *id
            });
            document["Outputs"][format!("{id}Properties")] = json!({
                "Condition": resource["Condition"],
                "Value": {"Fn::ToJsonString": resource["Properties"]},
            });
        }
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("template.json");
        std::fs::write(&path, document.to_string())?;
        Ok(Self {
            path,
            _folder: folder,
        })
    }
}

/// Takes those members out of a section.
fn taken(
    document: &mut Value,
    section: &str,
    chosen: impl Fn(&Value) -> bool,
) -> Vec<(String, Value)> {
    let Some(members) = document[section].as_object_mut() else {
        return Vec::new();
    };
    let ids: Vec<_> = members
        .iter()
        .filter(|(_, member)| chosen(member))
        .map(|(id, _)| id.clone())
        .collect();
    ids.into_iter()
        .filter_map(|id| members.remove(&id).map(|member| (id, member)))
        .collect()
}

fn located(value: &Value, region: &str) -> Value {
    match value {
        Value::Object(fields) if fields.get("Ref").is_some_and(|name| name == "AWS::Region") => {
            region.into()
        }
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), located(value, region)))
            .collect(),
        Value::Array(items) => items.iter().map(|item| located(item, region)).collect(),
        other => other.clone(),
    }
}

/// The properties of a resource that is to be made by hand, as a stack's answer has them.
///
/// # Errors
/// When the stack has no such output.
pub fn properties(answer: &Value, id: &str) -> anyhow::Result<Value> {
    let text = answer["outputs"][format!("{id}Properties")].as_str();
    let text = text.with_context(|| format!("{id} is none of the stack's: {answer}"))?;
    Ok(serde_json::from_str(text)?)
}

/// Makes one call where the stack is. `operation` is in boto3's spelling.
///
/// # Errors
/// When it is refused.
pub fn call(
    stack: &Stack<'_>,
    service: &str,
    operation: &str,
    parameters: &Value,
) -> anyhow::Result<Value> {
    let mut answers = ask(stack, &json!([[service, operation, parameters]]))?;
    let answer = answers.pop().context("no answer")?;
    let refused = answer["error"].as_str();
    ensure!(refused.is_none(), "{service} {operation}: {answer}");
    Ok(answer)
}

/// Creates the flow log of these properties; returns its id.
///
/// # Errors
/// When it is refused.
pub fn create_flow_log(stack: &Stack<'_>, properties: &Value) -> anyhow::Result<String> {
    let mut request = properties.clone();
    let fields = request.as_object_mut().context("no properties")?;
    let resource = fields.remove("ResourceId").context("no ResourceId")?;
    let tags = fields.remove("Tags").context("no Tags")?;
    let seconds = fields["MaxAggregationInterval"].as_str();
    let seconds: Option<u32> = seconds.and_then(|seconds| seconds.parse().ok());
    fields.insert("MaxAggregationInterval".to_owned(), json!(seconds));
    fields.insert("ResourceIds".to_owned(), json!([resource]));
    let answer = call(stack, "ec2", "create_flow_logs", &request)?;
    let id = answer["FlowLogIds"][0].as_str();
    let id = id.with_context(|| answer.to_string())?.to_owned();
    // Creating it, the stand-in forgets tags.
    let tagged = json!({"Resources": [id], "Tags": tags});
    call(stack, "ec2", "create_tags", &tagged)?;
    Ok(id)
}

/// Creates the trail of these properties.
///
/// # Errors
/// When it is refused.
pub fn create_trail(stack: &Stack<'_>, properties: &Value) -> anyhow::Result<()> {
    let mut request = properties.clone();
    let fields = request.as_object_mut().context("no properties")?;
    let name = fields.remove("TrailName").context("no TrailName")?;
    fields.insert("Name".to_owned(), name);
    fields.remove("IsLogging");
    call(stack, "cloudtrail", "create_trail", &request)?;
    // Creating it, the stand-in forgets the log group.
    call(stack, "cloudtrail", "update_trail", &request)?;
    Ok(())
}
