//! `EventBridge`: rules on the default bus with their targets and tags; no events.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::unknown;
use crate::cloud::answer::Answered;
use crate::cloud::call::{Call, Place};
use crate::cloud::refusal::Refusal;
use crate::cloud::world::World;

/// Rules by place and name.
#[derive(Debug, Default, Clone)]
pub(in crate::cloud) struct Rules(BTreeMap<(Place, String), Rule>);

#[derive(Debug, Default, Clone)]
struct Rule {
    pattern: String,
    description: String,
    state: String,
    tags: BTreeMap<String, String>,
    /// ARNs by id.
    targets: BTreeMap<String, String>,
}

impl Rules {
    pub(in crate::cloud) fn dump(&self, dump: &mut BTreeMap<String, String>) {
        for ((place, name), rule) in &self.0 {
            let key = format!("{} {} rule {name}", place.account, place.region);
            let Rule {
                pattern,
                state,
                tags,
                targets,
                ..
            } = rule;
            let shown =
                json!({"pattern": pattern, "state": state, "tags": tags, "targets": targets});
            dump.insert(key, shown.to_string());
        }
    }
}

pub(super) fn answer(world: &mut World, call: &Call) -> Answered {
    let rules = &mut world.rules.0;
    if call.operation == "PutRule" {
        return put(rules, call);
    }
    let name = match call.optional("ResourceARN") {
        Some(arn) => arn.rsplit('/').next().unwrap_or_default().to_owned(),
        None => call
            .optional("Rule")
            .or(call.optional("Name"))
            .unwrap_or_default()
            .to_owned(),
    };
    let key = (call.place(), name);
    if call.operation == "DeleteRule" {
        // As AWS: a rule that isn't there is as good as deleted.
        if rules.get(&key).is_some_and(|rule| !rule.targets.is_empty()) {
            let message = "Rule can't be deleted since it has targets.";
            return Err(Refusal::new("ValidationException", message));
        }
        rules.remove(&key);
        return Ok(Value::Null);
    }
    let missing = || Refusal::missing(&format!("Rule {} does not exist.", key.1));
    let rule = rules.get_mut(&key).ok_or_else(missing)?;
    with_rule(rule, &key.1, call)
}

/// The operations on a rule that is there.
fn with_rule(rule: &mut Rule, name: &str, call: &Call) -> Answered {
    let list = |name: &str| {
        call.parameters[name]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    match call.operation.as_str() {
        "DescribeRule" => Ok(json!({
            "Name": name,
            "Arn": call.arn(&format!("rule/{name}")),
            "EventPattern": rule.pattern,
            "Description": rule.description,
            "State": rule.state,
        })),
        "ListTagsForResource" => {
            let tags = rule
                .tags
                .iter()
                .map(|(key, value)| json!({"Key": key, "Value": value}));
            Ok(json!({"Tags": tags.collect::<Vec<_>>()}))
        }
        "ListTargetsByRule" => {
            let targets = rule
                .targets
                .iter()
                .map(|(id, arn)| json!({"Id": id, "Arn": arn}));
            Ok(json!({"Targets": targets.collect::<Vec<_>>()}))
        }
        "PutTargets" => {
            for target in list("Targets") {
                let text = |name: &str| target[name].as_str().unwrap_or_default().to_owned();
                rule.targets.insert(text("Id"), text("Arn"));
            }
            Ok(json!({"FailedEntryCount": 0, "FailedEntries": []}))
        }
        "RemoveTargets" => {
            for id in list("Ids") {
                rule.targets.remove(id.as_str().unwrap_or_default());
            }
            Ok(json!({"FailedEntryCount": 0, "FailedEntries": []}))
        }
        _ => Err(unknown(call)),
    }
}

fn put(rules: &mut BTreeMap<(Place, String), Rule>, call: &Call) -> Answered {
    let name = call.text("Name")?.to_owned();
    let arn = call.arn(&format!("rule/{name}"));
    let key = (call.place(), name);
    // Tags count only for a new rule.
    let new = !rules.contains_key(&key);
    let rule = rules.entry(key).or_default();
    let text = |name: &str| call.optional(name).unwrap_or_default().to_owned();
    rule.pattern = text("EventPattern");
    rule.description = text("Description");
    call.optional("State")
        .unwrap_or("ENABLED")
        .clone_into(&mut rule.state);
    if new {
        for tag in call.parameters["Tags"].as_array().into_iter().flatten() {
            let part = |name: &str| tag[name].as_str().unwrap_or_default().to_owned();
            rule.tags.insert(part("Key"), part("Value"));
        }
    }
    Ok(json!({"RuleArn": arn}))
}
