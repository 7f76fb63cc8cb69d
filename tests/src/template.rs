//! Templates of `CloudFormation`: as JSON, and as stacks in a stand-in.

use std::collections::BTreeMap;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, ensure};
use local::layout::{checking_program, project_root, python_program};
use serde_json::Value;

/// The folder of the templates.
#[must_use]
pub fn folder() -> PathBuf {
    project_root().join("cloudformation")
}

/// A template by its file's name, with `!Sub` and its like as `Fn::Sub`.
///
/// # Errors
/// When it can't be read.
pub fn template(name: &str) -> anyhow::Result<Value> {
    // Starting the reader takes longer than reading: it reads all of them once for each test binary.
    static READ: Mutex<BTreeMap<String, Value>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if read.is_empty() {
        let mut command = Command::new(checking_program("python")?);
        command.arg(script("template.py"));
        command.args(templates()?.iter().map(|name| folder().join(name)));
        *read = serde_json::from_slice(&output(command)?)?;
    }
    read.get(name).cloned().context(name.to_owned())
}

/// A stack in a stand-in.
pub struct Stack<'a> {
    /// Where the stand-in is.
    pub endpoint: &'a str,
    /// The account.
    pub account: &'a str,
    /// The Region.
    pub region: &'a str,
    /// The stack's name.
    pub name: &'a str,
}

impl Stack<'_> {
    /// Creates or updates it (`action`) and waits for it; returns `status` and `outputs`.
    ///
    /// # Errors
    /// When that fails: with the reasons that the stand-in tells.
    pub fn put(&self, action: &str, template: &Path, parameters: &Value) -> anyhow::Result<Value> {
        let mut command = self.command(action)?;
        command.arg(template).arg(parameters.to_string());
        Ok(serde_json::from_slice(&output(command)?)?)
    }

    /// Deletes it and waits until it is gone.
    ///
    /// # Errors
    /// When that fails.
    pub fn delete(&self) -> anyhow::Result<()> {
        output(self.command("delete")?).map(drop)
    }

    fn command(&self, action: &str) -> anyhow::Result<Command> {
        let mut command = Command::new(python_program("python")?);
        command.arg(script("stack.py"));
        command.args([self.endpoint, self.account, self.region, action, self.name]);
        Ok(command)
    }
}

/// The answers of services of a stack's stand-in, account and Region to calls: a list of service,
/// operation and parameters with boto3's names. A refused call answers
/// `{"error": CODE, "message": TEXT}`.
///
/// # Errors
/// When they can't be asked.
pub fn ask(stack: &Stack<'_>, calls: &Value) -> anyhow::Result<Vec<Value>> {
    let mut file = tempfile::tempfile()?;
    file.write_all(calls.to_string().as_bytes())?;
    file.rewind()?;
    let mut command = Command::new(python_program("python")?);
    command.arg(script("ask.py"));
    command.args([stack.endpoint, stack.account, stack.region]);
    command.stdin(file);
    Ok(serde_json::from_slice(&output(command)?)?)
}

fn script(name: &str) -> PathBuf {
    project_root().join("tests/python").join(name)
}

/// What a program prints.
///
/// # Errors
/// When it fails: with what it said.
pub fn output(mut command: Command) -> anyhow::Result<Vec<u8>> {
    let output = command
        .output()
        .with_context(|| format!("{command:?} can't be run"))?;
    ensure!(
        output.status.success(),
        "{command:?} ended with {}:\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output.stdout)
}

/// The names of all templates.
///
/// # Errors
/// When the folder can't be read.
pub fn templates() -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder())? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| Path::new(name).extension().is_some_and(|it| it == "yaml"));
    names.sort();
    Ok(names)
}

/// A template's resources of one type, with their logical ids.
#[must_use]
pub fn of_kind(template: &Value, kind: &str) -> Vec<(String, Value)> {
    let all = template["Resources"].as_object().into_iter().flatten();
    let of_kind = all.filter(|(_, one)| one["Type"] == kind);
    of_kind.map(|(id, one)| (id.clone(), one.clone())).collect()
}

/// A template's value with every `!Sub` of one text, `!Ref` and `!GetAtt` as the text that a `!Sub`
/// would have: `${RawStream.Arn}`.
#[must_use]
pub fn plain(value: &Value) -> Value {
    match value {
        Value::Object(fields) if fields.len() == 1 => {
            let text = fields
                .iter()
                .next()
                .and_then(|(key, value)| function(key, value));
            text.map_or_else(|| each(fields), Value::String)
        }
        Value::Object(fields) => each(fields),
        Value::Array(items) => items.iter().map(plain).collect(),
        other => other.clone(),
    }
}

/// The longest name of a stack ("AWS `CloudFormation` quotas").
pub const LONGEST_STACK_NAME: usize = 128;

/// Properties that name a resource, and how long a name the service takes, by its own API reference.
pub const NAMES: &[(&str, &str, usize)] = &[
    ("AWS::CloudTrail::Trail", "TrailName", 128),
    ("AWS::CloudWatch::Dashboard", "DashboardName", 255),
    ("AWS::CloudWatch::InsightRule", "RuleName", 128),
    ("AWS::Events::Rule", "Name", 64),
    ("AWS::IAM::Role", "RoleName", 64),
    ("AWS::KMS::Alias", "AliasName", 256),
    ("AWS::Kinesis::Stream", "Name", 128),
    (
        "AWS::KinesisFirehose::DeliveryStream",
        "DeliveryStreamName",
        64,
    ),
    ("AWS::Lambda::Function", "FunctionName", 64),
    ("AWS::Logs::LogGroup", "LogGroupName", 512),
    ("AWS::Logs::LogStream", "LogStreamName", 512),
    ("AWS::Logs::MetricFilter", "FilterName", 512),
    ("AWS::Logs::ResourcePolicy", "PolicyName", 255),
    ("AWS::Logs::SubscriptionFilter", "FilterName", 512),
    ("AWS::OpenSearchService::Domain", "DomainName", 28),
];

fn each(fields: &serde_json::Map<String, Value>) -> Value {
    let plain = |(key, value): (&String, &Value)| (key.clone(), plain(value));
    fields.iter().map(plain).collect()
}

fn function(key: &str, value: &Value) -> Option<String> {
    match (key, value) {
        ("Fn::Sub", Value::String(text)) => Some(text.clone()),
        ("Ref" | "Fn::GetAtt", Value::String(name)) => Some(format!("${{{name}}}")),
        ("Fn::GetAtt", Value::Array(names)) => {
            let names: Vec<_> = names.iter().filter_map(Value::as_str).collect();
            Some(format!("${{{}}}", names.join(".")))
        }
        _ => None,
    }
}
