//! The built `bootstrap` as Lambda runs it, and the events that reach it.

use std::time::Duration;

use anyhow::{Context, ensure};
use local::cloud::{Builder, Settings};
use local::runtime_api::RuntimeApi;
use serde_json::{Value, json};

use crate::binary;
use crate::bootstrap::{Bootstrap, CloudScene, REGION, SOURCES};

/// An account with a log group of flow logs.
pub const SHOP: &str = "333333333333";
/// Another one.
pub const PAYMENTS: &str = "444444444444";
/// Their log group.
pub const FLOW_LOGS: &str = "cwl_vpc_fl_main";

/// An organization of these two accounts, in which nothing is set up.
#[must_use]
pub fn organization(settings: Settings) -> Builder {
    let mut builder = Builder::new(settings);
    let root = builder.root().to_owned();
    for (account, name) in [(SHOP, "shop"), (PAYMENTS, "payments")] {
        builder.account(account, name, &root);
        builder.log_group(account, REGION, FLOW_LOGS);
    }
    builder
}

/// The stand-in with that organization.
///
/// # Errors
/// When it doesn't start.
pub async fn scene() -> anyhow::Result<CloudScene> {
    CloudScene::new(organization(Settings::default()), SOURCES).await
}

/// The function, running.
pub struct Onboarding(RuntimeApi);

/// What a function did.
#[derive(Debug)]
pub struct Invoked {
    /// Its answer, or its error (`errorType`, `errorMessage`).
    pub value: Value,
    /// What it printed.
    pub log: Vec<String>,
}

impl Onboarding {
    /// Starts the function with the program's endpoint, credentials and configuration, and these
    /// variables besides.
    ///
    /// # Errors
    /// When it doesn't start.
    pub fn start(bootstrap: &Bootstrap, env: &[(&str, &str)]) -> anyhow::Result<Self> {
        let config = bootstrap.config.display().to_string();
        let (key, secret, token) = &bootstrap.credentials;
        let mut all = vec![
            ("TRIBUTARY_CONFIG", config.as_str()),
            ("TRIBUTARY_DEADLINE", "10"),
            ("AWS_ENDPOINT_URL", bootstrap.endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", key.as_str()),
            ("AWS_SECRET_ACCESS_KEY", secret.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "tributary-onboarding"),
        ];
        all.extend(
            token
                .iter()
                .map(|token| ("AWS_SESSION_TOKEN", token.as_str())),
        );
        all.extend(env);
        Ok(Self(RuntimeApi::start(&binary("bootstrap")?, &all)?))
    }

    /// The same with a timeout of its own; a minute is usual.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self(self.0.with_timeout(timeout))
    }

    /// Invokes it and wants an answer.
    ///
    /// # Errors
    /// When it fails: with its error and its log.
    pub fn answers(&self, event: &Value) -> anyhow::Result<Invoked> {
        let invocation = self.0.invoke(event.to_string().as_bytes())?;
        let log = invocation.log;
        match invocation.result {
            Ok(answer) => Ok(Invoked {
                value: serde_json::from_slice(&answer)?,
                log,
            }),
            Err(error) => anyhow::bail!("{event} failed: {error:#}\n{}", log.join("\n")),
        }
    }

    /// Invokes it and wants an error.
    ///
    /// # Errors
    /// When it answers.
    pub fn fails(&self, event: &Value) -> anyhow::Result<Invoked> {
        let invocation = self.0.invoke(event.to_string().as_bytes())?;
        match invocation.result {
            Ok(answer) => anyhow::bail!("{event}: {}", String::from_utf8_lossy(&answer)),
            Err(value) => Ok(Invoked {
                value,
                log: invocation.log,
            }),
        }
    }
}

impl Invoked {
    /// A number of the answer.
    #[must_use]
    pub fn count(&self, key: &str) -> u64 {
        self.value[key].as_u64().unwrap_or(u64::MAX)
    }

    /// The text of an error.
    #[must_use]
    pub fn message(&self) -> &str {
        self.value["errorMessage"].as_str().unwrap_or_default()
    }

    /// The one line of metrics.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn metrics(&self) -> anyhow::Result<Value> {
        let mut lines = self
            .log
            .iter()
            .filter(|line| line.starts_with('{') && line.contains("\"_aws\""));
        let line = lines
            .next()
            .with_context(|| format!("no metrics: {self:#?}"))?;
        ensure!(lines.next().is_none(), "{self:#?}");
        Ok(serde_json::from_str(line)?)
    }
}

/// What `EventBridge` makes of a record of `CloudTrail`.
#[must_use]
pub fn by_cloudtrail(
    kind: &str,
    source: &str,
    account: &str,
    region: &str,
    detail: &Value,
) -> Value {
    json!({
        "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": format!("AWS {kind} via CloudTrail"), "source": source, "account": account,
        "time": "2026-01-01T00:00:00Z", "region": region, "resources": [], "detail": detail,
    })
}

/// A schedule's event (`EventBridge` User Guide, "Scheduled Event").
#[must_use]
pub fn scheduled() -> Value {
    json!({
        "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event",
        "source": "aws.events", "account": "111111111111", "time": "2026-01-01T00:00:00Z",
        "region": "us-east-1", "resources": ["arn:aws:events:us-east-1:111111111111:rule/tributary"],
        "detail": {},
    })
}

/// An account that was moved into another unit (`MoveAccount`).
#[must_use]
pub fn moved(account: &str) -> Value {
    let detail = json!({
        "eventVersion": "1.08", "eventSource": "organizations.amazonaws.com", "eventName": "MoveAccount",
        "awsRegion": "us-east-1", "userIdentity": {"type": "AssumedRole", "accountId": "111111111111"},
        "requestParameters": {
            "accountId": account, "sourceParentId": "r-exam", "destinationParentId": "ou-exam-00000001",
        },
        "responseElements": null, "eventType": "AwsApiCall", "recipientAccountId": "111111111111",
    });
    by_cloudtrail(
        "API Call",
        "aws.organizations",
        "111111111111",
        "us-east-1",
        &detail,
    )
}

/// An account that was created (`CreateAccountResult`).
#[must_use]
pub fn created(account: &str) -> Value {
    let detail = json!({
        "eventVersion": "1.08", "eventSource": "organizations.amazonaws.com",
        "eventName": "CreateAccountResult", "awsRegion": "us-east-1", "eventType": "AwsServiceEvent",
        "userIdentity": {"accountId": "111111111111", "invokedBy": "AWS Internal"},
        "requestParameters": null, "responseElements": null, "recipientAccountId": "111111111111",
        "serviceEventDetails": {"createAccountStatus": {
            "id": "car-examplecreateaccountrequestid111", "state": "SUCCEEDED", "accountName": "****",
            "accountId": account, "requestedTimestamp": "Jan 1, 2026, 0:00:00 AM",
            "completedTimestamp": "Jan 1, 2026, 0:00:12 AM",
        }},
    });
    by_cloudtrail(
        "Service Event",
        "aws.organizations",
        "111111111111",
        "us-east-1",
        &detail,
    )
}

/// A log group that was created (`CreateLogGroup`).
#[must_use]
pub fn log_group(account: &str, region: &str, name: &str) -> Value {
    let detail = json!({
        "eventVersion": "1.08", "eventSource": "logs.amazonaws.com", "eventName": "CreateLogGroup",
        "awsRegion": region, "eventType": "AwsApiCall", "recipientAccountId": account,
        "userIdentity": {"type": "AssumedRole", "accountId": account},
        "requestParameters": {"logGroupName": name}, "responseElements": null,
    });
    by_cloudtrail("API Call", "aws.logs", account, region, &detail)
}
