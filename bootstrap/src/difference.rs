//! What differs between two documents, value by value. Policies are compared statement by statement.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::policies::normal;

/// A place in a document at which other values should stand than do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Difference {
    /// The document and the place in it: `trust policy, statement 1, Principal.Service`.
    pub place: String,
    /// Values that are there and shouldn't be.
    pub before: Vec<String>,
    /// Values that should be there and aren't.
    pub after: Vec<String>,
}

/// What differs between two policy documents. Takes what to call them; null is no document at all.
pub fn of_policies(document: &str, before: &Value, after: &Value) -> Vec<Difference> {
    let (statements, others) = (paired(before, after), without_statements(before, after));
    let of_statements = statements.into_iter().flat_map(|(name, before, after)| {
        of_statements(format!("{document}, {name}"), &before, &after)
    });
    of_statements
        .chain(of_values(document, &others.0, &others.1))
        .collect()
}

/// What differs between two statements; one that is new or gone is shown as a whole.
fn of_statements(place: String, before: &Value, after: &Value) -> Vec<Difference> {
    if !before.is_null() && !after.is_null() {
        return of_values(&place, before, after);
    }
    let whole = |statement: &Value| match statement {
        Value::Null => Vec::new(),
        statement => vec![statement.to_string()],
    };
    vec![Difference {
        place,
        before: whole(before),
        after: whole(after),
    }]
}

/// What differs between two values. Takes what to call them.
pub fn of_values(name: &str, before: &Value, after: &Value) -> Vec<Difference> {
    let (before, after) = (flat(before), flat(after));
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let nothing = BTreeSet::new();
    let differences = paths.into_iter().filter_map(|path| {
        let (old, new) = (
            before.get(path).unwrap_or(&nothing),
            after.get(path).unwrap_or(&nothing),
        );
        let place = if path.is_empty() {
            name.to_owned()
        } else {
            format!("{name}, {path}")
        };
        (old != new).then(|| Difference {
            place,
            before: old.difference(new).cloned().collect(),
            after: new.difference(old).cloned().collect(),
        })
    });
    differences.collect()
}

/// Every path of a document with the values there; what is in a list has the list's path.
fn flat(value: &Value) -> BTreeMap<String, BTreeSet<String>> {
    fn walk(value: &Value, path: &str, found: &mut BTreeMap<String, BTreeSet<String>>) {
        let mut note = |text: String| {
            found.entry(path.to_owned()).or_default().insert(text);
        };
        match value {
            Value::Null => {}
            Value::String(text) => note(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| walk(item, path, found)),
            Value::Object(map) => {
                for (key, value) in map {
                    let dot = if path.is_empty() { "" } else { "." };
                    walk(value, &format!("{path}{dot}{key}"), found);
                }
            }
            other => note(other.to_string()),
        }
    }
    let mut found = BTreeMap::new();
    walk(value, "", &mut found);
    found
}

/// The statements that aren't the same in both, each with what to call it and its counterpart, or null:
/// the one with the same `Sid`, or else the next one.
fn paired(before: &Value, after: &Value) -> Vec<(String, Value, Value)> {
    let (before, mut after) = (statements(before), statements(after));
    let mut left = Vec::new();
    for (name, statement) in before {
        match after.iter().position(|(_, other)| *other == statement) {
            Some(same) => drop(after.remove(same)),
            None => left.push((name, statement)),
        }
    }
    let mut pairs = Vec::new();
    for (name, statement) in left {
        let by_sid = statement.get("Sid").and_then(|sid| {
            after
                .iter()
                .position(|(_, other)| other.get("Sid") == Some(sid))
        });
        let other = by_sid.or((!after.is_empty()).then_some(0));
        let other = other.map_or(Value::Null, |index| after.remove(index).1);
        pairs.push((name, statement, other));
    }
    let added = after
        .into_iter()
        .map(|(name, statement)| (name, Value::Null, statement));
    pairs.extend(added);
    pairs
}

/// Statements with what to call them: their `Sid`, or else their number.
fn statements(document: &Value) -> Vec<(String, Value)> {
    let list = match document.get("Statement") {
        Some(Value::Array(list)) => list.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let named = list.iter().enumerate().map(|(index, statement)| {
        let name = match statement.get("Sid").and_then(Value::as_str) {
            Some(sid) => format!("statement {sid}"),
            None => format!("statement {}", index + 1),
        };
        (name, normal(statement))
    });
    named.collect()
}

/// What stands around the statements. A document that doesn't exist lacks nothing but its statements.
fn without_statements(before: &Value, after: &Value) -> (Value, Value) {
    let rest = |document: &Value| {
        let mut rest = document.clone();
        if let Some(map) = rest.as_object_mut() {
            map.remove("Statement");
        }
        rest
    };
    if before.is_null() || after.is_null() {
        return (Value::Null, Value::Null);
    }
    (rest(before), rest(after))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(before: &Value, after: &Value) -> Vec<(String, String, String)> {
        let differences = of_policies("policy", before, after).into_iter();
        differences
            .map(|it| (it.place, it.before.join(" "), it.after.join(" ")))
            .collect()
    }

    fn line(place: &str, before: &str, after: &str) -> (String, String, String) {
        (place.into(), before.into(), after.into())
    }

    #[test]
    fn a_statement_is_compared_value_by_value_with_its_counterpart() {
        let before = json!({"Statement": [
            {"Sid": "A", "Effect": "Allow", "Action": ["x", "y"]},
            {"Effect": "Deny", "Action": "z"},
        ]});
        let after = json!({"Statement": [
            {"Effect": "Deny", "Action": ["z"]},
            {"Sid": "A", "Effect": "Allow", "Action": ["y", "w"], "Resource": "*"},
        ]});
        assert_eq!(
            shown(&before, &after),
            [
                line("policy, statement A, Action", "x", "w"),
                line("policy, statement A, Resource", "", "*"),
            ]
        );
    }

    #[test]
    fn statements_that_are_new_or_gone_show_all_that_they_say() {
        let before =
            json!({"Version": "2008-10-17", "Statement": {"Effect": "Allow", "Action": "x"}});
        let after = json!({"Version": "2012-10-17", "Statement": []});
        let statement = r#"{"Action":"x","Effect":"Allow"}"#;
        assert_eq!(
            shown(&before, &after),
            [
                line("policy, statement 1", statement, ""),
                line("policy, Version", "2008-10-17", "2012-10-17"),
            ]
        );
        assert_eq!(
            shown(&Value::Null, &before),
            [line("policy, statement 1", "", statement)]
        );
    }

    #[test]
    fn the_same_said_otherwise_is_no_difference() {
        let one = json!({"Statement": {"Principal": {"AWS": ["1", "2"]}, "Action": ["a"]}});
        let other = json!({"Statement": [{"Principal": {"AWS": ["2", "1"]}, "Action": "a"}]});
        assert_eq!(shown(&one, &other), []);
    }

    #[test]
    fn a_policy_that_is_no_json_is_shown_as_it_is() {
        let before = Value::String("not json".to_owned());
        let after = json!({"Statement": [{"Effect": "Allow"}]});
        let lines = shown(&before, &after);
        assert!(lines.contains(&line("policy", "not json", "")), "{lines:?}");
    }
}
