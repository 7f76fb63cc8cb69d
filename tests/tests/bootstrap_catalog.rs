//! The catalog from the organization to the documents: `bootstrap` writes it to a bucket, `transform`
//! reads it there.

use std::time::Duration;

use ::catalog::Catalog;
use local::fault_proxy::{Fault, Rule};
use local::organization::MANAGEMENT;
use serde_json::{Value, json};
use tests::bootstrap::{SOURCES, Scene};
use tests::catalog::{get, put};
use tests::transform::{Function, event, flow_logs};

type Tested = anyhow::Result<()>;

const BUCKET: &str = "tributary-catalog";
const KEY: &str = "catalog.json";
const PUT: &str = "PUT /tributary-catalog/catalog.json";

/// An organization with a bucket for the catalog in its logging account, and a configuration that
/// names it; `more` stands in `[catalog]`.
async fn scene(more: &str) -> anyhow::Result<Scene> {
    let scene = Scene::new().await?;
    let logging = &scene.organization.logging.id;
    scene.aws.create_bucket(logging, BUCKET).await?;
    configure(&scene, more, SOURCES)?;
    Ok(scene)
}

fn configure(scene: &Scene, more: &str, sources: &str) -> Tested {
    let location = format!("s3://{BUCKET}/{KEY}");
    let catalog = format!("[catalog]\nlocation = \"{location}\"\n{more}");
    scene.configure("", &format!("{sources}\n{catalog}"))
}

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

async fn stored(scene: &Scene) -> anyhow::Result<Option<Vec<u8>>> {
    get(&scene.aws, &scene.organization.logging.id, BUCKET, KEY).await
}

async fn catalog(scene: &Scene) -> anyhow::Result<Catalog> {
    let text = stored(scene).await?.expect("a catalog");
    Ok(Catalog::from_json(&text)?)
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
    let scene = scene("").await?;
    let shop = &scene.organization.members[0];
    tag(&scene, &shop.id, "owner", "team-shop").await?;
    let format = "flow_log_format = \"${srcaddr} ${dstaddr} ${bytes}\"";
    let sources = SOURCES.replace(
        "[\"cwl_vpc_fl_*\"]",
        &format!("[\"cwl_vpc_fl_*\"]\n{format}"),
    );
    configure(&scene, "", &sources)?;
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
    let scene = scene("").await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let (written, calls) = (catalog(&scene).await?, scene.proxy.requests().len());
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
    let account = &catalog(&scene).await?.accounts[&scene.organization.members[0].id];
    assert_eq!(account.tags["owner"], "team-b");
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_no_catalog_of_ours_is_never_touched() -> Tested {
    let scene = scene("").await?;
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
        assert_eq!(stored(&scene).await?, Some(text.into()));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_writes_at_the_same_moment_stays() -> Tested {
    let scene = scene("").await?;
    scene
        .proxy
        .add(Rule::every(PUT, Fault::Delay(Duration::from_secs(2))));
    let bootstrap = scene.bootstrap.clone();
    let run = tokio::task::spawn_blocking(move || bootstrap.ends(1, &["apply", "--yes"]));
    // It has looked and found nothing, and its write is on the way.
    while scene.proxy.requests_of(PUT).is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let logging = &scene.organization.logging.id;
    put(&scene.aws, logging, BUCKET, KEY, "their report").await?;
    let applied = run.await??;
    assert!(
        applied.said().contains("somebody else wrote it"),
        "{applied:#?}"
    );
    assert_eq!(stored(&scene).await?, Some("their report".into()));
    scene.proxy.heal();
    let again = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(again.stdout.contains("1 thing can't be done"), "{again:#?}");
    assert!(
        again.stdout.contains("0 to add"),
        "the rest was done: {again:#?}"
    );
    assert_eq!(stored(&scene).await?, Some("their report".into()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn destroy_takes_the_catalog_away() -> Tested {
    let scene = scene("").await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(stored(&scene).await?.is_some());
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert_eq!(stored(&scene).await?, None);
    let again = scene.bootstrap.ends(0, &["destroy"])?;
    assert!(
        again.stdout.contains("nothing of ours is there"),
        "{again:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_that_may_not_be_read_are_left_out_with_a_word() -> Tested {
    let scene = scene("").await?;
    let denied = Fault::answer(400, "AccessDeniedException");
    scene.proxy.add(Rule::every("ListTagsForResource", denied));
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(
        applied.stdout.contains("tags of accounts can't be read"),
        "{applied:#?}"
    );
    let asked = scene.proxy.requests_of("ListTagsForResource").len();
    assert!(
        asked <= 2 * 8,
        "asked for one and then for no more: {asked}"
    );
    let written = catalog(&scene).await?;
    assert_eq!(written.accounts.len(), 6);
    assert!(
        written
            .accounts
            .values()
            .all(|account| account.tags.is_empty())
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_named_tags_are_asked_for_and_kept() -> Tested {
    let scene = scene("tags = [\"owner\"]").await?;
    let shop = &scene.organization.members[0].id;
    tag(&scene, shop, "owner", "a").await?;
    tag(&scene, shop, "secret", "b").await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let tags = &catalog(&scene).await?.accounts[shop].tags;
    assert_eq!(
        tags.iter().collect::<Vec<_>>(),
        [(&"owner".to_owned(), &"a".to_owned())]
    );
    let calls = scene.proxy.requests_of("ListTagsForResource").len();
    configure(&scene, "tags = []", SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(catalog(&scene).await?.accounts[shop].tags.is_empty());
    assert_eq!(scene.proxy.requests_of("ListTagsForResource").len(), calls);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_can_be_a_file_and_a_missing_bucket_keeps_nobody_from_sending() -> Tested {
    let scene = Scene::new().await?;
    configure(&scene, "", SOURCES)?;
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(applied.stdout.contains("create the bucket"), "{applied:#?}");
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    assert!(verified.stdout.contains("NoSuchBucket"), "{verified:#?}");
    let path = scene.folder.path().join("catalog.json");
    let location = format!("[catalog]\nlocation = {:?}\n", path.to_string_lossy());
    scene.configure("", &format!("{SOURCES}\n{location}"))?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let written = Catalog::from_json(&std::fs::read(&path)?)?;
    assert_eq!(written.accounts.len(), 6);
    scene.bootstrap.ends(0, &["verify"])?;
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert!(!path.exists());
    assert_eq!(
        std::fs::read_dir(scene.folder.path())?.count(),
        1,
        "nothing is left beside it"
    );
    Ok(())
}
