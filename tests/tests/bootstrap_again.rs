//! What a user is told to run once a run ended early does no more than that run was asked for.

use std::process::{Command, Stdio};

use local::cloud::{Builder, Settings};
use local::fault_proxy::{Fault, Rule};
use tests::bootstrap::{CloudScene, LOGGING, REGION, Ran, SOURCES};

type Tested = anyhow::Result<()>;

const SHOP: &str = "333333333333";
const PAYMENTS: &str = "444444444444";

async fn scene() -> anyhow::Result<CloudScene> {
    let mut builder = Builder::new(Settings::default());
    let root = builder.root().to_owned();
    for (account, name) in [(SHOP, "shop"), (PAYMENTS, "payments")] {
        builder.account(account, name, &root);
        builder.log_group(account, REGION, "/app/checkout");
    }
    CloudScene::new(builder, SOURCES).await
}

fn denied(scene: &CloudScene, operation: &str) {
    let denied = Fault::answer(403, "AccessDeniedException");
    scene.cloud.add(Rule::every(operation, denied));
}

/// Runs the commands that a run has told, as they are told, and answers their questions with yes.
fn run_as_told(scene: &CloudScene, told: &Ran) -> anyhow::Result<Vec<String>> {
    let said = told.said();
    let commands = said
        .split('`')
        .filter_map(|words| words.strip_prefix("bootstrap "));
    // Others, such as `bootstrap policies`, are told for what they print.
    let commands = commands.filter(|words| words.contains("--config"));
    let commands: Vec<_> = commands.map(str::to_owned).collect();
    for command in &commands {
        let mut words: Vec<_> = command.split(' ').collect();
        if command.starts_with("apply") || command.starts_with("destroy") {
            words.push("--yes");
        }
        let program = scene.bootstrap.command()?;
        let mut again = Command::new(program.get_program());
        again.args(words).stdin(Stdio::null());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => again.env(name, value),
                None => again.env_remove(name),
            };
        }
        let ran = Ran::of(&mut again)?;
        assert!(ran.code == 0 || ran.code == 2, "{command}: {ran:#?}");
    }
    Ok(commands)
}

/// What there is of ours outside of an account.
fn outside(scene: &CloudScene, account: &str) -> Vec<(String, String)> {
    let all = scene.cloud.dump().into_iter();
    all.filter(|(key, _)| !key.starts_with(account)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_account_that_was_not_taken_back_is_told_to_be_taken_back_alone() -> Tested {
    let scene = scene().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let others = outside(&scene, SHOP);
    denied(&scene, "DeleteSubscriptionFilter");
    let arguments = ["destroy", "--accounts", SHOP, "--delete-logs", "--yes"];
    let failed = scene.bootstrap.ends(1, &arguments)?;
    scene.cloud.heal();
    let commands = run_as_told(&scene, &failed)?;
    let config = scene.bootstrap.config.display();
    let told = format!("destroy --config {config} --accounts {SHOP} --delete-logs");
    assert_eq!(commands, [told]);
    assert_eq!(outside(&scene, SHOP), others);
    assert!(
        scene
            .cloud
            .reached(SHOP, REGION, "/app/checkout")
            .is_empty()
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_plan_of_one_account_is_told_to_be_made_anew_for_that_account() -> Tested {
    let scene = scene().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(
        0,
        &[
            "destroy",
            "--accounts",
            &format!("{SHOP},{PAYMENTS}"),
            "--yes",
        ],
    )?;
    let file = scene.folder.path().join("plan.json");
    let file = file.display().to_string();
    scene
        .bootstrap
        .ends(2, &["plan", "--accounts", SHOP, "--out", &file])?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&scene.aws.account(SHOP));
    let create = logs.create_log_group().log_group_name("/app/cart");
    create.send().await?;
    let stale = scene.bootstrap.ends(1, &["apply", &file])?;
    let config = scene.bootstrap.config.display();
    let told = format!("plan --config {config} --accounts {SHOP} --out {file}");
    assert_eq!(run_as_told(&scene, &stale)?, std::slice::from_ref(&told));
    // It fails at first, and both commands together go on.
    let others = outside(&scene, SHOP);
    denied(&scene, "PutSubscriptionFilter");
    let failed = scene.bootstrap.ends(1, &["apply", &file])?;
    scene.cloud.heal();
    let apply = format!("apply --config {config} {file}");
    assert_eq!(run_as_told(&scene, &failed)?, [told, apply]);
    assert_eq!(outside(&scene, SHOP), others);
    let reached = scene.cloud.reached(SHOP, REGION, "/app/cart");
    assert_eq!(reached, [scene.destination_arn(REGION)]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_to_be_kept_is_told_to_be_kept() -> Tested {
    let scene = scene().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    denied(&scene, "DeleteSubscriptionFilter");
    let failed = scene
        .bootstrap
        .ends(1, &["destroy", "--keep-stream", "--yes"])?;
    scene.cloud.heal();
    run_as_told(&scene, &failed)?;
    let left: Vec<_> = scene.cloud.dump().into_keys().collect();
    let stream = |key: &&String| key.starts_with(LOGGING) && key.contains("stream");
    assert!(left.iter().any(|key| stream(&key)), "{left:#?}");
    assert!(
        scene
            .cloud
            .reached(SHOP, REGION, "/app/checkout")
            .is_empty()
    );
    Ok(())
}
