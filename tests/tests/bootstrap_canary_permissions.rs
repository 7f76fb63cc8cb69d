//! What `verify --canary` has to be allowed.

use std::collections::BTreeMap;

use aws_sdk_s3::primitives::ByteStream;
use serde_json::Value;
use tests::bootstrap::least_privilege::{LeastPrivilege, without};

type Tested = anyhow::Result<()>;

/// A log group isn't made with its tag without it, which the stand-in doesn't check.
const NOT_ENFORCED: [&str; 1] = ["logs:TagResource"];

const ARCHIVE: &str = "s3://archive/logs/";
const TRY: [&str; 6] = ["verify", "--canary", "--timeout", "1", "--deadline", "1"];

/// The actions that a statement allows.
fn actions(statement: &Value) -> Vec<&str> {
    let one = statement["Action"].as_str().into_iter();
    let many = statement["Action"].as_array().into_iter().flatten();
    one.chain(many.filter_map(Value::as_str)).collect()
}

/// Everything may be tried with the policy of that name as `policies` prints it with these arguments, and
/// without any one action of it, the calls of that action are told. This stand-in delivers nothing: an event
/// that doesn't come is what is told otherwise.
async fn is_least(
    least: &LeastPrivilege,
    name: &str,
    more: &[&str],
    call: impl Fn(&str) -> String,
) -> Tested {
    let bootstrap = &least.scene.bootstrap;
    let policies = [&["policies", "--json", "--canary"], more].concat();
    let printed = bootstrap.ends(0, &policies)?.json()?;
    let entries = printed["policies"].as_array().cloned().unwrap_or_default();
    let mut documents = BTreeMap::new();
    for entry in entries {
        let of = entry["name"].as_str().unwrap_or_default();
        if of == name || of == "access-canary" {
            documents.insert(of.to_owned(), entry["document"].clone());
        }
    }
    least.grant(&documents).await?;
    let before = least.scene.world().await?;
    let arguments = [&TRY[..], more].concat();
    let ran = bootstrap.ends(2, &arguments)?;
    assert!(ran.stdout.contains("within 1 s"), "{ran:#?}");
    assert!(!ran.stdout.contains("AccessDenied"), "{ran:#?}");
    assert_eq!(least.scene.world().await?, before);
    let statements = documents[name]["Statement"]
        .as_array()
        .into_iter()
        .flatten();
    for action in statements.flat_map(actions) {
        least.grant(&without(&documents, name, action)).await?;
        let ran = bootstrap.ends(2, &arguments)?;
        let call = call(action.split_once(':').map_or("", |(_, name)| name));
        let told = ran
            .stdout
            .lines()
            .any(|line| line.contains(&call) && line.contains("AccessDenied"));
        assert_eq!(told, !NOT_ENFORCED.contains(&action), "{action}: {ran:#?}");
        least.grant(&documents).await?;
        bootstrap.run(["apply", "--yes"])?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_policy_is_enough_for_the_canary_and_each_action_is_missed_by_its_name()
-> Tested {
    let least = LeastPrivilege::new().await?;
    least.scene.bootstrap.ends(0, &["apply", "--yes"])?;
    is_least(&least, "access-canary", &[], str::to_owned).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_policy_is_enough_to_look_into_the_archive_and_each_action_is_missed_by_its_name()
-> Tested {
    let least = LeastPrivilege::new().await?;
    let scene = &least.scene;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let logging = &scene.organization.logging.id;
    scene.aws.create_bucket(logging, "archive").await?;
    let put = scene.aws.s3(logging).put_object().bucket("archive");
    let put = put.key("logs/2026/new.ndjson");
    put.body(ByteStream::from_static(b"{}\n")).send().await?;
    let call = |action: &str| action.replace("ListBucket", "ListObjectsV2");
    let more = ["--archive", ARCHIVE];
    is_least(&least, "access-canary-archive", &more, call).await
}
