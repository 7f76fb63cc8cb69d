//! What `--json` and the function answer is what the schemas in `docs/schema` say, and nothing else.

use std::path::Path;

use jsonschema::Validator;
use local::cloud::{Builder, Settings};
use local::fault_proxy::{Fault, Rule};
use serde_json::{Value, json};
use tests::bootstrap::{Bootstrap, CloudScene, REGION, SOURCES, Scene};
use tests::onboarding::{Onboarding, log_group, scheduled};

type Tested = anyhow::Result<()>;

const SCHEMAS: [&str; 8] = [
    "accounts",
    "plan",
    "apply",
    "verify",
    "destroy",
    "policies",
    "search-setup",
    "function",
];
const SHOP: &str = "333333333333";
const PAYMENTS: &str = "444444444444";

fn schema(name: &str) -> anyhow::Result<Validator> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json")))?;
    let schema: Value = serde_json::from_str(&text)?;
    Ok(jsonschema::draft202012::new(&schema)?)
}

/// Holds a value against a schema, and then with one member more at every object that has
/// fixed members, so that a schema which allows anything isn't taken for one that fits.
fn fits(name: &str, value: &Value) -> Tested {
    let schema = schema(name)?;
    let errors: Vec<_> = schema
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    anyhow::ensure!(errors.is_empty(), "{name}: {errors:#?}");
    let mut more = value.clone();
    more["unheard_of"] = json!(1);
    anyhow::ensure!(!schema.is_valid(&more), "{name} allows anything");
    let lists = [
        "/accounts/0",
        "/members/0",
        "/plan/members/0",
        "/report/members/0",
        "/policies/0",
        "/canary/0",
        "/failures/0",
        "/held/0",
    ];
    for list in lists {
        let mut more = value.clone();
        if let Some(item) = more.pointer_mut(list) {
            item["unheard_of"] = json!(1);
            anyhow::ensure!(!schema.is_valid(&more), "{name} allows anything in {list}");
        }
    }
    Ok(())
}

/// Runs a verb, wants that exit status, and holds its answer against its schema.
fn answers(bootstrap: &Bootstrap, code: i32, arguments: &[&str]) -> anyhow::Result<Value> {
    let json = [arguments, &["--json"]].concat();
    let answer = bootstrap.ends(code, &json)?.json()?;
    fits(arguments[0], &answer)?;
    Ok(answer)
}

#[test]
fn every_schema_is_one_of_draft_2020_12() -> Tested {
    for name in SCHEMAS {
        schema(name)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_answers_as_its_schema_says_from_the_first_plan_to_destroy() -> Tested {
    let scene = Scene::with_catalog("").await?;
    answers(&scene.bootstrap, 0, &["policies"])?;
    answers(&scene.bootstrap, 0, &["accounts"])?;
    let planned = answers(&scene.bootstrap, 2, &["plan"])?;
    assert_eq!(planned["format"], 2);
    answers(&scene.bootstrap, 2, &["verify"])?;
    answers(&scene.bootstrap, 0, &["apply", "--yes"])?;
    answers(&scene.bootstrap, 0, &["plan"])?;
    answers(&scene.bootstrap, 0, &["verify"])?;
    answers(&scene.bootstrap, 0, &["destroy", "--yes"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_skipped_blocked_or_failed_is_in_the_schemas_too() -> Tested {
    let scene = Scene::with_catalog("").await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let shop = &scene.organization.members[0].id;
    // A filter of ours that somebody changed, one of somebody else under our name, a role that was changed.
    let logs = scene.logs(shop);
    let ours = logs
        .put_subscription_filter()
        .log_group_name("cwl_vpc_fl_main")
        .filter_name("tributary-flow-logs")
        .filter_pattern("REJECT");
    ours.destination_arn(scene.destination_arn()).send().await?;
    let theirs = "arn:aws:logs:eu-central-1:999999999999:destination:siem";
    scene
        .put_filter(shop, "/app/checkout", "tributary-any", theirs)
        .await?;
    let iam = aws_sdk_iam::Client::new(&scene.aws.account(shop));
    let update = iam
        .update_assume_role_policy()
        .role_name("tributary-sender-tributary");
    let trust = r#"{"Version": "2012-10-17", "Statement": []}"#;
    update.policy_document(trust).send().await?;
    let planned = answers(&scene.bootstrap, 2, &["plan"])?;
    assert_eq!(planned["summary"]["change"], 2, "{planned:#}");
    answers(&scene.bootstrap, 2, &["verify"])?;
    let refused = Fault::answer(400, "AccessDeniedException");
    scene
        .proxy
        .add(Rule::every("PutSubscriptionFilter", refused));
    let applied = answers(&scene.bootstrap, 1, &["apply", "--yes", "--deadline", "1"])?;
    assert_eq!(applied["report"]["totals"]["failed"], 1, "{applied:#}");
    scene.proxy.heal();
    let nobody = Fault::answer(403, "AccessDenied");
    scene.proxy.add(Rule::every("AssumeRole", nobody));
    answers(&scene.bootstrap, 1, &["accounts"])?;
    answers(&scene.bootstrap, 1, &["plan"])?;
    answers(&scene.bootstrap, 1, &["verify"])?;
    answers(&scene.bootstrap, 1, &["destroy", "--yes"])?;
    Ok(())
}

/// Two accounts with a log group that sends; a log group of the second one has no room for a filter.
async fn cloud() -> anyhow::Result<CloudScene> {
    let mut builder = Builder::new(Settings::default());
    let root = builder.root().to_owned();
    for account in [SHOP, PAYMENTS] {
        builder.account(account, "sends", &root);
        builder.log_group(account, REGION, "cwl_vpc_fl_main");
    }
    builder.log_group(PAYMENTS, REGION, "/app/full");
    for number in 0..5 {
        let name = format!("siem-{number}");
        let to = "arn:aws:logs:eu-central-1:999999999999:destination:siem";
        builder.filter(PAYMENTS, REGION, "/app/full", &name, to);
    }
    CloudScene::new(builder, SOURCES).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_of_canaries_is_in_the_schema_of_verify() -> Tested {
    let scene = cloud().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let came = answers(&scene.bootstrap, 2, &["verify", "--canary"])?;
    let results = |answer: &Value| -> Vec<String> {
        let runs = answer["canary"].as_array().into_iter().flatten();
        let mut results: Vec<_> = runs.map(|run| run["result"].to_string()).collect();
        results.sort();
        results
    };
    assert_eq!(results(&came), ["\"arrived\"", "\"arrived\""], "{came:#}");
    let refused = Fault::answer(400, "AccessDeniedException");
    scene.cloud.add(Rule::nth("PutLogEvents", 2, refused));
    let lost = Fault::answer(400, "AccessDeniedException");
    scene.cloud.add(Rule::every("GetRecords", lost));
    let quick = ["verify", "--canary", "--timeout", "2"];
    let lost = answers(&scene.bootstrap, 2, &quick)?;
    assert!(
        !results(&lost).contains(&"\"arrived\"".to_owned()),
        "{lost:#}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_function_answers_is_in_its_schema() -> Tested {
    let scene = cloud().await?;
    let function = Onboarding::start(&scene.bootstrap, &[])?;
    let first = function.answers(&scheduled())?;
    assert_eq!(first.count("blocked"), 1, "{first:#?}");
    // What no source names any more stays, and is told; another account can't be worked in.
    scene.configure("", &SOURCES.replace("cwl_vpc_fl_*", "cwl_other_*"))?;
    let held = function.answers(&scheduled())?;
    assert!(held.count("removals_held") > 0, "{held:#?}");
    let nothing = function.answers(&log_group(SHOP, REGION, "/other"))?;
    assert_eq!(nothing.value["asked"], "nothing", "{nothing:#?}");
    let elsewhere = function.answers(&log_group(SHOP, "us-east-1", "/app/x"))?;
    assert!(elsewhere.value["reason"].is_string(), "{elsewhere:#?}");
    for answer in [first, held, nothing, elsewhere] {
        fits("function", &answer.value)?;
    }
    let nobody = Fault::answer(403, "AccessDenied");
    scene.cloud.add(Rule::every("AssumeRole", nobody));
    let failed = function.fails(&scheduled())?;
    let answer = failed.log.iter().find(|line| line.contains("\"asked\""));
    let answer: Value = serde_json::from_str(answer.map_or("", String::as_str))?;
    assert!(!answer["failures"][0].is_null(), "{answer:#}");
    fits("function", &answer)
}
