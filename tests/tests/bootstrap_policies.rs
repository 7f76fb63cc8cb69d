//! The policies that `bootstrap policies` prints are enough for everything that it does.

use std::collections::BTreeMap;

use aws_sdk_iam::Client as Iam;
use local::organization::MANAGEMENT;
use serde_json::Value;
use tests::bootstrap::{SOURCES, Scene};

type Tested = anyhow::Result<()>;

const CATALOG: &str = "[catalog]\nlocation = \"s3://tributary-catalog/a/catalog.json\"\n";

/// Documents by their names.
fn policies(scene: &Scene) -> anyhow::Result<BTreeMap<String, Value>> {
    let printed = scene.bootstrap.ends(0, &["policies", "--json"])?.json()?;
    let entries = printed["policies"].as_array().cloned().unwrap_or_default();
    let pairs = entries.into_iter().map(|entry| {
        (
            entry["name"].as_str().unwrap_or_default().to_owned(),
            entry["document"].clone(),
        )
    });
    Ok(pairs.collect())
}

/// A role in `account` that the management account may assume, with these policies and nothing else.
async fn role(scene: &Scene, account: &str, name: &str, documents: &[&Value]) -> Tested {
    let iam = Iam::new(&scene.aws.account(account));
    let trust = serde_json::json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{MANAGEMENT}:root")}, "Action": "sts:AssumeRole",
    }]});
    iam.create_role()
        .role_name(name)
        .assume_role_policy_document(trust.to_string())
        .send()
        .await?;
    for (number, document) in documents.iter().enumerate() {
        let put = iam
            .put_role_policy()
            .role_name(name)
            .policy_name(format!("policy-{number}"));
        put.policy_document(document.to_string()).send().await?;
    }
    Ok(())
}

/// The organization in a stand-in that enforces policies, worked in by roles that have `documents` alone.
async fn with_least_privilege(leave_out: Option<&str>) -> anyhow::Result<Scene> {
    let mut scene = Scene::with(&[("AUTH", "true")]).await?;
    let logging = &scene.organization.logging.id;
    scene
        .aws
        .create_bucket(logging, "tributary-catalog")
        .await?;
    scene.configure("", &format!("{SOURCES}{CATALOG}"))?;
    let mut documents = policies(&scene)?;
    if let Some(action) = leave_out {
        for document in documents.values_mut() {
            without(document, action);
        }
    }
    if let Some(central) = documents.get_mut("access-central") {
        as_the_stand_in_checks(central);
    }
    let (caller, central, member, catalog, flow_logs) = (
        &documents["caller"],
        &documents["access-central"],
        &documents["access-member"],
        &documents["access-catalog"],
        &documents["access-flow-logs"],
    );
    role(&scene, MANAGEMENT, "operator", &[caller, member, flow_logs]).await?;
    for account in &scene.organization.members {
        role(
            &scene,
            &account.id,
            "OrganizationAccountAccessRole",
            &[member, flow_logs],
        )
        .await?;
    }
    role(
        &scene,
        &scene.organization.logging.id,
        "OrganizationAccountAccessRole",
        &[central, member, catalog, flow_logs],
    )
    .await?;
    let sts = aws_sdk_sts::Client::new(&scene.aws.account(MANAGEMENT));
    let operator = sts
        .assume_role()
        .role_arn(format!("arn:aws:iam::{MANAGEMENT}:role/operator"));
    let keys = operator
        .role_session_name("test")
        .send()
        .await?
        .credentials
        .expect("credentials");
    scene.bootstrap.credentials = (
        keys.access_key_id,
        keys.secret_access_key,
        Some(keys.session_token),
    );
    Ok(scene)
}

/// The stand-in holds calls on destinations against `*`, where AWS holds them against the destination
/// (Service Authorization Reference, `logs:PutDestination`: resource type `destination`).
fn as_the_stand_in_checks(document: &mut Value) {
    for statement in document["Statement"].as_array_mut().into_iter().flatten() {
        if statement["Sid"] == "Destination" {
            statement["Resource"] = "*".into();
        }
    }
}

fn without(document: &mut Value, action: &str) {
    for statement in document["Statement"].as_array_mut().into_iter().flatten() {
        if let Some(actions) = statement["Action"].as_array_mut() {
            actions.retain(|other| other != action);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_policies_are_enough_for_every_verb() -> Tested {
    let scene = with_least_privilege(None).await?;
    let before = scene.world().await?;
    scene.bootstrap.ends(0, &["accounts"])?;
    scene.bootstrap.ends(2, &["plan"])?;
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(applied.stdout.contains("catalog s3://"), "{applied:#?}");
    assert!(!applied.stdout.contains("can't be"), "{applied:#?}");
    scene.bootstrap.ends(0, &["verify"])?;
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert_eq!(scene.world().await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_lacks_an_action_is_told_by_the_action_in_every_account() -> Tested {
    let scene = with_least_privilege(Some("logs:PutSubscriptionFilter")).await?;
    let applied = scene.bootstrap.ends(1, &["apply", "--yes"])?;
    assert!(
        applied.stdout.contains("PutSubscriptionFilter in account"),
        "{applied:#?}"
    );
    for member in &scene.organization.members {
        assert!(
            applied.stdout.contains(&format!("account {}", member.id)),
            "{applied:#?}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_name_exactly_our_stream_roles_and_destinations_and_need_no_credentials() -> Tested
{
    let mut scene = Scene::new().await?;
    scene.configure(
        "regions = [\"eu-central-1\", \"us-east-1\"]\naccess_role = \"org/onboarding\"",
        &format!("{SOURCES}{CATALOG}"),
    )?;
    scene.bootstrap.endpoint = "http://127.0.0.1:9".to_owned();
    let documents = policies(&scene)?;
    let text = serde_json::to_string(&documents)?;
    let logging = &scene.organization.logging.id;
    for arn in [
        "arn:aws:iam::*:role/org/onboarding".to_owned(),
        format!("arn:aws:kinesis:eu-central-1:{logging}:stream/tributary-logs"),
        format!("arn:aws:iam::{logging}:role/tributary-delivery-tributary"),
        "arn:aws:iam::*:role/tributary-sender-tributary".to_owned(),
        format!("arn:aws:logs:us-east-1:{logging}:destination:tributary"),
        "arn:aws:s3:::tributary-catalog/a/catalog.json".to_owned(),
        "arn:aws:s3:::tributary-catalog".to_owned(),
    ] {
        assert!(text.contains(&format!("\"{arn}\"")), "{arn}: {text}");
    }
    assert!(!text.contains("${"), "{text}");
    Ok(())
}
