//! An organization with VPCs that have no flow logs.

use local::cloud::{Builder, Settings};

use super::{CloudScene, REGION, SOURCES};

/// An account with two VPCs.
pub const SHOP: &str = "333333333333";
/// An account with a VPC that belongs to the other one.
pub const PAYMENTS: &str = "444444444444";
/// The table that asks for flow logs.
pub const CREATE: &str = "[flow_logs]\ncreate = true\nretention_days = 14\n";

/// Both accounts, and a configuration with these tables; nothing is set up.
///
/// # Errors
/// When the stand-in doesn't start.
pub async fn scene(settings: Settings, tables: &str) -> anyhow::Result<CloudScene> {
    let mut builder = Builder::new(settings);
    let root = builder.root().to_owned();
    builder.account(SHOP, "shop", &root);
    builder.account(PAYMENTS, "payments", &root);
    builder.vpc(SHOP, REGION, "vpc-1", SHOP);
    builder.vpc(SHOP, REGION, "vpc-2", SHOP);
    builder.vpc(PAYMENTS, REGION, "vpc-1", SHOP);
    CloudScene::new(builder, &format!("{SOURCES}{tables}")).await
}

/// What there is whose name has all of these parts, with what it is.
#[must_use]
pub fn named(scene: &CloudScene, parts: &[&str]) -> Vec<(String, String)> {
    let dump = scene.cloud.dump().into_iter();
    dump.filter(|(name, _)| parts.iter().all(|part| name.contains(part)))
        .collect()
}
