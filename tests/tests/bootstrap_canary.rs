//! `verify --canary`: events that really come out of the central stream, over our own stand-in, which
//! delivers what is put into log groups.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client as Logs;
use aws_sdk_iam::Client as Iam;
use local::cloud::{Builder, Settings};
use local::fault_proxy::{Fault, Rule};
use serde_json::Value;
use tests::bootstrap::least_privilege::{LeastPrivilege, without};
use tests::bootstrap::{CloudScene, LOGGING, REGION, SOURCES};

type Tested = anyhow::Result<()>;

const SHOP: &str = "333333333333";
const PAYMENTS: &str = "444444444444";
const EMPTY: &str = "555555555555";
const VIRGINIA: &str = "us-east-1";
const GROUP: &str = "/tributary-canary/tributary";
const TRY: [&str; 4] = ["verify", "--canary", "--timeout", "3"];

async fn scene(organization: &str, settings: Settings) -> anyhow::Result<CloudScene> {
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

/// What became of the events, by account and region.
fn results(answer: &Value) -> Vec<String> {
    let flights = answer["canary"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut results: Vec<_> = flights
        .iter()
        .map(|flight| {
            [&flight["account"], &flight["region"], &flight["result"]]
                .map(text)
                .join(" ")
        })
        .collect();
    results.sort();
    results
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_every_account_and_region_comes_out_and_nothing_is_left_behind() -> Tested {
    let regions = "regions = [\"eu-central-1\", \"us-east-1\"]";
    let scene = scene(regions, Settings::default()).await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let before = scene.cloud.dump();
    let answer = scene
        .bootstrap
        .ends(0, &["verify", "--canary", "--json"])?
        .json()?;
    let arrived = |account: &str, region: &str| format!("{account} {region} arrived");
    assert_eq!(
        results(&answer),
        [
            arrived(SHOP, REGION),
            arrived(SHOP, VIRGINIA),
            arrived(PAYMENTS, REGION),
            arrived(PAYMENTS, VIRGINIA)
        ],
        "{answer:#}"
    );
    let seconds = answer["canary"][0]["seconds"].as_f64();
    assert!(
        seconds.is_some_and(|seconds| (0.0..30.0).contains(&seconds)),
        "{answer:#}"
    );
    assert_eq!(scene.cloud.dump(), before);
    let shown = scene.bootstrap.ends(0, &["verify", "--canary"])?;
    assert!(
        shown.stdout.contains("came out of the stream after"),
        "{shown:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_of_an_account_carries_the_event_without_a_filter() -> Tested {
    let everything = "[[source]]\ndataset = \"any\"\nlog_groups = [\"*\"]\n";
    let scene = scene("", Settings::default()).await?;
    scene.configure("mode = \"account\"", everything)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let (before, calls) = (scene.cloud.dump(), scene.cloud.count());
    let answer = scene
        .bootstrap
        .ends(0, &["verify", "--canary", "--json"])?
        .json()?;
    assert!(
        results(&answer).contains(&format!("{EMPTY} {REGION} arrived")),
        "{answer:#}"
    );
    let calls = scene.cloud.calls_since(calls);
    let filters = calls
        .iter()
        .filter(|call| call.operation == "PutSubscriptionFilter");
    assert_eq!(filters.count(), 0, "the account policy is what is tried");
    assert_eq!(scene.cloud.dump(), before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_does_not_come_is_a_difference_of_its_account_alone() -> Tested {
    let scene = scene("", Settings::default()).await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let iam = Iam::new(&scene.aws.account(LOGGING));
    let delete = iam
        .delete_role_policy()
        .role_name("tributary-delivery-tributary");
    delete.policy_name("tributary").send().await?;
    let before = scene.cloud.dump();
    let missing = scene.bootstrap.ends(2, &TRY)?;
    for words in [
        "didn't come",
        "none of 1 events came out of the stream within 3 s",
    ] {
        assert!(missing.stdout.contains(words), "{words}: {missing:#?}");
    }
    assert_eq!(scene.cloud.dump(), before, "it cleared away behind itself");
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let iam = Iam::new(&scene.aws.account(SHOP));
    let delete = iam
        .delete_role_policy()
        .role_name("tributary-sender-tributary");
    delete.policy_name("tributary").send().await?;
    let answer = scene
        .bootstrap
        .ends(
            2,
            &[
                "verify",
                "--canary",
                "--timeout",
                "3",
                "--json",
                "--deadline",
                "1",
            ],
        )?
        .json()?;
    let results = results(&answer);
    assert!(
        results.contains(&format!("{SHOP} {REGION} failed")),
        "{answer:#}"
    );
    assert!(
        results.contains(&format!("{PAYMENTS} {REGION} arrived")),
        "{answer:#}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_event_may_be_lost_and_the_next_one_comes() -> Tested {
    let scene = scene("", Settings::default()).await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    // The first event of each account is put without an effect.
    scene
        .cloud
        .add(Rule::nth("PutLogEvents", 1, Fault::answer(200, "")));
    scene
        .cloud
        .add(Rule::nth("PutLogEvents", 2, Fault::answer(200, "")));
    let answer = scene
        .bootstrap
        .ends(0, &["verify", "--canary", "--json"])?
        .json()?;
    assert_eq!(results(&answer).len(), 2, "{answer:#}");
    assert!(
        results(&answer)
            .iter()
            .all(|result| result.ends_with("arrived")),
        "{answer:#}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_can_not_be_read_is_told_at_once_and_everything_is_cleared_away() -> Tested {
    let scene = scene("", Settings::default()).await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let before = scene.cloud.dump();
    scene.cloud.add(Rule::every(
        "GetRecords",
        Fault::answer(400, "AccessDeniedException"),
    ));
    let refused = scene.bootstrap.ends(2, &["verify", "--canary"])?;
    assert!(
        refused
            .stdout
            .contains("the central stream can't be read: GetRecords in account 222222222222"),
        "{refused:#?}"
    );
    assert_eq!(scene.cloud.dump(), before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_group_of_others_by_that_name_stays() -> Tested {
    let scene = scene("", Settings::default()).await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let logs = Logs::new(&scene.aws.account(SHOP));
    logs.create_log_group().log_group_name(GROUP).send().await?;
    let before = scene.cloud.dump();
    let refused = scene.bootstrap.ends(2, &TRY)?;
    assert!(
        refused
            .stdout
            .contains(&format!("the log group {GROUP} isn't ours")),
        "{refused:#?}"
    );
    assert_eq!(scene.cloud.dump(), before);
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert!(scene.cloud.dump().keys().any(|key| key.ends_with(GROUP)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_canary_left_is_found_and_taken_back() -> Tested {
    let scene = scene("", Settings::default()).await?;
    let empty = scene.cloud.dump();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let before = scene.cloud.dump();
    scene.cloud.add(Rule::every(
        "DeleteLogGroup",
        Fault::answer(400, "AccessDeniedException"),
    ));
    let left = scene.bootstrap.ends(2, &["verify", "--canary"])?;
    assert!(
        left.stdout
            .contains(&format!("the log group {GROUP} is left")),
        "{left:#?}"
    );
    scene.cloud.heal();
    let found = scene.bootstrap.ends(2, &["verify"])?;
    assert!(
        found.stdout.contains(&format!("- log group {GROUP}")),
        "{found:#?}"
    );
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(scene.cloud.dump(), before);
    scene.cloud.add(Rule::every(
        "DeleteLogGroup",
        Fault::answer(400, "AccessDeniedException"),
    ));
    scene.bootstrap.ends(2, &["verify", "--canary"])?;
    scene.cloud.heal();
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert_eq!(scene.cloud.dump(), empty);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_clears_away_before_it_ends() -> Tested {
    let scene = scene("", Settings::default()).await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let before = scene.cloud.dump();
    let iam = Iam::new(&scene.aws.account(LOGGING));
    let delete = iam
        .delete_role_policy()
        .role_name("tributary-delivery-tributary");
    delete.policy_name("tributary").send().await?;
    let mut command = scene.bootstrap.command()?;
    let mut child = command
        .args(["verify", "--canary"])
        .stdout(std::process::Stdio::null())
        .spawn()?;
    let put = || {
        scene
            .cloud
            .calls()
            .iter()
            .filter(|call| call.operation == "PutLogEvents")
            .count()
    };
    while put() < 2 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT)?;
    let status = tokio::task::spawn_blocking(move || child.wait()).await??;
    // It was stopped: that is no difference.
    assert_eq!(status.code(), Some(1));
    let groups = |dump: &BTreeMap<String, String>| {
        dump.keys()
            .filter(|key| key.contains("log group"))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(groups(&scene.cloud.dump()), groups(&before));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_canary_nothing_is_written() -> Tested {
    let scene = scene("", Settings::default()).await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let calls = scene.cloud.count();
    scene.bootstrap.ends(0, &["verify"])?;
    assert!(
        scene
            .cloud
            .calls_since(calls)
            .iter()
            .all(local::cloud::Seen::reads)
    );
    let refused = scene.bootstrap.ends(1, &["verify", "--timeout", "3"])?;
    assert!(refused.stderr.contains("--canary"), "{refused:#?}");
    Ok(())
}

/// A log group isn't made with its tag without it, which the stand-in doesn't check.
const NOT_ENFORCED: [&str; 1] = ["logs:TagResource"];

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_policy_is_enough_for_the_canary_and_each_action_is_missed_by_its_name()
-> Tested {
    let least = LeastPrivilege::new().await?;
    let bootstrap = &least.scene.bootstrap;
    bootstrap.ends(0, &["apply", "--yes"])?;
    let printed = bootstrap
        .ends(0, &["policies", "--canary", "--json"])?
        .json()?;
    let entries = printed["policies"].as_array().cloned().unwrap_or_default();
    let document = entries
        .into_iter()
        .find(|entry| entry["name"] == "access-canary");
    let document = document.expect("the canary's policy")["document"].clone();
    let canary = BTreeMap::from([("access-canary".to_owned(), document)]);
    least.grant(&canary).await?;
    let before = least.scene.world().await?;
    // This stand-in delivers nothing: what is held here is that everything may be tried.
    let arguments = ["verify", "--canary", "--timeout", "1", "--deadline", "1"];
    let ran = bootstrap.ends(2, &arguments)?;
    assert!(
        ran.stdout.contains("came out of the stream within 1 s"),
        "{ran:#?}"
    );
    assert!(!ran.stdout.contains("AccessDenied"), "{ran:#?}");
    assert_eq!(least.scene.world().await?, before);
    for statement in canary["access-canary"]["Statement"]
        .as_array()
        .into_iter()
        .flatten()
    {
        for action in statement["Action"].as_array().into_iter().flatten() {
            let action = action.as_str().unwrap_or_default();
            least
                .grant(&without(&canary, "access-canary", action))
                .await?;
            let ran = bootstrap.ends(2, &arguments)?;
            let name = action.split_once(':').map_or("", |(_, name)| name);
            let told = ran
                .stdout
                .lines()
                .any(|line| line.contains(name) && line.contains("AccessDenied"));
            assert_eq!(told, !NOT_ENFORCED.contains(&action), "{action}: {ran:#?}");
            least.grant(&canary).await?;
            bootstrap.run(["apply", "--yes"])?;
        }
    }
    Ok(())
}
