//! An organization with units, and whom its destination admits.

use std::collections::BTreeMap;

use local::cloud::{Builder, Settings};
use serde_json::Value;

use super::{CloudScene, LOGGING, REGION, SOURCES};

/// An account in the unit `workloads`.
pub const SHOP: &str = "333333333333";
/// An account in the unit `production`.
pub const PAYMENTS: &str = "444444444444";
/// An account in another unit.
pub const PLAYGROUND: &str = "555555555555";
/// The log group of each account.
pub const GROUP: &str = "cwl_vpc_fl_main";

/// The units' ids.
#[derive(Debug)]
pub struct Units {
    /// The id of a unit with an account.
    pub workloads: String,
    /// The id of a unit under it, with another account.
    pub production: String,
}

/// Two accounts in one unit and under it, one in another unit, and nothing set up.
///
/// # Errors
/// When the stand-in doesn't start.
pub async fn scene(settings: Settings) -> anyhow::Result<(CloudScene, Units)> {
    let mut builder = Builder::new(settings);
    let root = builder.root().to_owned();
    let workloads = builder.unit("Workloads", &root);
    let production = builder.unit("Production", &workloads);
    let sandbox = builder.unit("Sandbox", &root);
    for (id, name, unit) in [
        (SHOP, "shop", &workloads),
        (PAYMENTS, "payments", &production),
        (PLAYGROUND, "playground", &sandbox),
    ] {
        builder.account(id, name, unit);
        builder.log_group(id, REGION, GROUP);
    }
    let scene = CloudScene::new(builder, SOURCES).await?;
    let units = Units {
        workloads,
        production,
    };
    Ok((scene, units))
}

/// The role of each account's filter on [`GROUP`].
///
/// # Errors
/// When the filters can't be read.
pub async fn roles(scene: &CloudScene) -> anyhow::Result<BTreeMap<&'static str, Option<String>>> {
    let mut roles = BTreeMap::new();
    for account in [SHOP, PAYMENTS, PLAYGROUND] {
        let logs = aws_sdk_cloudwatchlogs::Client::new(&scene.aws.account(account));
        let found = logs.describe_subscription_filters().log_group_name(GROUP);
        for filter in found.send().await?.subscription_filters() {
            roles.insert(account, filter.role_arn().map(str::to_owned));
        }
    }
    Ok(roles)
}

/// The access policy of the destination.
///
/// # Errors
/// When it can't be read.
pub async fn access_policy(scene: &CloudScene) -> anyhow::Result<Value> {
    let logs = aws_sdk_cloudwatchlogs::Client::new(&scene.aws.account(LOGGING));
    let found = logs.describe_destinations().send().await?;
    let policy = found.destinations()[0].access_policy().unwrap_or_default();
    Ok(serde_json::from_str(policy)?)
}
