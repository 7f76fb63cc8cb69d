//! Policy documents out of the templates in `policies/`: `${name}` in a string is replaced by the
//! value, and a string that is nothing but `${name}` by a list, where the value is one.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::names::AccountId;

/// A template by name. They are the documents that users read, so they stand in files of their own.
macro_rules! templates {
    ($($name:ident: $file:literal),* $(,)?) => {$(
        #[doc = concat!("`policies/", $file, "`")]
        pub const $name: Template = Template { file: $file, text: include_str!(concat!("../../policies/", $file)) };
    )*
        #[cfg(test)]
        const ALL: &[Template] = &[$($name),*];
    };
}

templates! {
    CALLER: "caller.json",
    ACCESS_ACCOUNT_POLICY: "access-account-policy.json",
    ACCESS_CANARY: "access-canary.json",
    ACCESS_CANARY_ARCHIVE: "access-canary-archive.json",
    ACCESS_CENTRAL: "access-central.json",
    ACCESS_CATALOG: "access-catalog.json",
    ACCESS_FLOW_LOGS: "access-flow-logs.json",
    ACCESS_ENCRYPTION: "access-encryption.json",
    ACCESS_FLOW_LOGS_CREATE: "access-flow-logs-create.json",
    ACCESS_CLOUDTRAIL: "access-cloudtrail.json",
    ACCESS_CLOUDTRAIL_CREATE: "access-cloudtrail-create.json",
    ACCESS_GUARDDUTY: "access-guardduty.json",
    FINDINGS_LOG_GROUP: "findings-log-group.json",
    TRAIL_ROLE: "trail-role.json",
    TRAIL_ROLE_TRUST: "trail-role-trust.json",
    ACCESS_MEMBER: "access-member.json",
    FLOW_LOGS_ROLE: "flow-logs-role.json",
    FLOW_LOGS_ROLE_TRUST: "flow-logs-role-trust.json",
    FUNCTION_CATALOG: "function-catalog.json",
    DELIVERY_ROLE_TRUST: "delivery-role-trust.json",
    DELIVERY_ROLE: "delivery-role.json",
    DELIVERY_ROLE_KEY: "delivery-role-key.json",
    DELIVERY_ROLE_ALIAS: "delivery-role-alias.json",
    DESTINATION_ORGANIZATION: "destination-organization.json",
    DESTINATION_UNITS: "destination-units.json",
    DESTINATION_ACCOUNTS: "destination-accounts.json",
    SENDER_ROLE_TRUST: "sender-role-trust.json",
    SENDER_ROLE: "sender-role.json",
}

/// A policy document with places to fill in.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    file: &'static str,
    text: &'static str,
}

/// Values for the places in a template.
#[derive(Debug, Clone, Default)]
pub struct Values(BTreeMap<&'static str, Value>);

impl Values {
    /// Adds a text.
    pub fn text(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.insert(name, Value::String(value.into()));
        self
    }

    /// Adds a list of texts.
    pub fn list(mut self, name: &'static str, values: impl IntoIterator<Item = String>) -> Self {
        self.0
            .insert(name, values.into_iter().map(Value::String).collect());
        self
    }
}

/// A template that can't be filled in; a mistake in this program or its `policies/`.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// Not JSON.
    #[error("policies/{file} is no JSON: {source}")]
    Syntax {
        /// The template.
        file: &'static str,
        /// Where it goes wrong.
        source: serde_json::Error,
    },
    /// A place without a value.
    #[error("policies/{file} has ${{{name}}}, for which there is no value")]
    Unfilled {
        /// The template.
        file: &'static str,
        /// The place.
        name: String,
    },
}

impl Template {
    /// The document with every place filled in.
    ///
    /// # Errors
    /// When the template is no JSON, or has a place for which there is no value.
    pub fn render(self, values: &Values) -> Result<Value, TemplateError> {
        let document = serde_json::from_str(self.text).map_err(|source| TemplateError::Syntax {
            file: self.file,
            source,
        })?;
        self.fill(document, values)
    }

    fn fill(self, value: Value, values: &Values) -> Result<Value, TemplateError> {
        Ok(match value {
            Value::Object(map) => {
                let filled = map
                    .into_iter()
                    .map(|(key, value)| Ok((key, self.fill(value, values)?)));
                Value::Object(filled.collect::<Result<_, TemplateError>>()?)
            }
            Value::Array(items) => {
                let mut filled = Vec::new();
                for item in items {
                    match self.fill(item, values)? {
                        Value::Array(more) => filled.extend(more),
                        one => filled.push(one),
                    }
                }
                Value::Array(filled)
            }
            Value::String(text) => self.fill_text(&text, values)?,
            other => other,
        })
    }

    fn fill_text(self, text: &str, values: &Values) -> Result<Value, TemplateError> {
        let whole = text
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'));
        if let Some(name) = whole.filter(|name| !name.contains('}')) {
            return self.value(name, values).cloned();
        }
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else {
                break;
            };
            filled.push_str(before);
            filled.push_str(self.value(name, values)?.as_str().unwrap_or_default());
            rest = after;
        }
        filled.push_str(rest);
        Ok(Value::String(filled))
    }

    fn value<'a>(self, name: &str, values: &'a Values) -> Result<&'a Value, TemplateError> {
        let missing = || TemplateError::Unfilled {
            file: self.file,
            name: name.to_owned(),
        };
        values.0.get(name).ok_or_else(missing)
    }
}

/// Both documents' statements in one.
pub fn joined(mut one: Value, other: &Value) -> Value {
    if let (Some(statements), Value::Array(more)) =
        (one["Statement"].as_array_mut(), other["Statement"].clone())
    {
        statements.extend(more);
    }
    one
}

/// The accounts that a resource policy admits by their ids, bare or in ARNs.
pub fn accounts_admitted(policy: &Value) -> Vec<AccountId> {
    let many = |value: &Value| -> Vec<Value> {
        match value {
            Value::Array(items) => items.clone(),
            Value::Null => Vec::new(),
            one => vec![one.clone()],
        }
    };
    let principals = many(&policy["Statement"])
        .into_iter()
        .filter(|statement| statement["Effect"] == "Allow")
        .flat_map(|statement| many(&statement["Principal"]["AWS"]));
    let account = |principal: Value| {
        let text = principal.as_str()?;
        AccountId::parse(text).or_else(|| AccountId::parse(text.split(':').nth(4)?))
    };
    let mut accounts: Vec<_> = principals.filter_map(account).collect();
    accounts.sort();
    accounts.dedup();
    accounts
}

/// Whether two policy documents say the same: a list of one is that one, and the order in a list of
/// texts doesn't matter, as AWS may answer either.
pub fn say_the_same(one: &Value, other: &Value) -> bool {
    normal(one) == normal(other)
}

/// The one form of what can be said in several: see [`say_the_same`].
pub fn normal(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), normal(value)))
            .collect(),
        Value::Array(items) if items.len() == 1 => normal(&items[0]),
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(normal).collect();
            if items.iter().all(Value::is_string) {
                items.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
                items.dedup();
            }
            Value::Array(items)
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_template_is_a_policy_document() {
        for template in ALL {
            let document: Value = serde_json::from_str(template.text).unwrap();
            assert_eq!(document["Version"], "2012-10-17", "{}", template.file);
            assert!(document["Statement"].is_array(), "{}", template.file);
        }
    }

    #[test]
    fn a_text_is_filled_in_place_and_a_list_is_spliced() {
        let template = Template {
            file: "t",
            text: r#"{"a": "x-${one}-${one}", "b": ["y", "${many}"], "c": "${many}"}"#,
        };
        let values = Values::default()
            .text("one", "1")
            .list("many", ["p".into(), "q".into()]);
        let expected = json!({"a": "x-1-1", "b": ["y", "p", "q"], "c": ["p", "q"]});
        assert_eq!(template.render(&values).unwrap(), expected);
    }

    #[test]
    fn a_place_without_a_value_is_an_error_that_names_it() {
        let template = Template {
            file: "t.json",
            text: r#"{"a": "${nobody}"}"#,
        };
        let message = template.render(&Values::default()).unwrap_err().to_string();
        assert_eq!(
            message,
            "policies/t.json has ${nobody}, for which there is no value"
        );
    }

    #[test]
    fn accounts_are_known_as_bare_ids_and_in_arns_and_everybody_is_no_account() {
        let principal = |principal: Value| {
            let policy = json!({"Statement": [{"Effect": "Allow", "Principal": principal}]});
            accounts_admitted(&policy).len()
        };
        let arn = "arn:aws:iam::111111111111:root";
        assert_eq!(principal(json!({"AWS": "111111111111"})), 1);
        assert_eq!(
            principal(json!({"AWS": [arn, "111111111111", "222222222222"]})),
            2
        );
        assert_eq!(principal(json!("*")), 0);
        assert_eq!(principal(json!({"AWS": "*"})), 0);
        assert_eq!(accounts_admitted(&Value::Null), []);
    }

    #[test]
    fn documents_say_the_same_whatever_the_order_of_their_lists() {
        assert!(say_the_same(
            &json!({"Action": ["a", "b"]}),
            &json!({"Action": ["b", "a"]})
        ));
        assert!(say_the_same(
            &json!({"Action": "a"}),
            &json!({"Action": ["a"]})
        ));
        assert!(!say_the_same(
            &json!({"Action": "a"}),
            &json!({"Action": ["a", "b"]})
        ));
        assert!(!say_the_same(
            &json!({"Effect": "Allow"}),
            &json!({"Effect": "Deny"})
        ));
    }
}
