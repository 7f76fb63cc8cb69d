//! `bootstrap` over our own stand-in, which resolves the organization, keeps quotas and is slow where
//! AWS is.

use std::time::{Duration, Instant};

use local::cloud::{Builder, Outcome, Settings, Throttle};
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
    scene.goes_on_as_it_is()?;
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

#[tokio::test(flavor = "multi_thread")]
async fn what_is_throttled_goes_on_at_the_rate_that_is_let_through() -> Tested {
    let throttled = [
        "DescribeLogGroups",
        "DescribeSubscriptionFilters",
        "PutSubscriptionFilter",
    ];
    let throttled = throttled.map(|operation| (operation.to_owned(), Throttle::per_second(5)));
    let mut builder = organization(Settings {
        latency: Duration::from_millis(10),
        throttles: throttled.into(),
        ..Settings::default()
    });
    for number in 0..30 {
        builder.log_group(SHOP, REGION, &format!("/app/{number}"));
    }
    let scene = CloudScene::new(builder, SOURCES).await?;
    let started = Instant::now();
    scene.bootstrap.ends(2, &["plan"])?;
    let took = started.elapsed();
    let calls = scene.cloud.calls();
    let refused = calls
        .iter()
        .filter(|call| call.outcome == Outcome::Throttled)
        .count();
    assert!((1..20).contains(&refused), "{refused} refusals");
    // 33 log groups, five at once and five a second.
    assert!((5.4..9.0).contains(&took.as_secs_f64()), "{took:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_runs_out_in_the_middle_is_renewed() -> Tested {
    let settings = Settings {
        session_lasts: Duration::from_secs(1),
        latency: Duration::from_millis(40),
        ..Settings::default()
    };
    let mut builder = organization(settings);
    for number in 0..40 {
        builder.log_group(SHOP, REGION, &format!("/app/{number}"));
    }
    let scene = CloudScene::new(builder, SOURCES).await?;
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let assumed = scene.cloud.calls();
    let assumed = assumed
        .iter()
        .filter(|call| call.operation == "AssumeRole")
        .count();
    assert!(assumed > 3, "{assumed} sessions: {applied:#?}");
    let destination = scene.destination_arn(REGION);
    assert_eq!(scene.cloud.reached(SHOP, REGION, "/app/39"), [destination]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_calls_a_second_are_made_in_a_region_than_configured() -> Tested {
    let scene = CloudScene::new(organization(Settings::default()), SOURCES).await?;
    scene.configure("calls_per_second = 4", SOURCES)?;
    let started = Instant::now();
    scene.bootstrap.ends(2, &["plan"])?;
    // An account's log groups, and the filters of three, one quarter of a second after the other.
    assert!(
        started.elapsed() >= Duration::from_millis(740),
        "{:?}",
        started.elapsed()
    );
    Ok(())
}
