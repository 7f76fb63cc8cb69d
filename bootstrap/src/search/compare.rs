//! Whether what stands in a cluster is what belongs there, although servers write it in another way.

use serde_json::{Map, Value, json};

use super::Kind;

/// Whether what stands there is what would be put: both without their outermost name.
///
/// Servers answer numbers and booleans of settings as texts, and settings with or without `index.`.
/// They add to policies what nobody wrote ([`ADDED`], and members that are null), and to templates the time at
/// which they were put: in a template only the outermost members may have more than we put.
pub fn is_same(kind: Kind, wanted: &Value, standing: &Value) -> bool {
    if kind == Kind::LifecyclePolicy {
        return is_within(wanted, standing);
    }
    let (wanted, standing) = (normal(wanted), normal(standing));
    let members = wanted.as_object().into_iter().flatten();
    members
        .into_iter()
        .all(|(name, value)| standing.get(name) == Some(value))
}

/// What servers add to a policy: Index State Management writes `policy_id`, `schema_version`, `user`, times and
/// the `retry` of each action, Elasticsearch the default of the action `delete`.
const ADDED: [&str; 6] = [
    "delete_searchable_snapshot",
    "last_updated_time",
    "policy_id",
    "retry",
    "schema_version",
    "user",
];

fn is_added(name: &str, value: &Value) -> bool {
    let decided = name == "delete_searchable_snapshot" && value == false;
    !decided && (value.is_null() || ADDED.contains(&name))
}

/// The states or phases of a policy with the names of their actions and of where they lead, and whether it tells
/// errors: what is the same in all versions of ours, whatever the ages.
pub fn outline(policy: &Value) -> Value {
    let names = |actions: &Value| -> Vec<String> {
        let members = actions.as_object().into_iter().flatten();
        let names = members.filter(|(name, value)| !is_added(name, value));
        names.map(|(name, _)| name.clone()).collect()
    };
    let phases = policy["phases"].as_object().into_iter().flatten();
    let phases = phases.map(|(name, phase)| json!([name, names(&phase["actions"])]));
    let states = policy["states"].as_array().into_iter().flatten();
    let states = states.map(|state| {
        let each = |member: &str| state[member].as_array().into_iter().flatten();
        let actions: Vec<_> = each("actions").flat_map(names).collect();
        let leads: Vec<_> = each("transitions")
            .map(|to| json!([to["state_name"], names(&to["conditions"])]))
            .collect();
        json!([state["name"], actions, leads])
    });
    let all: Vec<_> = phases.chain(states).collect();
    json!([all, policy["error_notification"].is_null()])
}

fn is_within(wanted: &Value, standing: &Value) -> bool {
    match (wanted, standing) {
        (Value::Object(wanted), Value::Object(standing)) => {
            let mut of_standing = standing.iter();
            of_standing.all(|(name, value)| wanted.contains_key(name) || is_added(name, value))
                && wanted.iter().all(|(name, value)| {
                    standing
                        .get(name)
                        .is_some_and(|other| is_within(value, other))
                })
        }
        (Value::Array(wanted), Value::Array(standing)) => {
            wanted.len() == standing.len()
                && wanted
                    .iter()
                    .zip(standing)
                    .all(|(one, other)| is_within(one, other))
        }
        (wanted, standing) => text(wanted) == text(standing),
    }
}

fn normal(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(settings) = value.pointer_mut("/template/settings") {
        let mut flat = Map::new();
        flatten("", settings, &mut flat);
        *settings = Value::Object(flat);
    }
    texts(&mut value);
    value
}

/// `{"index": {"a": {"b": 1}}}` and `{"a.b": "1"}` are the same settings.
pub(super) fn flatten(path: &str, value: &Value, into: &mut Map<String, Value>) {
    if let Value::Object(members) = value {
        for (name, member) in members {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            flatten(&path, member, into);
        }
    } else {
        let path = path.strip_prefix("index.").unwrap_or(path);
        into.insert(path.to_owned(), value.clone());
    }
}

fn texts(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(texts),
        Value::Array(elements) => elements.iter_mut().for_each(texts),
        scalar => *scalar = Value::String(text(scalar)),
    }
}

/// A setting as servers write it: `2` and `"2"` are the same.
pub(super) fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_the_same_however_a_server_writes_them() {
        let wanted = json!({"version": 1, "template": {"settings": {"index": {"number_of_shards": 1, "lifecycle": {"name": "x"}}}}});
        for standing in [
            json!({"version": 1, "template": {"settings": {"index": {"number_of_shards": "1", "lifecycle": {"name": "x"}}}}}),
            json!({"version": 1, "template": {"settings": {"index.number_of_shards": "1", "index.lifecycle.name": "x"}}, "created_date": 7}),
        ] {
            assert!(
                is_same(Kind::ComponentTemplate, &wanted, &standing),
                "{standing}"
            );
        }
    }

    #[test]
    fn a_template_with_a_field_more_or_less_is_another_one() {
        let wanted = json!({"template": {"mappings": {"properties": {"a": {"type": "ip"}, "b": {"type": "ip"}}}}});
        for other in [
            json!({"template": {"mappings": {"properties": {"a": {"type": "ip"}}}}}),
            json!({"template": {"mappings": {"properties": {"a": {"type": "ip"}, "b": {"type": "ip"}, "c": {"type": "ip"}}}}}),
            json!({"template": {"mappings": {"properties": {"a": {"type": "ip"}, "b": {"type": "keyword"}}}}}),
        ] {
            assert!(!is_same(Kind::IndexTemplate, &wanted, &other), "{other}");
        }
    }

    #[test]
    fn what_a_server_adds_to_a_policy_makes_no_other_one() {
        let wanted = json!({"states": [{"name": "hot", "actions": [{"index_priority": {"priority": 100}}]}]});
        let standing = json!({"schema_version": 21, "states": [{"name": "hot", "actions": [{"retry": {"count": 3}, "index_priority": {"priority": 100}}]}]});
        assert!(is_same(Kind::LifecyclePolicy, &wanted, &standing));
        let more = json!({"states": [{"name": "hot", "actions": [{"index_priority": {"priority": 100}}, {"read_only": {}}]}]});
        assert!(!is_same(Kind::LifecyclePolicy, &wanted, &more));
    }

    #[test]
    fn what_somebody_adds_to_a_policy_makes_another_one() {
        let phases = |phases: Value| json!({"phases": phases});
        let delete = json!({"min_age": "90d", "actions": {"delete": {}}});
        let wanted = phases(json!({"delete": delete}));
        let as_stored =
            json!({"min_age": "90d", "actions": {"delete": {"delete_searchable_snapshot": true}}});
        let as_stored = phases(json!({"delete": as_stored}));
        assert!(is_same(Kind::LifecyclePolicy, &wanted, &as_stored));
        assert_eq!(outline(&wanted), outline(&as_stored));
        let waits = json!({"min_age": "90d", "actions": {"delete": {}, "wait_for_snapshot": {"policy": "nightly"}}});
        for standing in [
            phases(json!({"delete": waits})),
            phases(json!({"delete": delete, "cold": {"min_age": "30d", "actions": {}}})),
        ] {
            assert!(!is_same(Kind::LifecyclePolicy, &wanted, &standing));
            assert_ne!(outline(&wanted), outline(&standing));
        }
        let keeps =
            json!({"min_age": "90d", "actions": {"delete": {"delete_searchable_snapshot": false}}});
        let keeps = phases(json!({"delete": keeps}));
        assert!(!is_same(Kind::LifecyclePolicy, &wanted, &keeps));
        let policy = json!({"states": [], "error_notification": null, "policy_id": "tributary"});
        let told = json!({"states": [], "error_notification": {"channel": {"id": "c"}}});
        let wanted = json!({"states": []});
        assert!(is_same(Kind::LifecyclePolicy, &wanted, &policy));
        assert!(!is_same(Kind::LifecyclePolicy, &wanted, &told));
        assert_eq!(outline(&wanted), outline(&policy));
        assert_ne!(outline(&wanted), outline(&told));
    }

    #[test]
    fn the_outline_of_a_policy_has_its_states_and_actions_whatever_its_ages() {
        let policy = |age: &str, actions: Value| json!({"states": [{"name": "hot", "actions": actions, "transitions": [{"conditions": {"min_index_age": age}}]}]});
        let ours = policy("7d", json!([{"index_priority": {"priority": 100}}]));
        let older = policy(
            "400d",
            json!([{"retry": {"count": 3}, "index_priority": {"priority": 1}}]),
        );
        assert_eq!(outline(&ours), outline(&older));
        let more = policy(
            "7d",
            json!([{"index_priority": {"priority": 100}}, {"snapshot": {}}]),
        );
        assert_ne!(outline(&ours), outline(&more));
        let mut by_size = ours.clone();
        by_size["states"][0]["transitions"][0]["conditions"]["min_size"] = json!("50gb");
        assert_ne!(outline(&ours), outline(&by_size));
    }
}
