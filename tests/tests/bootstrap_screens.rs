//! What a user sees of every verb: in a pipe, in colour, and in a terminal of 60 columns.
//!
//! `INSTA_UPDATE=always cargo test --workspace --test bootstrap_screens` writes the snapshots anew.

use std::process::{Command, Stdio};

use anyhow::Context;
use local::cloud::{Builder, Settings};
use local::fault_proxy::{Fault, Rule};
use tests::bootstrap::{CloudScene, REGION, Ran};

type Tested = anyhow::Result<()>;

const SHOP: &str = "333333333333";
const PAYMENTS: &str = "444444444444";
const RETIRED: &str = "555555555555";
const SOURCES: &str = "[[source]]\ndataset = \"flow-logs\"\nlog_groups = [\"cwl_vpc_fl_*\"]\n\
                       [[source]]\ndataset = \"any\"\nlog_groups = [\"/app/*\"]\n";

/// An organization whose ids are the same in every run.
async fn scene() -> anyhow::Result<CloudScene> {
    let mut builder = Builder::new(Settings::default());
    let root = builder.root().to_owned();
    let unit = builder.unit("Workloads", &root);
    for (account, name) in [(SHOP, "shop"), (PAYMENTS, "payments of the whole group")] {
        builder.account(account, name, &unit);
        builder.log_group(account, REGION, "cwl_vpc_fl_main");
        builder.log_group(account, REGION, "/app/checkout");
        builder.log_group_of_class(account, REGION, "/app/archive", "INFREQUENT_ACCESS");
    }
    builder.account(RETIRED, "retired", &root);
    builder.state(RETIRED, "SUSPENDED");
    let scene = CloudScene::new(builder, SOURCES).await?;
    scene.configure("", SOURCES)?;
    Ok(scene)
}

/// Everything that a run said, without what is another one in every run.
fn screen(scene: &CloudScene, arguments: &[&str], ran: &Ran) -> String {
    let folder = scene.folder.path().display().to_string();
    let said = format!(
        "$ bootstrap {}\n{}--- standard error\n{}--- exit status {}\n",
        arguments.join(" "),
        ran.stdout,
        ran.stderr,
        ran.code
    );
    let said = said
        .replace(&folder, "FOLDER")
        .replace(&scene.bootstrap.endpoint, "ENDPOINT");
    let lines = said.lines().filter(|line| !is_passing(line)).map(|line| {
        let words: Vec<_> = line.split(' ').map(steady).collect();
        words.join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// How often a slow run says how far it is.
fn is_passing(line: &str) -> bool {
    let words = [
        "reading accounts: ",
        "setting up: ",
        "taking back: ",
        "trying access: ",
        "canary: ",
    ];
    words.iter().any(|word| line.starts_with(word)) && line.contains('/') && !line.contains(';')
}

/// Seconds and times of day, as long as they were.
fn steady(word: &str) -> String {
    let is_seconds = word.split_once('.').is_some_and(|(whole, rest)| {
        rest.len() == 1 && whole.len() == 1 && word.parse::<f64>().is_ok()
    });
    let is_time = word.contains('T') && word.contains(':') && word.starts_with("20");
    match word {
        _ if is_seconds => "0.0".to_owned(),
        _ if is_time => "2026-01-01T00:00:00Z".to_owned(),
        word => word.to_owned(),
    }
}

fn in_a_pipe(scene: &CloudScene, arguments: &[&str]) -> anyhow::Result<String> {
    let ran = scene.bootstrap.run(arguments)?;
    Ok(screen(scene, arguments, &ran))
}

/// Standard output in a terminal of 60 columns, by util-linux's script(1); standard error in a file.
fn in_a_narrow_terminal(scene: &CloudScene, arguments: &[&str]) -> anyhow::Result<String> {
    let error = scene.folder.path().join("standard-error");
    let command = scene.bootstrap.command()?;
    let words = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| format!("'{}'", word.to_string_lossy()))
        .chain(arguments.iter().map(|word| format!("'{word}'")));
    let line = format!(
        "stty cols 60 rows 24; exec {} 2>'{}'",
        words.collect::<Vec<_>>().join(" "),
        error.display()
    );
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    script.env("TERM", "xterm").env_remove("NO_COLOR");
    let output = script
        .stdin(Stdio::null())
        .output()
        .context("script(1) is missing")?;
    let ran = Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout)?
            .replace("\r\n", "\n")
            .replace("^D\u{8}\u{8}", ""),
        stderr: std::fs::read_to_string(error)?,
    };
    Ok(screen(scene, arguments, &ran))
}

/// Somebody changes a filter of ours, the role behind it, and puts a filter of theirs under our name.
async fn disturb(scene: &CloudScene) -> Tested {
    let logs = aws_sdk_cloudwatchlogs::Client::new(&scene.aws.account(SHOP));
    let put = logs
        .put_subscription_filter()
        .log_group_name("cwl_vpc_fl_main")
        .filter_name("tributary-flow-logs");
    let role = format!("arn:aws:iam::{SHOP}:role/tributary-sender-tributary");
    put.filter_pattern("REJECT")
        .destination_arn(scene.destination_arn(REGION))
        .role_arn(role)
        .send()
        .await?;
    let iam = aws_sdk_iam::Client::new(&scene.aws.account(SHOP));
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
    let update = iam.update_assume_role_policy();
    let update = update.role_name("tributary-sender-tributary");
    update.policy_document(trust).send().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_help_of_every_verb() -> Tested {
    let scene = scene().await?;
    insta::assert_snapshot!("help", in_a_pipe(&scene, &["--help"])?);
    for verb in ["accounts", "plan", "apply", "verify", "destroy", "policies"] {
        insta::assert_snapshot!(
            format!("help_{verb}"),
            in_a_pipe(&scene, &[verb, "--help"])?
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_in_a_pipe_from_the_first_plan_to_destroy() -> Tested {
    let scene = scene().await?;
    let show = |name: &str, arguments: &[&str]| -> Tested {
        insta::assert_snapshot!(name, in_a_pipe(&scene, arguments)?);
        Ok(())
    };
    show("policies", &["policies"])?;
    show("accounts", &["accounts"])?;
    show("plan_first", &["plan"])?;
    show("apply_unconfirmed", &["apply"])?;
    show("apply_first", &["apply", "--yes"])?;
    show("apply_nothing", &["apply", "--yes"])?;
    show("plan_nothing", &["plan"])?;
    show("verify_well", &["verify"])?;
    show("verify_canary", &["verify", "--canary"])?;
    disturb(&scene).await?;
    show("plan_changes", &["plan"])?;
    show("verify_differences", &["verify"])?;
    let refused = Fault::answer(400, "AccessDeniedException");
    scene
        .cloud
        .add(Rule::every("PutSubscriptionFilter", refused));
    show("apply_failed", &["apply", "--yes", "--deadline", "1"])?;
    scene.cloud.heal();
    show("destroy", &["destroy", "--yes"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn in_colour_and_in_a_narrow_terminal() -> Tested {
    let scene = scene().await?;
    insta::assert_snapshot!(
        "narrow_accounts",
        in_a_narrow_terminal(&scene, &["accounts"])?
    );
    insta::assert_snapshot!(
        "narrow_apply",
        in_a_narrow_terminal(&scene, &["apply", "--yes"])?
    );
    insta::assert_snapshot!("narrow_verify", in_a_narrow_terminal(&scene, &["verify"])?);
    disturb(&scene).await?;
    for (name, color) in [("color_always", "always"), ("color_never", "never")] {
        let plan = ["plan", "--color", color];
        insta::assert_snapshot!(name, in_a_pipe(&scene, &plan)?.replace('\u{1b}', "ESC"));
    }
    let narrow = in_a_narrow_terminal(&scene, &["plan"])?;
    insta::assert_snapshot!("narrow_color", narrow.replace('\u{1b}', "ESC"));
    let refused = Fault::answer(400, "AccessDeniedException");
    scene.cloud.add(Rule::every("ListAccounts", refused));
    let error = in_a_pipe(&scene, &["plan", "--color", "always"])?;
    insta::assert_snapshot!("color_error", error.replace('\u{1b}', "ESC"));
    scene.cloud.heal();
    insta::assert_snapshot!(
        "narrow_policies",
        in_a_narrow_terminal(&scene, &["policies"])?
    );
    let destroyed = in_a_narrow_terminal(&scene, &["destroy", "--yes"])?;
    insta::assert_snapshot!("narrow_destroy", destroyed.replace('\u{1b}', "ESC"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_in_colour() -> Tested {
    let scene = scene().await?;
    let show = |name: &str, arguments: &[&str]| -> Tested {
        let arguments = [arguments, &["--color", "always"]].concat();
        let shown = in_a_pipe(&scene, &arguments)?.replace('\u{1b}', "ESC");
        insta::assert_snapshot!(name, shown);
        Ok(())
    };
    show("color_policies", &["policies"])?;
    show("color_accounts", &["accounts"])?;
    show("color_apply", &["apply", "--yes"])?;
    disturb(&scene).await?;
    show("color_verify", &["verify"])?;
    show("color_destroy", &["destroy", "--yes"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_common_errors() -> Tested {
    let mut scene = scene().await?;
    let file = scene.folder.path().join("plan.json").display().to_string();
    scene.bootstrap.ends(2, &["plan", "--out", &file])?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&scene.aws.account(SHOP));
    logs.delete_log_group()
        .log_group_name("/app/checkout")
        .send()
        .await?;
    insta::assert_snapshot!("error_stale_plan", in_a_pipe(&scene, &["apply", &file])?);
    for (name, operation, code) in [
        (
            "error_no_permission",
            "ListAccounts",
            "AccessDeniedException",
        ),
        ("error_expired", "GetCallerIdentity", "ExpiredToken"),
        (
            "error_no_organization",
            "DescribeOrganization",
            "AWSOrganizationsNotInUseException",
        ),
        ("error_no_access", "AssumeRole", "AccessDenied"),
    ] {
        scene
            .cloud
            .add(Rule::every(operation, Fault::answer(403, code)));
        insta::assert_snapshot!(name, in_a_pipe(&scene, &["plan"])?);
        scene.cloud.heal();
    }
    scene.configure("trusts = \"organization\"", SOURCES)?;
    insta::assert_snapshot!("error_wrong_key", in_a_pipe(&scene, &["plan"])?);
    scene.configure("include = [\"ou-none-00000000\"]", SOURCES)?;
    insta::assert_snapshot!("error_no_such_unit", in_a_pipe(&scene, &["plan"])?);
    scene.configure("", SOURCES)?;
    let mut nobody = scene.bootstrap.command()?;
    nobody
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY");
    let output = nobody.arg("plan").output()?;
    let ran = Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
    };
    insta::assert_snapshot!("error_no_credentials", screen(&scene, &["plan"], &ran));
    scene.bootstrap.endpoint = "http://127.0.0.1:9".to_owned();
    insta::assert_snapshot!("error_no_network", in_a_pipe(&scene, &["plan"])?);
    std::fs::remove_file(&scene.bootstrap.config)?;
    insta::assert_snapshot!("error_no_configuration", in_a_pipe(&scene, &["plan"])?);
    Ok(())
}
