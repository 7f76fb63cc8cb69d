//! `bootstrap` as a Lambda function adds and changes; what is to go, it tells, unless it may remove.

use local::cloud::{Builder, Settings};
use serde_json::json;
use tests::bootstrap::{CloudScene, REGION, SOURCES};
use tests::onboarding::{Onboarding, moved};

type Tested = anyhow::Result<()>;

const SHOP: &str = "333333333333";
const FLOW_LOGS: &str = "cwl_vpc_fl_main";
const APPLICATION: &str = "/app/checkout";
const FLOW_LOGS_ONLY: &str =
    "[[source]]\ndataset = \"flow-logs\"\nlog_groups = [\"cwl_vpc_fl_*\"]\n";

/// An organization that is set up, and whose configuration doesn't want applications' logs any more.
async fn without_applications() -> anyhow::Result<CloudScene> {
    let mut builder = Builder::new(Settings::default());
    let root = builder.root().to_owned();
    builder.account(SHOP, "shop", &root);
    for group in [FLOW_LOGS, APPLICATION] {
        builder.log_group(SHOP, REGION, group);
    }
    let scene = CloudScene::new(builder, SOURCES).await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.configure("", FLOW_LOGS_ONLY)?;
    Ok(scene)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_source_wants_any_more_goes_on_sending_and_is_told() -> Tested {
    let scene = without_applications().await?;
    let before = scene.cloud.dump();
    let function = Onboarding::start(&scene.bootstrap, &[])?;
    for event in [json!({}), moved(SHOP)] {
        let told = function.answers(&event)?;
        assert_eq!(told.count("actions_done"), 0, "{told:#?}");
        let held = told.value["held"].to_string();
        assert!(
            held.contains("/app/checkout") && held.contains(SHOP),
            "{held}"
        );
        assert_eq!(told.metrics()?["RemovalsHeld"], told.count("removals_held"));
    }
    assert_eq!(scene.cloud.dump(), before);
    assert_eq!(scene.cloud.reached(SHOP, REGION, APPLICATION).len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_leave_to_remove_it_goes() -> Tested {
    let scene = without_applications().await?;
    let function = Onboarding::start(&scene.bootstrap, &[("TRIBUTARY_REMOVE", "true")])?;
    let done = function.answers(&json!({}))?;
    assert_eq!(done.count("removals_held"), 0);
    assert_eq!(scene.cloud.reached(SHOP, REGION, APPLICATION).len(), 0);
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_whose_log_group_has_another_source_now_is_replaced_all_the_same() -> Tested {
    let scene = without_applications().await?;
    let sources = format!(
        "{FLOW_LOGS_ONLY}[[source]]\ndataset = \"cloudtrail\"\nlog_groups = [\"/app/*\"]\n"
    );
    scene.configure("", &sources)?;
    let function = Onboarding::start(&scene.bootstrap, &[])?;
    let done = function.answers(&json!({}))?;
    assert_eq!(done.count("removals_held"), 0, "{done:#?}");
    assert_eq!(scene.cloud.reached(SHOP, REGION, APPLICATION).len(), 1);
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}
