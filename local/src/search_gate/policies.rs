//! Index State Management, as far as its policies are put, read and deleted: what the plugin's own
//! documentation says of these requests (<https://docs.opensearch.org/latest/im-plugin/ism/api/>), and its
//! source of policies that name the same indices.

use std::collections::BTreeMap;

use hyper::{Method, Request, Response, body::Bytes};
use serde_json::{Value, json};

use super::answer;

const PATH: &str = "/_plugins/_ism/policies/";

/// The policies by their names, each with its sequence number.
#[derive(Debug, Default)]
pub(super) struct Policies {
    all: BTreeMap<String, (u64, Value)>,
    next: u64,
}

impl Policies {
    pub(super) fn content(&self, name: &str) -> Option<Value> {
        self.all.get(name).map(|(_, policy)| policy.clone())
    }

    /// Answers a request for a policy; nothing for any other request.
    pub(super) fn answer(&mut self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let name = request.uri().path().strip_prefix(PATH)?;
        Some(match *request.method() {
            Method::GET => self.get(name),
            Method::PUT => self.put(name, request),
            Method::DELETE => match self.all.remove(name) {
                Some(_) => answer(200, &json!({"_id": name, "result": "deleted"})),
                None => missing(),
            },
            _ => answer(
                405,
                &json!({"error": "Incorrect HTTP method", "status": 405}),
            ),
        })
    }

    fn get(&self, name: &str) -> Response<Bytes> {
        match self.all.get(name) {
            Some((sequence, policy)) => answer(200, &shown(name, *sequence, policy)),
            None => missing(),
        }
    }

    fn put(&mut self, name: &str, request: &Request<Bytes>) -> Response<Bytes> {
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        if let Err(reason) = check(&body["policy"]) {
            return answer(400, &json!({"error": {"reason": reason}, "status": 400}));
        }
        if let Some(reason) = self.conflict(name, &body["policy"]) {
            return answer(400, &json!({"error": {"reason": reason}, "status": 400}));
        }
        let given = request.uri().query().unwrap_or_default();
        let wanted = self
            .all
            .get(name)
            .map(|(sequence, _)| format!("if_seq_no={sequence}&if_primary_term=1"));
        if wanted.is_some_and(|wanted| wanted != given) {
            let reason = format!("[{name}]: version conflict, document already exists");
            return answer(
                409,
                &json!({"error": {"type": "version_conflict_engine_exception", "reason": reason}}),
            );
        }
        let status = if self.all.contains_key(name) {
            200
        } else {
            201
        };
        let sequence = self.replace(name, &body["policy"]);
        answer(status, &shown(name, sequence, &self.all[name].1))
    }

    /// Two policies must not name the same index with the same priority.
    fn conflict(&self, name: &str, policy: &Value) -> Option<String> {
        let others = self.all.iter().filter(|(other, _)| other.as_str() != name);
        let others: Vec<_> = others
            .flat_map(|(_, (_, policy))| templates(policy))
            .collect();
        let (patterns, priority) = templates(policy).find(|(patterns, priority)| {
            let mut others = others.iter().filter(|(_, other)| other == priority);
            others.any(|(others, _)| overlap_any(patterns, others))
        })?;
        Some(format!(
            "New policy {name} has an ISM template with index pattern [{}] matching existing policy templates, please \
             use a different priority than {priority}",
            patterns.join(", ")
        ))
    }

    pub(super) fn replace(&mut self, name: &str, policy: &Value) -> u64 {
        let sequence = self.next;
        self.next += 1;
        self.all
            .insert(name.to_owned(), (sequence, stored(name, policy)));
        sequence
    }
}

fn missing() -> Response<Bytes> {
    answer(
        404,
        &json!({"error": {"type": "status_exception", "reason": "Policy not found"}, "status": 404}),
    )
}

fn shown(name: &str, sequence: u64, policy: &Value) -> Value {
    json!({"_id": name, "_version": sequence + 1, "_seq_no": sequence, "_primary_term": 1, "policy": policy})
}

/// The plugin adds these.
fn stored(name: &str, policy: &Value) -> Value {
    let mut policy = policy.clone();
    policy["policy_id"] = json!(name);
    policy["last_updated_time"] = json!(1_700_000_000_000_u64);
    policy["schema_version"] = json!(21);
    policy["error_notification"] = Value::Null;
    let states = policy["states"].as_array_mut().into_iter().flatten();
    for action in states.flat_map(|state| state["actions"].as_array_mut().into_iter().flatten()) {
        action["retry"] = json!({"count": 3, "backoff": "exponential", "delay": "1m"});
    }
    policy
}

/// The patterns and the priority of each template of a policy.
fn templates(policy: &Value) -> impl Iterator<Item = (Vec<&str>, &Value)> {
    let templates = policy["ism_template"].as_array().into_iter().flatten();
    templates.map(|template| {
        let patterns = template["index_patterns"].as_array().into_iter().flatten();
        let patterns = patterns.filter_map(Value::as_str).collect();
        (patterns, &template["priority"])
    })
}

fn overlap_any(some: &[&str], others: &[&str]) -> bool {
    some.iter().any(|one| {
        let mut others = others.iter();
        others.any(|other| overlap(one.as_bytes(), other.as_bytes()))
    })
}

/// Whether a name can fit both patterns, in which a star stands for any text.
fn overlap(one: &[u8], other: &[u8]) -> bool {
    match (one, other) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => {
            overlap(rest, other) || !other.is_empty() && overlap(one, &other[1..])
        }
        (_, [b'*', ..]) => overlap(other, one),
        ([first, one @ ..], [second, other @ ..]) => first == second && overlap(one, other),
        _ => false,
    }
}

fn check(policy: &Value) -> Result<(), String> {
    let states = policy["states"].as_array().ok_or("states is required")?;
    let is_state = |name: &Value| states.iter().any(|state| state["name"] == *name);
    if !is_state(&policy["default_state"]) {
        return Err("the default state is no state".to_owned());
    }
    if !policy["description"].is_string() {
        return Err("description is required".to_owned());
    }
    for transition in states
        .iter()
        .flat_map(|state| state["transitions"].as_array().into_iter().flatten())
    {
        if !is_state(&transition["state_name"]) {
            return Err(format!(
                "a transition leads to {}, which is no state",
                transition["state_name"]
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_overlap_where_a_name_fits_both() {
        for (one, other, both) in [
            ("*", "logs-a-2*-*", true),
            ("logs-*", "logs-a-2*-*", true),
            ("logs-a-*", "*-05", true),
            ("logs-a-other-days", "logs-*-days", true),
            ("logs-a-2*-*", "logs-b-2*-*", false),
            ("logs-a-2*-*", "logs-a-other-days", false),
            ("app-*", "logs-*", false),
            ("logs-a", "logs-a-2", false),
        ] {
            assert_eq!(
                overlap(one.as_bytes(), other.as_bytes()),
                both,
                "{one} {other}"
            );
            assert_eq!(
                overlap(other.as_bytes(), one.as_bytes()),
                both,
                "{other} {one}"
            );
        }
    }
}
