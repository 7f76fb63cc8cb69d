//! What is done before what: the plan says it, the report says the same, and nobody is subscribed to what isn't there.

use aws_sdk_kinesis::Client as Kinesis;
use local::cloud::{Builder, Settings};
use local::fault_proxy::{Fault, Rule};
use serde_json::Value;
use tests::bootstrap::trust::{PAYMENTS, SHOP};
use tests::bootstrap::{CloudScene, LOGGING, REGION, SOURCES};

type Tested = anyhow::Result<()>;

const OTHER: &str = "us-east-1";
const BUCKET: &str = "tributary-catalog";

async fn scene() -> anyhow::Result<CloudScene> {
    let mut builder = Builder::new(Settings::default());
    let root = builder.root().to_owned();
    for (account, name) in [(SHOP, "shop"), (PAYMENTS, "payments")] {
        builder.account(account, name, &root);
        for region in [REGION, OTHER] {
            builder.log_group(account, region, "/app/checkout");
        }
    }
    builder.bucket(LOGGING, REGION, BUCKET);
    CloudScene::new(builder, SOURCES).await
}

fn denied(scene: &CloudScene, operation: &str) {
    let denied = Fault::answer(403, "AccessDeniedException");
    scene.cloud.add(Rule::every(operation, denied));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_stream_nobody_is_subscribed_in_any_region() -> Tested {
    let scene = scene().await?;
    let regions = format!("regions = [\"{REGION}\", \"{OTHER}\"]");
    scene.configure(&regions, SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let kinesis = Kinesis::new(&scene.aws.account(LOGGING));
    let delete = kinesis.delete_stream().stream_name("tributary-logs");
    delete.send().await?;
    for account in [SHOP, PAYMENTS] {
        scene
            .bootstrap
            .ends(0, &["destroy", "--accounts", account, "--yes"])?;
    }
    denied(&scene, "CreateStream");
    let calls = scene.cloud.count();
    let failed = scene.bootstrap.ends(1, &["apply", "--yes"])?;
    let calls = scene.cloud.calls_since(calls).into_iter();
    let put: Vec<_> = calls
        .filter(|call| call.operation == "PutSubscriptionFilter")
        .collect();
    assert!(put.is_empty(), "{put:?}");
    let why = "left: the central account isn't set up";
    assert!(failed.stdout.contains(why), "{failed:#?}");
    assert!(!failed.stdout.contains("isn't set up in"), "{failed:#?}");
    scene.cloud.heal();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

/// The summaries of a part's steps.
fn summaries(part: &Value) -> Vec<String> {
    let steps = part["steps"].as_array().cloned().unwrap_or_default();
    let summary = |step: &Value| step["summary"].as_str().unwrap_or_default().to_owned();
    steps.iter().map(summary).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_stands_in_the_order_of_the_plan_and_each_failure_at_its_own_step() -> Tested {
    let scene = scene().await?;
    scene.configure("trust = \"accounts\"", SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let catalog = format!("[catalog]\nlocation = \"s3://{BUCKET}/catalog.json\"\n");
    scene.configure("", &format!("{SOURCES}\n{catalog}"))?;
    let file = &scene.bootstrap.config;
    let text = std::fs::read_to_string(file)?;
    std::fs::write(file, text.replace("shards = 2", "shards = 3"))?;
    denied(&scene, "PutObject");
    let arguments = ["apply", "--yes", "--force-access-policy", "--json"];
    let answer = scene.bootstrap.ends(1, &arguments)?.json()?;
    let planned = summaries(&answer["plan"]["central"]);
    let place = |words: &str| {
        let mut steps = planned.iter();
        steps.position(|summary| summary.contains(words))
    };
    let (catalog, force) = (place("catalog s3://"), place("by force"));
    let shards = place("shards");
    assert!(catalog.is_some() && catalog < force, "{planned:#?}");
    assert!(force < shards, "{planned:#?}");
    for (part, report) in [("plan", "report")] {
        let members = |of: &str| answer[of]["members"].as_array().cloned();
        let members = members(part).into_iter().zip(members(report));
        for (part, report) in members.flat_map(|(parts, reports)| parts.into_iter().zip(reports)) {
            assert_eq!(summaries(&part), summaries(&report));
        }
    }
    let report = &answer["report"]["central"];
    assert_eq!(summaries(report), planned);
    let steps = report["steps"].as_array().cloned().unwrap_or_default();
    for (number, step) in steps.iter().enumerate() {
        let failed = Some(number) == catalog;
        assert_eq!(step["result"] == "failed", failed, "{step:#}");
    }
    Ok(())
}
