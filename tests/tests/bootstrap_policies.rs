//! The policies that `bootstrap policies` prints are enough for everything that it does.

use local::organization::MANAGEMENT;
use tests::bootstrap::least_privilege::{LeastPrivilege, printed};
use tests::bootstrap::{SOURCES, Scene};

type Tested = anyhow::Result<()>;

const CATALOG: &str = "[catalog]\nlocation = \"s3://tributary-catalog/a/catalog.json\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_policies_are_enough_for_every_verb() -> Tested {
    let LeastPrivilege { scene, .. } = LeastPrivilege::new().await?;
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

/// A trail of the organization that is delivered to no log group.
async fn trail(scene: &Scene) -> Tested {
    scene.aws.create_bucket(MANAGEMENT, "trail").await?;
    let client = aws_sdk_cloudtrail::Client::new(&scene.aws.account(MANAGEMENT));
    let create = client.create_trail().name("org").s3_bucket_name("trail");
    let create = create
        .is_organization_trail(true)
        .is_multi_region_trail(true);
    create.send().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_enough_to_make_logs_where_there_are_none() -> Tested {
    let LeastPrivilege { scene, .. } = LeastPrivilege::with(
        "[flow_logs]\ncreate = true\n[guardduty]\nrule = true\naccount = \"{logging}\"\n\
         log_group = \"/aws/events/guardduty-made\"\n[cloudtrail]\ncreate_log_group = true\n",
    )
    .await?;
    trail(&scene).await?;
    let before = scene.world().await?;
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    for part in [
        "flow log of vpc-",
        "log group cwl_vpc_fl_vpc-",
        "rule tributary-guardduty-tributary",
        "trail org: delivers to the log group",
    ] {
        assert!(applied.stdout.contains(part), "{applied:#?}");
    }
    // The stand-in forgets the tags of flow logs: they count as somebody else's from now on.
    scene.bootstrap.ends(0, &["verify"])?;
    scene
        .bootstrap
        .ends(0, &["destroy", "--yes", "--delete-logs"])?;
    assert_eq!(scene.world().await?, before);
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
    let documents = printed(&scene.bootstrap)?;
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
