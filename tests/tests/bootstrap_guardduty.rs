//! The rule that writes GuardDuty's findings into a log group: made in the administrator's account, sent
//! in the same run, mended, taken back.

use aws_sdk_cloudwatchlogs::Client as Logs;
use local::cloud::{Builder, Settings};
use local::fault_proxy::{Fault, Rule};
use tests::bootstrap::{CloudScene, REGION, SOURCES};

type Tested = anyhow::Result<()>;

const SECURITY: &str = "333333333333";
const SHOP: &str = "444444444444";
const GROUP: &str = "/aws/events/guardduty";
const NAME: &str = "tributary-guardduty-tributary";

fn tables(more: &str) -> String {
    format!("{SOURCES}[guardduty]\nrule = true\naccount = \"{SECURITY}\"\n{more}")
}

async fn scene(more: &str) -> anyhow::Result<CloudScene> {
    let mut builder = Builder::new(Settings::default());
    let root = builder.root().to_owned();
    builder.account(SECURITY, "security", &root);
    builder.account(SHOP, "shop", &root);
    CloudScene::new(builder, &tables(more)).await
}

fn logs(scene: &CloudScene) -> Logs {
    Logs::new(&scene.aws.account(SECURITY))
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_are_written_into_a_log_group_that_is_sent_in_the_same_run() -> Tested {
    let scene = scene("").await?;
    let before = scene.cloud.dump();
    let planned = scene.bootstrap.ends(2, &["plan"])?;
    for line in [
        format!("+ eu-central-1  log group {GROUP}: 30 days of retention"),
        format!("+ eu-central-1  filter tributary-guardduty on {GROUP}"),
        format!("+ eu-central-1  resource policy {NAME}: lets EventBridge write into {GROUP}"),
        format!("+ eu-central-1  rule {NAME}: GuardDuty's findings into {GROUP}"),
    ] {
        assert!(planned.stdout.contains(&line), "{line}: {planned:#?}");
    }
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let dump = scene.cloud.dump();
    let rule = &dump[&format!("{SECURITY} {REGION} rule {NAME}")];
    let arn = format!("arn:aws:logs:{REGION}:{SECURITY}:log-group:{GROUP}");
    for part in [
        "aws.guardduty",
        "GuardDuty Finding",
        "ENABLED",
        &arn,
        "tributary:created-by",
    ] {
        assert!(rule.contains(part), "{part}: {rule}");
    }
    let policy = &dump[&format!("{SECURITY} {REGION} resource policy {NAME}")];
    for part in ["events.amazonaws.com", "delivery.logs.amazonaws.com", &arn] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    assert!(
        !dump
            .keys()
            .any(|name| name.starts_with(SHOP) && name.contains("rule")),
        "{dump:?}"
    );
    assert_eq!(
        scene.cloud.reached(SECURITY, REGION, GROUP),
        [scene.destination_arn(REGION)]
    );
    scene.goes_on_as_it_is()?;
    let destroyed = scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert!(
        destroyed.stdout.contains("--delete-logs deletes it"),
        "{destroyed:#?}"
    );
    scene.destroy_with_logs()?;
    assert_eq!(scene.cloud.dump(), before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changed_is_told_and_mended() -> Tested {
    let scene = scene("").await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let good = scene.cloud.dump();
    let events = aws_sdk_eventbridge::Client::new(&scene.aws.account(SECURITY));
    let put = events
        .put_rule()
        .name(NAME)
        .event_pattern(r#"{"source": ["aws.health"]}"#);
    put.state(aws_sdk_eventbridge::types::RuleState::Disabled)
        .send()
        .await?;
    let put = logs(&scene).put_resource_policy().policy_name(NAME);
    put.policy_document(r#"{"Version": "2012-10-17", "Statement": []}"#)
        .send()
        .await?;
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    for part in ["disabled -> enabled", "aws.health", "resource policy"] {
        assert!(verified.stdout.contains(part), "{part}: {verified:#?}");
    }
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(scene.cloud.dump(), good);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_of_somebody_else_stays_and_everything_else_is_done() -> Tested {
    let scene = scene("").await?;
    let events = aws_sdk_eventbridge::Client::new(&scene.aws.account(SECURITY));
    let put = events
        .put_rule()
        .name(NAME)
        .event_pattern(r#"{"source": ["theirs"]}"#);
    put.send().await?;
    let before = scene.cloud.dump();
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(
        applied.stdout.contains("exists and isn't ours"),
        "{applied:#?}"
    );
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    assert!(
        verified.stdout.contains("exists and isn't ours"),
        "{verified:#?}"
    );
    let key = format!("{SECURITY} {REGION} rule {NAME}");
    assert_eq!(scene.cloud.dump()[&key], before[&key]);
    scene.destroy_with_logs()?;
    assert_eq!(scene.cloud.dump(), before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_resource_policies_are_all_and_that_is_told_before() -> Tested {
    let scene = scene("").await?;
    for number in 0..10 {
        let put = logs(&scene)
            .put_resource_policy()
            .policy_name(format!("theirs-{number}"));
        put.policy_document(r#"{"Version": "2012-10-17", "Statement": []}"#)
            .send()
            .await?;
    }
    let planned = scene.bootstrap.ends(2, &["plan"])?;
    assert!(
        planned.stdout.contains("has 10 resource policies"),
        "{planned:#?}"
    );
    assert!(
        !planned.stdout.contains("log group /aws/events"),
        "{planned:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_not_onboarded_is_told() -> Tested {
    let scene = scene("").await?;
    scene.configure(&format!("exclude = [\"{SECURITY}\"]"), &tables(""))?;
    let planned = scene.bootstrap.ends(2, &["plan"])?;
    assert!(
        planned
            .stdout
            .contains(&format!("the account {SECURITY} isn't onboarded")),
        "{planned:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_and_a_failure_in_the_middle_end_in_the_same_state() -> Tested {
    let good = {
        let scene = scene("").await?;
        scene.bootstrap.ends(0, &["apply", "--yes"])?;
        scene.cloud.dump()
    };
    let scene = scene("").await?;
    for operation in ["PutRule", "PutTargets", "PutResourcePolicy"] {
        scene.cloud.add(Rule::nth(operation, 1, Fault::DropAfter));
    }
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(scene.cloud.dump(), good);
    scene.destroy_with_logs()?;
    scene.cloud.heal();
    scene.cloud.add(Rule::every(
        "PutTargets",
        Fault::answer(400, "InternalException"),
    ));
    scene.bootstrap.ends(1, &["apply", "--yes"])?;
    scene.cloud.heal();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(scene.cloud.dump(), good);
    scene.cloud.add(Rule::every(
        "DeleteRule",
        Fault::answer(400, "InternalException"),
    ));
    scene
        .bootstrap
        .ends(1, &["destroy", "--yes", "--delete-logs"])?;
    scene.cloud.heal();
    scene.destroy_with_logs()?;
    assert!(
        !scene
            .cloud
            .dump()
            .keys()
            .any(|name| name.contains("tributary")),
        "nothing is left"
    );
    Ok(())
}
