//! The catalog from the organization to the documents: `bootstrap` writes it to a bucket, `transform`
//! reads it there.

use local::organization::MANAGEMENT;
use serde_json::{Value, json};
use tests::bootstrap::{BUCKET, KEY, SOURCES, Scene};
use tests::catalog::put;
use tests::transform::{Function, event, flow_logs};

type Tested = anyhow::Result<()>;

const PUT: &str = "PUT /tributary-catalog/catalog.json";

async fn tag(scene: &Scene, account: &str, key: &str, value: &str) -> Tested {
    let tag = aws_sdk_organizations::types::Tag::builder()
        .key(key)
        .value(value)
        .build()?;
    let client = aws_sdk_organizations::Client::new(&scene.aws.account(MANAGEMENT));
    let request = client.tag_resource().resource_id(account).tags(tag);
    request.send().await?;
    Ok(())
}

/// The document of a flow log record that `account` sends from `log_group`.
fn document(
    function: &Function,
    account: &str,
    log_group: &str,
    line: &str,
) -> anyhow::Result<Value> {
    let payload = tests::transform::payload_of(account, log_group, &[line.to_owned()])?;
    let answered = function.answer(&event(&[payload]))?;
    Ok(answered.documents(0)?.remove(0))
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_carry_what_bootstrap_knows_of_their_account() -> Tested {
    let scene = Scene::with_catalog("").await?;
    let shop = &scene.organization.members[0];
    tag(&scene, &shop.id, "owner", "team-shop").await?;
    let format = "flow_log_format = \"${srcaddr} ${dstaddr} ${bytes}\"";
    let sources = SOURCES.replace(
        "[\"cwl_vpc_fl_*\"]",
        &format!("[\"cwl_vpc_fl_*\"]\n{format}"),
    );
    scene.configure_catalog("", &sources)?;
    let planned = scene.bootstrap.ends(2, &["plan"])?;
    assert!(
        planned.stdout.contains(
            "+               catalog s3://tributary-catalog/catalog.json: 6 accounts, 1 entry"
        ),
        "{planned:#?}"
    );
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let function = Function::start(&[
        ("OUTPUT", "ndjson"),
        ("CATALOG", &format!("s3://{BUCKET}/{KEY}")),
        ("AWS_ENDPOINT_URL", scene.aws.endpoint()),
        ("AWS_ACCESS_KEY_ID", &scene.organization.logging.id),
    ])?;
    let flow = document(
        &function,
        &shop.id,
        "cwl_vpc_fl_main",
        "10.0.0.1 10.0.0.2 4242",
    )?;
    assert_eq!(
        flow["cloud"]["account"],
        json!({"id": shop.id, "name": "shop"})
    );
    assert_eq!(flow["organization"], json!({"id": scene.organization.id}));
    assert_eq!(flow["aws"]["organization"]["path"], "Root/Workloads");
    assert_eq!(
        flow["aws"]["organization"]["paths"],
        json!(["Root", "Root/Workloads"])
    );
    assert_eq!(
        flow["aws"]["account"]["tags"],
        json!({"owner": "team-shop"})
    );
    assert_eq!(flow["source"]["bytes"], 4242, "in the source's format");
    let other = document(
        &function,
        &scene.organization.members[2].id,
        "/app/x",
        &flow_logs(1)[0],
    )?;
    assert_eq!(
        other["cloud"]["account"]["id"], "333333333333",
        "its own account, which nobody knows"
    );
    assert!(other["cloud"]["account"].get("name").is_none());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_apply_writes_nothing_and_a_change_in_the_organization_is_seen() -> Tested {
    let scene = Scene::with_catalog("").await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let (written, calls) = (scene.catalog().await?, scene.proxy.requests().len());
    assert_eq!(written.created_by, "tributary");
    assert!(written.generated_at.is_some_and(|time| time.ends_with('Z')));
    scene.bootstrap.ends(0, &["apply"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    assert!(!scene.writes_since(calls).contains(&PUT.to_owned()));
    tag(&scene, &scene.organization.members[0].id, "owner", "team-b").await?;
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    assert!(
        verified
            .stdout
            .contains("~ catalog s3://tributary-catalog/catalog.json: 1 account changed"),
        "{verified:#?}"
    );
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let account = &scene.catalog().await?.accounts[&scene.organization.members[0].id];
    assert_eq!(account.tags["owner"], "team-b");
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_no_catalog_of_ours_is_never_touched() -> Tested {
    let scene = Scene::with_catalog("").await?;
    let logging = &scene.organization.logging.id;
    let theirs = r#"{"kind":"tributary-catalog","version":1,"created_by":"another"}"#;
    for text in [
        "their report",
        theirs,
        r#"{"kind":"tributary-catalog","version":7}"#,
    ] {
        put(&scene.aws, logging, BUCKET, KEY, text).await?;
        let verified = scene.bootstrap.run(["verify"])?;
        assert!(
            verified.stdout.contains("! the catalog s3://"),
            "{verified:#?}"
        );
        // Everybody is onboarded all the same.
        let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
        assert!(
            applied.stdout.contains("1 thing can't be done"),
            "{applied:#?}"
        );
        scene.bootstrap.ends(2, &["verify"])?;
        scene.bootstrap.ends(0, &["destroy", "--yes"])?;
        assert_eq!(scene.stored().await?, Some(text.into()));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn destroy_takes_the_catalog_away() -> Tested {
    let scene = Scene::with_catalog("").await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(scene.stored().await?.is_some());
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert_eq!(scene.stored().await?, None);
    let again = scene.bootstrap.ends(0, &["destroy"])?;
    assert!(
        again.stdout.contains("nothing of ours is there"),
        "{again:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_named_tags_are_asked_for_and_kept() -> Tested {
    let scene = Scene::with_catalog("tags = [\"owner\"]").await?;
    let shop = &scene.organization.members[0].id;
    tag(&scene, shop, "owner", "a").await?;
    tag(&scene, shop, "secret", "b").await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let tags = &scene.catalog().await?.accounts[shop].tags;
    assert_eq!(
        tags.iter().collect::<Vec<_>>(),
        [(&"owner".to_owned(), &"a".to_owned())]
    );
    let calls = scene.proxy.requests_of("ListTagsForResource").len();
    scene.configure_catalog("tags = []", SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(scene.catalog().await?.accounts[shop].tags.is_empty());
    assert_eq!(scene.proxy.requests_of("ListTagsForResource").len(), calls);
    Ok(())
}
