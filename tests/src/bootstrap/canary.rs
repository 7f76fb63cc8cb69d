//! An organization for canary runs, and what became of them.

use local::cloud::{Builder, Settings};
use serde_json::Value;

use super::{CloudScene, REGION, SOURCES};

/// An account that sends.
pub const SHOP: &str = "333333333333";
/// Another account that sends.
pub const PAYMENTS: &str = "444444444444";
/// An account without a log group.
pub const EMPTY: &str = "555555555555";
/// The canary's log group.
pub const GROUP: &str = "/tributary-canary/tributary";

/// Two accounts with a log group that a source wants, one without any, and nothing set up; `organization` is
/// more lines of `[organization]`.
///
/// # Errors
/// When the stand-in doesn't start.
pub async fn scene(organization: &str, settings: Settings) -> anyhow::Result<CloudScene> {
    let mut builder = Builder::new(settings);
    let root = builder.root().to_owned();
    for (account, name) in [(SHOP, "shop"), (PAYMENTS, "payments"), (EMPTY, "empty")] {
        builder.account(account, name, &root);
    }
    for account in [SHOP, PAYMENTS] {
        builder.log_group(account, REGION, "/app/checkout");
    }
    let scene = CloudScene::new(builder, SOURCES).await?;
    scene.configure(organization, SOURCES)?;
    Ok(scene)
}

/// The same, set up.
///
/// # Errors
/// When the stand-in doesn't start, or `apply` doesn't end well.
pub async fn applied() -> anyhow::Result<CloudScene> {
    let scene = scene("", Settings::default()).await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    Ok(scene)
}

/// What became of the events, by account and region, in the answer of `verify --canary --json`.
#[must_use]
pub fn results(answer: &Value) -> Vec<String> {
    let runs = answer["canary"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut results: Vec<_> = runs
        .iter()
        .map(|run| {
            [&run["account"], &run["region"], &run["result"]]
                .map(text)
                .join(" ")
        })
        .collect();
    results.sort();
    results
}
