//! What a policy document would withdraw, and the document that withdraws nothing.

use std::collections::BTreeSet;

use catalog::glob::matches;
use serde_json::{Map, Value};

use crate::policies::normal;

/// The document to put in place of `after`, so that everything that `before` allows goes on; none where
/// `after` withdraws nothing. That is `after` with the values that only `before` has, where both differ in
/// nothing but values and the whole has at most `longest` characters; `before` itself otherwise.
pub fn without_withdrawal(before: &Value, after: &Value, longest: usize) -> Option<Value> {
    let (old, new) = (statements(before), statements(after));
    let joined = match (old.as_slice(), new.as_slice()) {
        ([], _) => return None,
        ([old], [new]) => joined(old, new),
        _ if old.iter().all(|statement| new.contains(statement)) => return None,
        _ => None,
    };
    let Some(statement) = joined else {
        return Some(before.clone());
    };
    if statement == new[0] {
        return None;
    }
    let mut document = after.clone();
    document["Statement"] = Value::Array(vec![statement]);
    if document.to_string().len() > longest {
        return Some(before.clone());
    }
    Some(document)
}

fn statements(document: &Value) -> Vec<Value> {
    match document.get("Statement") {
        Some(Value::Array(list)) => list.iter().map(normal).collect(),
        Some(one) => vec![normal(one)],
        None => Vec::new(),
    }
}

/// Both values in one, with the keys that both have; none where their keys differ.
fn joined(old: &Value, new: &Value) -> Option<Value> {
    if old == new {
        return Some(new.clone());
    }
    let (Value::Object(old), Value::Object(new)) = (old, new) else {
        return None;
    };
    if !old.keys().eq(new.keys()) || old.get("Effect") != new.get("Effect") {
        return None;
    }
    let mut both = Map::new();
    for (key, new) in new {
        let old = &old[key];
        let value = match (texts(old), texts(new)) {
            (Some(old), Some(new)) => with_those_of(&old, new),
            _ => joined(old, new)?,
        };
        both.insert(key.clone(), value);
    }
    Some(Value::Object(both))
}

fn texts(value: &Value) -> Option<BTreeSet<&str>> {
    match value {
        Value::String(text) => Some(BTreeSet::from([text.as_str()])),
        Value::Array(items) => items.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// The new values, and of the old ones those that no new one covers with its wildcards.
fn with_those_of<'a>(old: &BTreeSet<&'a str>, mut new: BTreeSet<&'a str>) -> Value {
    let covers = |text: &str| {
        new.iter()
            .any(|glob| matches(glob.as_bytes(), text.as_bytes()))
    };
    let lost: Vec<_> = old.iter().filter(|text| !covers(text)).copied().collect();
    new.extend(lost);
    normal(&new.into_iter().map(Value::from).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn role(resources: &[&str]) -> Value {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": resources},
        ]})
    }

    #[test]
    fn what_is_new_is_added_and_what_would_go_stays() {
        let put = without_withdrawal(&role(&["a", "b"]), &role(&["b", "c"]), 1000);
        assert_eq!(put, Some(role(&["a", "b", "c"])));
    }

    #[test]
    fn a_document_that_only_adds_or_covers_more_withdraws_nothing() {
        for after in [role(&["/app/x*", "b"]), role(&["/app/*"])] {
            assert_eq!(without_withdrawal(&role(&["/app/x*"]), &after, 1000), None);
        }
        assert_eq!(without_withdrawal(&Value::Null, &role(&["a"]), 1000), None);
    }

    #[test]
    fn what_was_put_before_is_not_put_again() {
        let both = role(&["a", "b"]);
        assert_eq!(
            without_withdrawal(&both, &role(&["b"]), 1000).map(|put| normal(&put)),
            Some(normal(&both))
        );
    }

    #[test]
    fn what_has_another_shape_or_gets_too_long_stays_as_it_is() {
        let other = json!({"Statement": [{"Effect": "Allow", "Action": "logs:PutLogEvents"}]});
        let before = role(&["a"]);
        assert_eq!(
            without_withdrawal(&before, &other, 1000),
            Some(before.clone())
        );
        let put = without_withdrawal(&before, &role(&["b"]), 50);
        assert_eq!(put, Some(before));
    }
}
