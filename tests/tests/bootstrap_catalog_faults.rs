//! What goes wrong around the catalog: another writer, an answer that is lost, no permission, no
//! place. It keeps nobody from sending.

use std::time::Duration;

use ::catalog::Catalog;
use local::fault_proxy::{Fault, Rule};
use tests::bootstrap::{BUCKET, KEY, Ran, SOURCES, Scene};
use tests::catalog::put;
use tokio::task::JoinHandle;

type Tested = anyhow::Result<()>;

const GET: &str = "GET /tributary-catalog/catalog.json";
const PUT: &str = "PUT /tributary-catalog/catalog.json";
const DELETE: &str = "DELETE /tributary-catalog/catalog.json";

const THEIRS: &str = "their report";

/// Runs it meanwhile.
fn meanwhile(
    scene: &Scene,
    code: i32,
    arguments: &'static [&str],
) -> JoinHandle<anyhow::Result<Ran>> {
    let bootstrap = scene.bootstrap.clone();
    tokio::task::spawn_blocking(move || bootstrap.ends(code, arguments))
}

async fn asked(scene: &Scene, operation: &str) {
    while scene.proxy.requests_of(operation).is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Somebody else writes an object of their own where the catalog should be.
async fn theirs(scene: &Scene) -> Tested {
    put(
        &scene.aws,
        &scene.organization.logging.id,
        BUCKET,
        KEY,
        THEIRS,
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_writes_at_the_same_moment_stays() -> Tested {
    let scene = Scene::with_catalog("").await?;
    let slow = Rule::every(PUT, Fault::Delay(Duration::from_secs(2)));
    scene.proxy.add(slow);
    let run = meanwhile(&scene, 1, &["apply", "--yes"]);
    // It has looked and found nothing, and its write is on the way.
    asked(&scene, PUT).await;
    theirs(&scene).await?;
    let applied = run.await??;
    assert!(
        applied.said().contains("somebody else changed it"),
        "{applied:#?}"
    );
    assert_eq!(scene.stored().await?, Some(THEIRS.into()));
    scene.proxy.heal();
    let again = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(again.stdout.contains("1 thing can't be done"), "{again:#?}");
    assert!(
        again.stdout.contains("0 to add"),
        "the rest was done: {again:#?}"
    );
    assert_eq!(scene.stored().await?, Some(THEIRS.into()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_that_can_not_be_read_may_be_left_and_destroy_says_so_and_fails() -> Tested {
    let scene = Scene::with_catalog("").await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let denied = Fault::answer(403, "AccessDenied");
    scene.proxy.add(Rule::every(GET, denied));
    let left = scene.bootstrap.ends(1, &["destroy", "--yes"])?;
    for words in [
        &format!("! left: the catalog s3://{BUCKET}/{KEY}")[..],
        "Something of ours may be left",
    ] {
        assert!(left.said().contains(words), "{words}: {left:#?}");
    }
    scene.proxy.heal();
    assert!(scene.stored().await?.is_some());
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert_eq!(scene.stored().await?, None);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_that_may_not_be_read_are_left_out_with_a_word() -> Tested {
    let scene = Scene::with_catalog("").await?;
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
    let written = scene.catalog().await?;
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
async fn a_catalog_can_be_a_file_and_a_missing_bucket_keeps_nobody_from_sending() -> Tested {
    let scene = Scene::new().await?;
    scene.configure_catalog("", SOURCES)?;
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
    let folder = scene.folder.path().join("none");
    let location = format!("[catalog]\nlocation = {:?}\n", folder.join("c.json"));
    scene.configure("", &format!("{SOURCES}\n{location}"))?;
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    assert!(
        verified.stdout.contains("create its folder"),
        "{verified:#?}"
    );
    assert_eq!(
        std::fs::read_dir(scene.folder.path())?.count(),
        1,
        "nothing is left beside it"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_writes_while_ours_is_being_deleted_stays() -> Tested {
    let scene = Scene::with_catalog("").await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let slow = Rule::every(DELETE, Fault::Delay(Duration::from_secs(2)));
    scene.proxy.add(slow);
    let run = meanwhile(&scene, 1, &["destroy", "--yes"]);
    asked(&scene, DELETE).await;
    theirs(&scene).await?;
    let destroyed = run.await??;
    assert!(
        destroyed.said().contains("somebody else changed it"),
        "{destroyed:#?}"
    );
    assert_eq!(scene.stored().await?, Some(THEIRS.into()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_that_write_the_same_catalog_at_once_both_end_well() -> Tested {
    let scene = Scene::with_catalog("").await?;
    scene.configure("", SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.configure_catalog("", SOURCES)?;
    let slow = Rule::every(PUT, Fault::Delay(Duration::from_secs(4)));
    scene.proxy.add(slow);
    let runs = [(); 2].map(|()| meanwhile(&scene, 0, &["apply", "--yes"]));
    for run in runs {
        run.await??;
    }
    assert_eq!(
        scene.proxy.requests_of(PUT).len(),
        2,
        "both found nothing, and wrote"
    );
    assert_eq!(scene.catalog().await?.accounts.len(), 6);
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_not_taken_for_somebody_else() -> Tested {
    let scene = Scene::with_catalog("").await?;
    for (operation, verb) in [(PUT, "apply"), (DELETE, "destroy")] {
        scene.proxy.add(Rule::nth(operation, 1, Fault::DropAfter));
        scene.bootstrap.ends(0, &[verb, "--yes"])?;
        let asked = scene.proxy.requests_of(operation).len();
        assert_eq!(asked, 2, "{operation} was asked again");
        assert_eq!(scene.stored().await?.is_some(), verb == "apply");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_permission_everybody_sends_and_the_policy_is_named() -> Tested {
    let scene = Scene::with_catalog("").await?;
    for (operation, code) in [(PUT, 1), (GET, 0)] {
        let denied = Fault::answer(403, "AccessDenied");
        scene.proxy.add(Rule::every(operation, denied));
        let applied = scene.bootstrap.ends(code, &["apply", "--yes"])?;
        assert!(
            applied.said().contains("AccessDenied") && applied.said().contains("access-catalog"),
            "{operation}: {applied:#?}"
        );
        let verified = scene.bootstrap.ends(2, &["verify"])?;
        assert!(verified.stdout.contains("1 difference"), "{verified:#?}");
        scene.proxy.heal();
        assert_eq!(scene.stored().await?, None);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_catalog_is_told_with_what_to_do_about_it() -> Tested {
    let scene = Scene::with_catalog("").await?;
    let damaged =
        r#"{"kind":"tributary-catalog","version":1,"created_by":"tributary","accounts":7}"#;
    let logging = &scene.organization.logging.id;
    put(&scene.aws, logging, BUCKET, KEY, damaged).await?;
    let planned = scene.bootstrap.ends(2, &["plan"])?;
    assert!(
        planned.stdout.contains("it is a damaged catalog")
            && planned.stdout.contains("; move it away, or name another"),
        "{planned:#?}"
    );
    assert!(
        !planned.stdout.contains("let bootstrap write it"),
        "{planned:#?}"
    );
    Ok(())
}
