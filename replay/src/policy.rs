//! `--policy`: the least that a run with these arguments has to be allowed, out of
//! `policies/replay.json`. Asks nothing of AWS.

use serde_json::{Value, json};
use transform::streams::Service;

use crate::arguments::Arguments;
use crate::error::Error;
use crate::source::Place;

const TEMPLATE: &str = include_str!("../../policies/replay.json");

/// The policy document.
///
/// # Errors
/// Where no place or stream needs a permission, or the template is no JSON.
pub fn text(arguments: &Arguments) -> Result<String, Error> {
    let mut document: Value = serde_json::from_str(TEMPLATE)?;
    if let Some(statements) = document["Statement"].as_array_mut() {
        for statement in &mut *statements {
            fill(statement, arguments);
        }
        // A statement about nothing is none.
        statements.retain(|statement| statement["Resource"] != json!([]));
        if statements.is_empty() {
            return Err(Error::Use(
                "files alone need no permission: name s3://BUCKET/PREFIX, --payloads-to or --documents-to"
                    .to_owned(),
            ));
        }
    }
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// Replaces each `${name}` by its list.
fn fill(value: &mut Value, arguments: &Arguments) {
    match value {
        Value::String(text) => {
            let name = text
                .strip_prefix("${")
                .and_then(|rest| rest.strip_suffix('}'));
            if let Some(list) = name.and_then(|name| list(name, arguments)) {
                *value = json!(list);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| fill(value, arguments)),
        Value::Object(fields) => fields.values_mut().for_each(|value| fill(value, arguments)),
        _ => {}
    }
}

fn list(name: &str, arguments: &Arguments) -> Option<Vec<String>> {
    Some(match name {
        "bucket_arns" => places(arguments, |partition, bucket, _| {
            format!("arn:{partition}:s3:::{bucket}")
        }),
        "prefixes" => places(arguments, |_, _, prefix| format!("{prefix}*")),
        "object_arns" => objects(arguments),
        "marked_arns" if arguments.mark => objects(arguments),
        "marked_arns" => Vec::new(),
        "stream_arns" => streams(arguments, Service::Kinesis),
        "delivery_stream_arns" => streams(arguments, Service::Firehose),
        _ => return None,
    })
}

fn objects(arguments: &Arguments) -> Vec<String> {
    places(arguments, |partition, bucket, prefix| {
        format!("arn:{partition}:s3:::{bucket}/{prefix}*")
    })
}

fn places(arguments: &Arguments, text: impl Fn(&str, &str, &str) -> String) -> Vec<String> {
    // China's and the government's Regions have partitions of their own.
    let targets = [&arguments.payloads_to, &arguments.documents_to];
    let arn = targets.iter().find_map(|target| target.as_ref());
    let partition = arn.and_then(|target| target.arn.split(':').nth(1));
    let partition = partition.unwrap_or("aws");
    let mut all: Vec<String> = arguments
        .from
        .iter()
        .filter_map(|place| match place {
            Place::S3 { bucket, prefix } => Some(text(partition, bucket, prefix)),
            Place::Disk(_) => None,
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

fn streams(arguments: &Arguments, service: Service) -> Vec<String> {
    let targets = [&arguments.payloads_to, &arguments.documents_to];
    let mut all: Vec<String> = targets
        .iter()
        .filter_map(|target| target.as_ref())
        .filter(|target| target.service == service)
        .map(|target| target.arn.clone())
        .collect();
    all.sort();
    all.dedup();
    all
}
