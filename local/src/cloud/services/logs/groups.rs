//! Log groups, their streams and events.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::filters::Filter;
use super::{Logs, unknown};
use crate::cloud::answer::Answered;
use crate::cloud::call::Call;
use crate::cloud::refusal::Refusal;
use crate::cloud::services::pages::page;

/// Most log groups on one page.
const PAGE: usize = 50;

/// A log group.
#[derive(Debug, Clone)]
pub(in crate::cloud) struct Group {
    /// `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.
    pub class: String,
    /// Days; nothing for ever.
    pub retention: Option<i64>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Subscription filters by name.
    pub filters: BTreeMap<String, Filter>,
    /// Events by log stream, as they were put.
    pub streams: BTreeMap<String, Vec<Value>>,
}

impl Group {
    pub(in crate::cloud) fn new(class: &str) -> Self {
        Self {
            class: class.to_owned(),
            retention: None,
            tags: BTreeMap::new(),
            filters: BTreeMap::new(),
            streams: BTreeMap::new(),
        }
    }
}

/// Refuses names that only AWS may give.
pub(in crate::cloud) fn reserved(name: &str) -> Result<(), Refusal> {
    if name.starts_with("AWS/") {
        let message = "Log groups starting with AWS/ are reserved for AWS.";
        return Err(Refusal::parameter(message));
    }
    Ok(())
}

pub(super) fn answer(logs: &mut Logs, call: &Call) -> Answered {
    match call.operation.as_str() {
        "DescribeLogGroups" => return describe(logs, call),
        "CreateLogGroup" => return create(logs, call),
        "ListTagsForResource" => return tags(logs, call),
        _ => {}
    }
    let name = call.text("logGroupName")?.to_owned();
    let group = logs.group(call)?;
    match call.operation.as_str() {
        "DeleteLogGroup" => {
            let groups = logs.groups.entry(call.place()).or_default();
            groups.remove(&name);
            Ok(Value::Null)
        }
        "PutRetentionPolicy" => {
            group.retention = call.number("retentionInDays");
            Ok(Value::Null)
        }
        "DeleteRetentionPolicy" => {
            group.retention = None;
            Ok(Value::Null)
        }
        _ => streams(group, call),
    }
}

fn create(logs: &mut Logs, call: &Call) -> Answered {
    let name = call.text("logGroupName")?;
    reserved(name)?;
    let groups = logs.groups.entry(call.place()).or_default();
    if groups.contains_key(name) {
        let message = "The specified log group already exists";
        return Err(Refusal::new("ResourceAlreadyExistsException", message));
    }
    let class = call.optional("logGroupClass").unwrap_or("STANDARD");
    let tags = call.parameters["tags"].as_object().into_iter().flatten();
    let tags =
        tags.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()));
    let group = Group {
        tags: tags.collect(),
        ..Group::new(class)
    };
    groups.insert(name.to_owned(), group);
    Ok(Value::Null)
}

fn tags(logs: &Logs, call: &Call) -> Answered {
    let arn = call.text("resourceArn")?;
    let name = arn.split_once(":log-group:").map_or(arn, |(_, name)| name);
    let groups = logs.groups.get(&call.place());
    let group = groups.and_then(|groups| groups.get(name));
    let group = group.ok_or_else(|| Refusal::missing("The specified resource does not exist."))?;
    Ok(json!({"tags": group.tags}))
}

fn describe(logs: &Logs, call: &Call) -> Answered {
    let size = usize::try_from(call.number("limit").unwrap_or(50)).unwrap_or(0);
    if !(1..=PAGE).contains(&size) {
        return Err(Refusal::parameter("limit must be between 1 and 50"));
    }
    let prefix = call.optional("logGroupNamePrefix").unwrap_or_default();
    let pattern = call.optional("logGroupNamePattern").unwrap_or_default();
    let here = logs.groups.get(&call.place()).into_iter().flatten();
    let found = here.filter(|(name, _)| name.starts_with(prefix) && name.contains(pattern));
    let (found, next) = page(found, call.optional("nextToken"), size)?;
    let shown = |(name, group): (&String, &Group)| {
        let arn = call.arn(&format!("log-group:{name}"));
        json!({
            "logGroupName": name,
            "logGroupClass": group.class,
            "retentionInDays": group.retention,
            "arn": format!("{arn}:*"),
            "logGroupArn": arn,
            "creationTime": 1_767_225_600_000_i64,
            "metricFilterCount": 0,
            "storedBytes": 0,
        })
    };
    let found: Vec<_> = found.into_iter().map(shown).collect();
    Ok(json!({"logGroups": found, "nextToken": next}))
}

/// The operations on streams and events.
fn streams(group: &mut Group, call: &Call) -> Answered {
    if call.operation == "DescribeLogStreams" {
        let names = group
            .streams
            .keys()
            .map(|name| json!({"logStreamName": name}));
        return Ok(json!({"logStreams": names.collect::<Vec<_>>()}));
    }
    let name = call.text("logStreamName")?;
    if call.operation == "CreateLogStream" {
        if group.streams.contains_key(name) {
            let message = "The specified log stream already exists";
            return Err(Refusal::new("ResourceAlreadyExistsException", message));
        }
        group.streams.insert(name.to_owned(), Vec::new());
        return Ok(Value::Null);
    }
    let events = group.streams.get_mut(name);
    let events =
        events.ok_or_else(|| Refusal::missing("The specified log stream does not exist."))?;
    match call.operation.as_str() {
        "PutLogEvents" => {
            let more = call.parameters["logEvents"].as_array().cloned();
            let more = more.filter(|more| !more.is_empty());
            events.extend(more.ok_or_else(|| Refusal::parameter("logEvents is empty"))?);
            Ok(json!({"nextSequenceToken": events.len().to_string()}))
        }
        "GetLogEvents" => Ok(json!({"events": events})),
        _ => Err(unknown(call)),
    }
}
