//! Regions that not every account has enabled.

use local::fault_proxy::{Fault, Rule};
use local::organization::FLOW_LOGS;
use tests::bootstrap::{SOURCES, Scene};

type Tested = anyhow::Result<()>;

const TWO_REGIONS: &str = "regions = [\"eu-central-1\", \"eu-south-1\"]";

/// As CloudWatch Logs answers in a region that the account hasn't opted in to.
fn unknown_there() -> Fault {
    Fault::answer(400, "UnrecognizedClientException")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_an_account_has_not_enabled_is_skipped_with_its_reason_and_the_others_send()
-> Tested {
    let scene = Scene::new().await?;
    scene.configure(TWO_REGIONS, SOURCES)?;
    scene
        .proxy
        .add(Rule::every("DescribeLogGroups", unknown_there()).in_region("eu-south-1"));
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let skipped = ". eu-south-1 skips *: the region isn't enabled in this account \
                   (AWS answers UnrecognizedClientException)";
    assert_eq!(
        applied.stdout.matches(skipped).count(),
        scene.organization.members.len() + 2,
        "the members, the central and the management account: {applied:#?}"
    );
    for member in &scene.organization.members {
        let filters = scene.filters(&member.id, FLOW_LOGS).await?;
        let ours = |destination: Option<&str>| destination == Some(&scene.destination_arn());
        assert!(
            filters.iter().any(|filter| ours(filter.destination_arn())),
            "{filters:?}"
        );
    }
    scene.bootstrap.ends(0, &["verify"])?;
    let destroyed = scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert!(destroyed.stdout.contains(skipped), "{destroyed:#?}");
    // Filters there may still name it.
    let left = "left: the role tributary-sender-tributary";
    assert!(destroyed.stdout.contains(left), "{destroyed:#?}");
    let shop = &scene.organization.members[0].id;
    let iam = aws_sdk_iam::Client::new(&scene.aws.account(shop));
    let role = || iam.get_role().role_name("tributary-sender-tributary");
    role().send().await?;
    scene.configure("regions = [\"eu-central-1\"]", SOURCES)?;
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert!(role().send().await.is_err(), "it is gone");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_the_central_account_has_not_enabled_is_told_with_the_remedy() -> Tested {
    let scene = Scene::new().await?;
    scene.configure(TWO_REGIONS, SOURCES)?;
    scene
        .proxy
        .add(Rule::every("DescribeDestinations", unknown_there()).in_region("eu-south-1"));
    let planned = scene.bootstrap.ends(1, &["plan"])?;
    assert!(
        planned
            .stdout
            .contains("eu-south-1 isn't enabled in the central account: enable it there"),
        "{planned:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_aws_does_not_know_at_all_are_no_disabled_region() -> Tested {
    let scene = Scene::new().await?;
    scene.proxy.add(Rule::every(
        "GetRole",
        Fault::answer(403, "InvalidClientTokenId"),
    ));
    let planned = scene.bootstrap.ends(1, &["plan"])?;
    assert!(planned.stdout.contains("failed: GetRole"), "{planned:#?}");
    assert!(!planned.stdout.contains("isn't enabled"), "{planned:#?}");
    Ok(())
}
