//! What `--json` answers is what the schemas in `docs/schema` say, and nothing else.

use std::path::Path;

use jsonschema::Validator;
use local::fault_proxy::{Fault, Rule};
use serde_json::{Value, json};
use tests::bootstrap::Scene;

type Tested = anyhow::Result<()>;

const VERBS: [&str; 6] = ["accounts", "plan", "apply", "verify", "destroy", "policies"];

fn schema(verb: &str) -> anyhow::Result<Validator> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema");
    let text = std::fs::read_to_string(folder.join(format!("{verb}.json")))?;
    let schema: Value = serde_json::from_str(&text)?;
    Ok(jsonschema::draft202012::new(&schema)?)
}

/// Holds a value against the schema of a verb, and then with one member more at every object that has
/// fixed members, so that a schema which allows anything isn't taken for one that fits.
fn fits(verb: &str, value: &Value) -> Tested {
    let schema = schema(verb)?;
    let errors: Vec<_> = schema
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    anyhow::ensure!(errors.is_empty(), "{verb}: {errors:#?}");
    let mut more = value.clone();
    more["unheard_of"] = json!(1);
    anyhow::ensure!(!schema.is_valid(&more), "{verb} allows anything");
    let lists = [
        "/accounts/0",
        "/members/0",
        "/plan/members/0",
        "/report/members/0",
        "/policies/0",
    ];
    for list in lists {
        let mut more = value.clone();
        if let Some(item) = more.pointer_mut(list) {
            item["unheard_of"] = json!(1);
            anyhow::ensure!(!schema.is_valid(&more), "{verb} allows anything in {list}");
        }
    }
    Ok(())
}

/// Runs a verb, wants that exit status, and holds its answer against its schema.
fn answers(scene: &Scene, code: i32, arguments: &[&str]) -> anyhow::Result<Value> {
    let json = [arguments, &["--json"]].concat();
    let answer = scene.bootstrap.ends(code, &json)?.json()?;
    fits(arguments[0], &answer)?;
    Ok(answer)
}

#[test]
fn every_schema_is_one_of_draft_2020_12() -> Tested {
    for verb in VERBS {
        schema(verb)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_answers_as_its_schema_says_from_the_first_plan_to_destroy() -> Tested {
    let scene = Scene::with_catalog("").await?;
    answers(&scene, 0, &["policies"])?;
    answers(&scene, 0, &["accounts"])?;
    let planned = answers(&scene, 2, &["plan"])?;
    assert_eq!(planned["format"], 2);
    answers(&scene, 2, &["verify"])?;
    answers(&scene, 0, &["apply", "--yes"])?;
    answers(&scene, 0, &["plan"])?;
    answers(&scene, 0, &["verify"])?;
    answers(&scene, 0, &["destroy", "--yes"])?;
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
    let planned = answers(&scene, 2, &["plan"])?;
    assert_eq!(planned["summary"]["change"], 2, "{planned:#}");
    answers(&scene, 2, &["verify"])?;
    let refused = Fault::answer(400, "AccessDeniedException");
    scene
        .proxy
        .add(Rule::every("PutSubscriptionFilter", refused));
    let applied = answers(&scene, 1, &["apply", "--yes", "--deadline", "1"])?;
    assert_eq!(applied["report"]["totals"]["failed"], 1, "{applied:#}");
    scene.proxy.heal();
    let nobody = Fault::answer(403, "AccessDenied");
    scene.proxy.add(Rule::every("AssumeRole", nobody));
    answers(&scene, 1, &["accounts"])?;
    answers(&scene, 1, &["plan"])?;
    answers(&scene, 1, &["verify"])?;
    answers(&scene, 1, &["destroy", "--yes"])?;
    Ok(())
}
