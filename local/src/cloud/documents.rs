//! Policy documents, as far as the stand-in reads them: one or many, `*` and `?`, allow and deny.

use serde_json::Value;

use crate::wildcard::like;

/// A value that may stand alone or in a list.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(entries) => entries.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The statements of a document.
fn statements(document: &Value) -> impl Iterator<Item = &Value> {
    let statement = &document["Statement"];
    let many = statement.as_array().into_iter().flatten();
    let one = statement.is_object().then_some(statement);
    many.chain(one)
}

/// Whether a document is a policy at all.
pub(super) fn is_policy(document: &Value) -> bool {
    statements(document).next().is_some()
}

/// Whether a role's policies allow `action` on `resource`; conditions are not looked at.
pub(super) fn allows<'a>(
    policies: impl IntoIterator<Item = &'a Value>,
    action: &str,
    resource: &str,
) -> bool {
    let mut allowed = false;
    for statement in policies.into_iter().flat_map(statements) {
        let covers = texts(&statement["Action"])
            .iter()
            .any(|found| like(found, action))
            && texts(&statement["Resource"])
                .iter()
                .any(|found| like(found, resource));
        match statement["Effect"].as_str() {
            Some("Deny") if covers => return false,
            Some("Allow") if covers => allowed = true,
            _ => {}
        }
    }
    allowed
}

/// Whether a trust policy lets `service` assume the role on behalf of `source_arn`.
pub(super) fn trusts_service(trust: &Value, service: &str, source_arn: &str) -> bool {
    statements(trust).any(|statement| {
        statement["Effect"] == "Allow"
            && texts(&statement["Principal"]["Service"]).contains(&service)
            && source_admits(&statement["Condition"], source_arn)
    })
}

/// Whether the conditions on `aws:SourceArn`, if there are any, hold for `source_arn`.
fn source_admits(condition: &Value, source_arn: &str) -> bool {
    let operators = condition.as_object().into_iter().flatten();
    let mut wanted = operators
        .flat_map(|(_, keys)| keys.as_object().into_iter().flatten())
        .filter(|(key, _)| key.eq_ignore_ascii_case("aws:SourceArn"));
    wanted.all(|(_, values)| texts(values).iter().any(|found| like(found, source_arn)))
}

/// Whether a trust policy lets `account` assume the role with that external id.
pub(super) fn trusts_account(trust: &Value, account: &str, external_id: Option<&str>) -> bool {
    let root = format!(":iam::{account}:root");
    statements(trust).any(|statement| {
        let principals = texts(&statement["Principal"]["AWS"]);
        let admitted = statement["Principal"] == "*"
            || principals
                .iter()
                .any(|&found| found.ends_with(&root) || found == account || found == "*");
        let wanted = texts(&statement["Condition"]["StringEquals"]["sts:ExternalId"]);
        let external = wanted.is_empty() || external_id.is_some_and(|id| wanted.contains(&id));
        statement["Effect"] == "Allow" && admitted && external
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_deny_counts_more_than_an_allow() {
        let allow = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
        let deny = json!({"Statement": [{"Effect": "Deny", "Action": ["a:B"], "Resource": ["*"]}]});
        assert!(allows([&allow], "a:B", "x"));
        assert!(!allows([&allow, &deny], "a:B", "x"));
        assert!(allows([&allow, &deny], "a:C", "x"));
    }

    #[test]
    fn a_service_is_trusted_for_the_sources_that_the_condition_names() {
        let trust = json!({"Statement": [{"Effect": "Allow",
            "Principal": {"Service": ["logs.eu-central-1.amazonaws.com"]}, "Action": "sts:AssumeRole",
            "Condition": {"StringLike": {"aws:SourceArn": "arn:aws:logs:*:222222222222:*"}}}]});
        let service = "logs.eu-central-1.amazonaws.com";
        assert!(trusts_service(
            &trust,
            service,
            "arn:aws:logs:eu-central-1:222222222222:x"
        ));
        assert!(!trusts_service(
            &trust,
            service,
            "arn:aws:logs:eu-central-1:333333333333:x"
        ));
        assert!(!trusts_service(
            &trust,
            "logs.us-east-1.amazonaws.com",
            "arn:aws:logs:us-east-1:222222222222:x"
        ));
    }
}
