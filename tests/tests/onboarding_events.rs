//! `bootstrap` as a Lambda function: each event sets up what it names, and nothing else.

use aws_sdk_cloudwatchlogs::Client as Logs;
use local::cloud::{Seen, Settings};
use serde_json::json;
use tests::bootstrap::{CloudScene, LOGGING, REGION, SOURCES};
use tests::onboarding::{
    FLOW_LOGS, Onboarding, PAYMENTS, SHOP, created, log_group, moved, organization, scene,
    scheduled,
};

type Tested = anyhow::Result<()>;

/// Where the events of a log group arrive.
fn reached(scene: &CloudScene, account: &str, group: &str) -> usize {
    scene.cloud.reached(account, REGION, group).len()
}

async fn new_log_group(scene: &CloudScene, account: &str, name: &str) -> Tested {
    let logs = Logs::new(&scene.aws.account(account));
    logs.create_log_group().log_group_name(name).send().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_sets_up_the_whole_organization_and_the_next_time_only_reads() -> Tested {
    let scene = scene().await?;
    let function = Onboarding::start(&scene.bootstrap, &[])?;
    let first = function.answers(&scheduled())?;
    assert_eq!(first.value["asked"], "everything");
    assert_eq!(
        [
            "accounts",
            "filters_added",
            "actions_failed",
            "actions_left"
        ]
        .map(|key| first.count(key)),
        [4, 2, 0, 0]
    );
    for account in [SHOP, PAYMENTS] {
        assert_eq!(reached(&scene, account, FLOW_LOGS), 1, "{account}");
    }
    let metrics = first.metrics()?;
    assert_eq!(metrics["FunctionName"], "tributary-onboarding");
    assert_eq!(
        (&metrics["FiltersAdded"], &metrics["Failures"]),
        (&json!(2), &json!(0))
    );
    scene.bootstrap.ends(0, &["verify"])?;

    let calls = scene.cloud.count();
    let second = function.answers(&json!({}))?;
    assert_eq!(second.count("actions_done"), 0);
    let writes = scene.cloud.calls_since(calls);
    assert!(
        !writes.is_empty() && writes.iter().all(Seen::reads),
        "{writes:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accounts_event_sets_up_this_account_alone() -> Tested {
    let scene = scene().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    for account in [SHOP, PAYMENTS] {
        new_log_group(&scene, account, "/app/new").await?;
    }
    let function = Onboarding::start(&scene.bootstrap, &[])?;
    let calls = scene.cloud.count();
    let moved = function.answers(&moved(SHOP))?;
    assert_eq!(
        (moved.count("accounts"), moved.count("filters_added")),
        (1, 1)
    );
    assert_eq!(reached(&scene, SHOP, "/app/new"), 1);
    assert_eq!(reached(&scene, PAYMENTS, "/app/new"), 0);
    let calls = scene.cloud.calls_since(calls);
    let elsewhere = calls
        .iter()
        .filter(|call| [PAYMENTS, LOGGING].contains(&call.account.as_str()));
    assert_eq!(elsewhere.count(), 0, "{calls:?}");

    let by_hand = function.answers(&json!({"accounts": [PAYMENTS]}))?;
    assert_eq!(by_hand.count("filters_added"), 1);
    assert_eq!(reached(&scene, PAYMENTS, "/app/new"), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_groups_event_subscribes_this_one_and_looks_at_no_other() -> Tested {
    let scene = scene().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    for name in ["/app/new", "/app/new/other", "/else/new"] {
        new_log_group(&scene, SHOP, name).await?;
    }
    let function = Onboarding::start(&scene.bootstrap, &[])?;
    let calls = scene.cloud.count();
    let made = function.answers(&log_group(SHOP, REGION, "/app/new"))?;
    assert_eq!(
        (made.value["asked"].as_str(), made.count("filters_added")),
        (Some("log group"), 1)
    );
    let filters = scene.cloud.calls_since(calls);
    let filters = filters
        .iter()
        .filter(|call| call.operation == "DescribeSubscriptionFilters");
    // Once for the plan, and once more right before the filter is put.
    assert!(filters.count() <= 2);
    let groups = ["/app/new", "/app/new/other", "/else/new", FLOW_LOGS];
    assert_eq!(
        groups.map(|group| reached(&scene, SHOP, group)),
        [1, 0, 0, 1]
    );

    let calls = scene.cloud.count();
    for (region, name) in [(REGION, "/else/new"), ("us-west-2", "/app/new")] {
        let nothing = function.answers(&log_group(SHOP, region, name))?;
        assert_eq!(nothing.value["asked"], "nothing", "{nothing:#?}");
    }
    assert_eq!(
        scene.cloud.count(),
        calls,
        "what no source wants costs no call"
    );
    let gone = function.answers(&log_group(SHOP, REGION, "/app/gone"))?;
    assert_eq!(gone.count("actions_done"), 0);
    scene.bootstrap.ends(2, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_log_group_of_an_account_gets_its_role_with_the_filter() -> Tested {
    let mut builder = organization(Settings::default());
    let root = builder.root().to_owned();
    builder.account("555555555555", "young", &root);
    let scene = CloudScene::new(builder, SOURCES).await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    new_log_group(&scene, "555555555555", "/app/first").await?;
    let function = Onboarding::start(&scene.bootstrap, &[])?;
    let made = function.answers(&log_group("555555555555", REGION, "/app/first"))?;
    assert_eq!(made.count("actions_done"), 2, "{made:#?}");
    assert_eq!(reached(&scene, "555555555555", "/app/first"), 1);
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_account_is_waited_for_until_its_role_is_there() -> Tested {
    let scene = scene().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    new_log_group(&scene, SHOP, "/app/new").await?;
    let iam = aws_sdk_iam::Client::new(&scene.aws.account(SHOP));
    let role = iam
        .get_role()
        .role_name("OrganizationAccountAccessRole")
        .send()
        .await?;
    let role = role.role.ok_or_else(|| anyhow::anyhow!("no role"))?;
    iam.delete_role().role_name(role.role_name()).send().await?;
    let back = tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#;
        let create = iam.create_role().role_name(role.role_name());
        create.assume_role_policy_document(trust).send().await
    });
    let function = Onboarding::start(&scene.bootstrap, &[])?;
    let made = function.answers(&created(SHOP))?;
    assert_eq!(made.count("filters_added"), 1);
    assert!(
        made.log.iter().any(|line| line.contains("isn't ready")),
        "{made:#?}"
    );
    back.await??;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_trust_in_accounts_a_new_one_is_admitted_before_its_filters_are_put() -> Tested {
    let scene = scene().await?;
    scene.configure(
        &format!("trust = \"accounts\"\nexclude = [\"{PAYMENTS}\"]"),
        SOURCES,
    )?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.configure("trust = \"accounts\"", SOURCES)?;
    let function = Onboarding::start(&scene.bootstrap, &[])?;
    let made = function.answers(&created(PAYMENTS))?;
    assert_eq!(made.value["asked"], "everything");
    assert_eq!(reached(&scene, PAYMENTS, FLOW_LOGS), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_the_configuration_leaves_out_stays_as_it_is() -> Tested {
    let scene = scene().await?;
    scene.configure(&format!("exclude = [\"{SHOP}\"]"), SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let function = Onboarding::start(&scene.bootstrap, &[])?;
    let before = scene.cloud.dump();
    for event in [moved(SHOP), log_group(SHOP, REGION, FLOW_LOGS)] {
        let nothing = function.answers(&event)?;
        assert_eq!(nothing.value["asked"], "nothing");
        let reason = nothing.value["reason"].as_str().unwrap_or_default();
        assert!(
            reason.contains(SHOP) && reason.contains("organization.exclude"),
            "{reason}"
        );
    }
    assert_eq!(scene.cloud.dump(), before);
    // Those beside it are set up.
    new_log_group(&scene, PAYMENTS, "/app/new").await?;
    let both = function.answers(&json!({"accounts": [SHOP, PAYMENTS]}))?;
    assert_eq!(both.count("filters_added"), 1, "{both:#?}");
    let left_out = both.value["left_out"][0].as_str().unwrap_or_default();
    assert!(left_out.starts_with(SHOP), "{both:#?}");
    assert_eq!(reached(&scene, PAYMENTS, "/app/new"), 1);
    assert_eq!(reached(&scene, SHOP, FLOW_LOGS), 0);
    Ok(())
}
