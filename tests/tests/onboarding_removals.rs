//! `bootstrap` as a Lambda function adds and changes; what is to go, it tells, unless it may remove.

use local::cloud::{Builder, Settings};
use serde_json::json;
use tests::bootstrap::{CloudScene, REGION, SOURCES};
use tests::onboarding::{FLOW_LOGS, Onboarding, SHOP, log_group, moved};

type Tested = anyhow::Result<()>;

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

/// The inline policy of the role that the shop's filters send with.
async fn sender_policy(scene: &CloudScene) -> anyhow::Result<String> {
    let iam = aws_sdk_iam::Client::new(&scene.aws.account(SHOP));
    let roles = iam.list_roles().send().await?;
    let mut roles = roles.roles().iter();
    let role = roles.find(|role| role.role_name().starts_with("tributary-sender"));
    let role = role.map(aws_sdk_iam::types::Role::role_name);
    let policy = iam.get_role_policy().role_name(role.unwrap_or_default());
    let policy = policy.policy_name("tributary").send().await?;
    Ok(policy.policy_document().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_log_groups_filter_does_not_take_the_role_away_from_those_that_stay() -> Tested {
    let scene = without_applications().await?;
    let before = sender_policy(&scene).await?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&scene.aws.account(SHOP));
    let create = logs.create_log_group().log_group_name("/new/one");
    create.send().await?;
    let sources = format!(
        "{FLOW_LOGS_ONLY}[[source]]\ndataset = \"cloudtrail\"\nlog_groups = [\"/new/*\"]\n"
    );
    scene.configure("", &sources)?;
    let function = Onboarding::start(&scene.bootstrap, &[])?;
    let told = function.answers(&log_group(SHOP, REGION, "/new/one"))?;
    assert_eq!(told.count("filters_added"), 1, "{told:#?}");
    let held = told.value["held"].to_string();
    assert!(held.contains("role tributary-sender"), "{held}");
    let after = sender_policy(&scene).await?;
    assert!(
        before.contains("%2Fapp%2F") && after.contains("%2Fapp%2F"),
        "{before} {after}"
    );
    assert!(
        !before.contains("%2Fnew%2F") && after.contains("%2Fnew%2F"),
        "{after}"
    );
    for group in [FLOW_LOGS, APPLICATION, "/new/one"] {
        assert_eq!(scene.cloud.reached(SHOP, REGION, group).len(), 1, "{group}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_not_wanted_any_more_stays_admitted_and_is_told() -> Tested {
    let mut builder = Builder::new(Settings::default());
    let root = builder.root().to_owned();
    for (account, name) in [(SHOP, "shop"), ("444444444444", "payments")] {
        builder.account(account, name, &root);
        builder.log_group(account, REGION, FLOW_LOGS);
    }
    let scene = CloudScene::new(builder, SOURCES).await?;
    scene.configure("trust = \"accounts\"", SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let exclude = format!("trust = \"accounts\"\nexclude = [\"{SHOP}\"]");
    scene.configure(&exclude, SOURCES)?;
    let before = scene.cloud.dump();
    let function = Onboarding::start(&scene.bootstrap, &[])?;
    let told = function.answers(&json!({}))?;
    let held = told.value["held"].to_string();
    assert!(held.contains("access policy"), "{held}");
    assert_eq!(told.count("actions_done"), 0, "{told:#?}");
    assert_eq!(scene.cloud.dump(), before);
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
    // The role keeps the globs that are gone, and no filter is held.
    assert_eq!(done.count("removals_held"), 1, "{done:#?}");
    let held = done.value["held"].to_string();
    assert!(held.contains("role tributary-sender"), "{held}");
    assert_eq!(scene.cloud.reached(SHOP, REGION, APPLICATION).len(), 1);
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_of_an_account_does_not_leave_out_what_it_has_sent() -> Tested {
    let everything = "[[source]]\ndataset = \"any\"\nlog_groups = [\"*\"]\n";
    let mut builder = Builder::new(Settings::default());
    let root = builder.root().to_owned();
    builder.account(SHOP, "shop", &root);
    for group in [FLOW_LOGS, APPLICATION] {
        builder.log_group(SHOP, REGION, group);
    }
    let scene = CloudScene::new(builder, SOURCES).await?;
    let mode = "mode = \"account\"";
    scene.configure(mode, everything)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let before = scene.cloud.dump();
    let exclude = format!("{mode}\nexclude_log_groups = [\"{APPLICATION}\"]");
    scene.configure(&exclude, everything)?;
    let function = Onboarding::start(&scene.bootstrap, &[])?;
    for event in [json!({}), moved(SHOP)] {
        let told = function.answers(&event)?;
        assert_eq!(told.count("actions_done"), 0, "{told:#?}");
        let held = told.value["held"].to_string();
        let now = format!("now leaves out {APPLICATION}");
        assert!(held.contains(&now) && held.contains(SHOP), "{held}");
    }
    assert_eq!(scene.cloud.dump(), before);
    assert_eq!(scene.cloud.reached(SHOP, REGION, APPLICATION).len(), 1);
    // What would make a loop is left out, and the other one goes on all the same.
    let loops = format!("{exclude}\ndelivery_log_groups = [\"{FLOW_LOGS}\"]");
    scene.configure(&loops, everything)?;
    let told = function.answers(&json!({}))?;
    assert!(told.count("actions_done") > 0, "{told:#?}");
    assert_eq!(scene.cloud.reached(SHOP, REGION, FLOW_LOGS).len(), 0);
    assert_eq!(scene.cloud.reached(SHOP, REGION, APPLICATION).len(), 1);
    let remove = [("TRIBUTARY_REMOVE", "true")];
    let function = Onboarding::start(&scene.bootstrap, &remove)?;
    function.answers(&json!({}))?;
    assert_eq!(scene.cloud.reached(SHOP, REGION, APPLICATION).len(), 0);
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}
