//! A role with one policy, in a stand-in that enforces policies.

use anyhow::Context;
use local::aws::Aws;
use serde_json::{Value, json};

/// Access key, secret key and session token of a role that is made here, with that policy.
///
/// # Errors
/// When the stand-in refuses something.
pub async fn assumed(
    aws: &Aws,
    account: &str,
    name: &str,
    policy: Option<&Value>,
) -> anyhow::Result<(String, String, Option<String>)> {
    let iam = aws_sdk_iam::Client::new(&aws.account(account));
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{account}:root")}, "Action": "sts:AssumeRole",
    }]});
    iam.create_role()
        .role_name(name)
        .assume_role_policy_document(trust.to_string())
        .send()
        .await?;
    if let Some(policy) = policy {
        let put = iam.put_role_policy().role_name(name).policy_name(name);
        put.policy_document(policy.to_string()).send().await?;
    }
    let assumed = aws_sdk_sts::Client::new(&aws.account(account))
        .assume_role()
        .role_arn(format!("arn:aws:iam::{account}:role/{name}"))
        .role_session_name(name)
        .send()
        .await?;
    let keys = assumed.credentials().context("credentials")?;
    Ok((
        keys.access_key_id().to_owned(),
        keys.secret_access_key().to_owned(),
        Some(keys.session_token().to_owned()),
    ))
}
