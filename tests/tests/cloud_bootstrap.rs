//! `bootstrap` over our own stand-in, which resolves the organization, keeps quotas and is slow where
//! AWS is.

use std::time::Duration;

use local::cloud::{Builder, Settings};
use local::fault_proxy::{Fault, Rule};
use tests::bootstrap::{CloudScene, LOGGING, REGION, SOURCES};

type Tested = anyhow::Result<()>;

const SHOP: &str = "333333333333";
const PAYMENTS: &str = "444444444444";
const FLOW_LOGS: &str = "cwl_vpc_fl_main";

/// Two accounts in units, one of them with somebody else's filter.
fn organization(settings: Settings) -> Builder {
    let mut builder = Builder::new(settings);
    let root = builder.root().to_owned();
    let workloads = builder.unit("Workloads", &root);
    let production = builder.unit("Production", &workloads);
    builder.account(SHOP, "shop", &workloads);
    builder.account(PAYMENTS, "payments", &production);
    for account in [SHOP, PAYMENTS] {
        builder.log_group(account, REGION, FLOW_LOGS);
        builder.log_group(account, REGION, "/app/checkout");
        builder.log_group(account, REGION, "/aws/lambda/nightly-report");
    }
    builder.filter(
        SHOP,
        REGION,
        FLOW_LOGS,
        "siem",
        "arn:aws:logs:eu-central-1:999999999999:destination:siem",
    );
    builder
}

#[tokio::test(flavor = "multi_thread")]
async fn after_apply_the_events_of_every_matching_log_group_reach_the_destination() -> Tested {
    let scene = CloudScene::new(organization(Settings::default()), SOURCES).await?;
    let before = scene.cloud.dump();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let destination = scene.destination_arn(REGION);
    for account in [SHOP, PAYMENTS] {
        for group in [FLOW_LOGS, "/app/checkout"] {
            let reached = scene.cloud.reached(account, REGION, group);
            assert_eq!(reached, [destination.as_str()], "{account} {group}");
        }
        let unwanted = scene
            .cloud
            .reached(account, REGION, "/aws/lambda/nightly-report");
        assert!(unwanted.is_empty(), "{unwanted:?}");
    }
    let calls = scene.cloud.count();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    let writes = scene.cloud.calls_since(calls);
    assert!(writes.iter().all(local::cloud::Seen::reads), "{writes:?}");
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert_eq!(scene.cloud.dump(), before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_streams_that_take_their_time_are_waited_for() -> Tested {
    let settings = Settings {
        role_ready_after: Duration::from_millis(1500),
        stream_ready_after: Duration::from_millis(700),
        empty_first_pages: true,
        put_destination_drops_policy: true,
        ..Settings::default()
    };
    let scene = CloudScene::new(organization(settings), SOURCES).await?;
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(
        applied
            .stderr
            .contains("waiting for the destination tributary"),
        "{applied:#?}"
    );
    scene.bootstrap.ends(0, &["verify"])?;
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_central_account_without_its_access_role_is_told_and_nothing_is_written() -> Tested {
    let mut builder = organization(Settings::default());
    let root = builder.root().to_owned();
    builder.account("555555555555", "elsewhere", &root);
    let scene = CloudScene::new(builder, SOURCES).await?;
    scene.configure("access_role = \"nobody\"", SOURCES)?;
    let before = scene.cloud.dump();
    let applied = scene.bootstrap.ends(1, &["apply", "--yes"])?;
    assert!(applied.said().contains(LOGGING), "{applied:#?}");
    assert_eq!(scene.cloud.dump(), before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_asked_for_again_without_harm() -> Tested {
    let scene = CloudScene::new(organization(Settings::default()), SOURCES).await?;
    for operation in [
        "CreateStream",
        "CreateRole",
        "PutDestination",
        "PutSubscriptionFilter",
    ] {
        scene.cloud.add(Rule::nth(operation, 1, Fault::DropAfter));
    }
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}
