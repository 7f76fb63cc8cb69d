//! What `verify --canary` leaves behind: nothing, and what it must leave is found and taken back.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client as Logs;
use local::cloud::Settings;
use local::fault_proxy::{Fault, Rule};
use tests::bootstrap::canary::{GROUP, SHOP, applied, scene};
use tests::bootstrap::{CloudScene, LOGGING, REGION};

type Tested = anyhow::Result<()>;

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_can_not_be_read_is_told_at_once_and_everything_is_cleared_away() -> Tested {
    let scene = applied().await?;
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
    let scene = applied().await?;
    let logs = Logs::new(&scene.aws.account(SHOP));
    logs.create_log_group().log_group_name(GROUP).send().await?;
    let before = scene.cloud.dump();
    let refused = scene
        .bootstrap
        .ends(2, &["verify", "--canary", "--timeout", "3"])?;
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
async fn where_it_can_not_be_told_whose_one_is_taking_back_goes_on_and_fails() -> Tested {
    let scene = scene("", Settings::default()).await?;
    let empty = scene.cloud.dump();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.cloud.add(Rule::every(
        "DeleteLogGroup",
        Fault::answer(400, "AccessDeniedException"),
    ));
    scene.bootstrap.ends(2, &["verify", "--canary"])?;
    scene.cloud.heal();
    scene.deny("logs", "ListTagsForResource", SHOP, REGION);
    let left = scene.bootstrap.ends(1, &["destroy", "--yes"])?;
    for words in [
        &format!("! left: the log group {GROUP} in {REGION}")[..],
        "Something of ours may be left",
    ] {
        assert!(left.said().contains(words), "{words}: {left:#?}");
    }
    let keys = scene.cloud.dump().into_keys();
    let more: Vec<_> = keys.filter(|key| !empty.contains_key(key)).collect();
    assert!(more.iter().all(|key| key.contains(GROUP)), "{more:?}");
    scene.cloud.heal();
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert_eq!(scene.cloud.dump(), empty);
    Ok(())
}

/// How often that operation was asked for.
fn asked_for(scene: &CloudScene, operation: &str) -> usize {
    let calls = scene.cloud.calls();
    let calls = calls.iter().filter(|call| call.operation == operation);
    calls.count()
}

/// Runs a canary whose events don't come, stops it after `puts` of them, and shows what it said.
async fn stopped_after(scene: &CloudScene, puts: usize, more: &[&str]) -> anyhow::Result<String> {
    let before = scene.cloud.dump();
    scene
        .take_away_policy(LOGGING, "tributary-delivery-tributary")
        .await?;
    let mut command = scene.bootstrap.command()?;
    let child = command
        .args(["verify", "--canary"])
        .args(more)
        .stdout(std::process::Stdio::piped())
        .spawn()?;
    while asked_for(scene, "PutLogEvents") < puts {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT)?;
    let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await??;
    // It was stopped: that is no difference.
    assert_eq!(output.status.code(), Some(1));
    let groups = |dump: &BTreeMap<String, String>| {
        dump.keys()
            .filter(|key| key.contains("log group"))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(groups(&scene.cloud.dump()), groups(&before));
    Ok(String::from_utf8(output.stdout)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_clears_away_before_it_ends() -> Tested {
    stopped_after(&applied().await?, 2, &[]).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn after_ctrl_c_no_account_that_waits_for_its_turn_is_tried() -> Tested {
    let scene = applied().await?;
    let said = stopped_after(&scene, 1, &["--concurrency", "1"]).await?;
    assert_eq!(asked_for(&scene, "CreateLogGroup"), 1);
    for words in ["stopped before it came", "stopped before it was tried"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_group_that_is_half_made_and_can_not_be_deleted_is_told() -> Tested {
    let scene = applied().await?;
    for operation in ["PutRetentionPolicy", "DeleteLogGroup"] {
        let refused = Fault::answer(400, "AccessDeniedException");
        scene.cloud.add(Rule::every(operation, refused));
    }
    let told = scene.bootstrap.ends(2, &["verify", "--canary"])?;
    let left = format!("the log group {GROUP} is left, without a retention: DeleteLogGroup");
    assert!(told.stdout.contains(&left), "{told:#?}");
    scene.cloud.heal();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(!scene.cloud.dump().keys().any(|key| key.ends_with(GROUP)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_canary_nothing_is_written() -> Tested {
    let scene = applied().await?;
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
