//! The organization's trail: told where nothing of it is sent, delivered to a log group where that is
//! wanted, put back as it was.

use std::time::Duration;

use local::cloud::{Builder, MANAGEMENT, Settings};
use local::fault_proxy::{Fault, Rule};
use tests::bootstrap::trust::access_policy;
use tests::bootstrap::{CloudScene, LOGGING, REGION, SOURCES};

type Tested = anyhow::Result<()>;

const CREATE: &str = "[cloudtrail]\ncreate_log_group = true\n";
const GROUP: &str = "aws-cloudtrail-logs-tributary";

async fn scene(
    settings: Settings,
    home: &str,
    delivery: Option<&str>,
    tables: &str,
) -> anyhow::Result<CloudScene> {
    let mut builder = Builder::new(settings);
    let arn = delivery.map(|group| format!("arn:aws:logs:{home}:{MANAGEMENT}:log-group:{group}:*"));
    let role = format!("arn:aws:iam::{MANAGEMENT}:role/theirs");
    if let Some(group) = delivery {
        builder.log_group(MANAGEMENT, home, group);
    }
    let delivery = arn.as_ref().map(|arn| (arn.as_str(), role.as_str()));
    builder.organization_trail(home, "org", delivery);
    CloudScene::new(builder, &format!("{SOURCES}{tables}")).await
}

fn no_trail_is_changed(scene: &CloudScene) -> bool {
    let calls = scene.cloud.calls();
    calls.iter().all(|call| call.operation != "UpdateTrail")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trail_without_a_log_group_is_told_and_left_where_nobody_asks() -> Tested {
    let scene = scene(Settings::default(), REGION, None, "").await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    for part in [
        "the trail org of the organization is delivered to no log group",
        "create_log_group = true",
    ] {
        assert!(verified.stdout.contains(part), "{part}: {verified:#?}");
    }
    assert!(no_trail_is_changed(&scene));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trail_whose_log_group_nobody_takes_is_told_and_never_changed() -> Tested {
    let scene = scene(Settings::default(), REGION, Some("their/group"), CREATE).await?;
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    assert!(
        verified
            .stdout
            .contains("their/group in eu-central-1, which no source takes"),
        "{verified:#?}"
    );
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(no_trail_is_changed(&scene));
    let taken = SOURCES.replace("aws-cloudtrail-logs-*", "their/*");
    scene.configure("", &taken)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    assert_eq!(
        scene.cloud.reached(MANAGEMENT, REGION, "their/group"),
        [scene.destination_arn(REGION)]
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trail_gets_a_log_group_that_is_sent_and_destroy_puts_it_back() -> Tested {
    let settings = Settings {
        role_ready_after: Duration::from_secs(2),
        ..Settings::default()
    };
    let scene = scene(settings, REGION, None, CREATE).await?;
    let before = scene.cloud.dump();
    let planned = scene.bootstrap.ends(2, &["plan"])?;
    for line in [
        "+ eu-central-1  log group aws-cloudtrail-logs-tributary: 30 days of retention",
        "+               role tributary-cloudtrail-tributary: lets CloudTrail deliver",
        "~ eu-central-1  trail org: delivers to the log group aws-cloudtrail-logs-tributary too",
    ] {
        assert!(planned.stdout.contains(line), "{line}: {planned:#?}");
    }
    scene
        .cloud
        .add(Rule::nth("UpdateTrail", 3, Fault::DropAfter));
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(
        scene.cloud.reached(MANAGEMENT, REGION, GROUP),
        [scene.destination_arn(REGION)]
    );
    let trail = &scene.cloud.dump()[&format!("{MANAGEMENT} {REGION} trail org")];
    assert!(
        trail.contains(GROUP) && trail.contains("tributary-cloudtrail-tributary"),
        "{trail}"
    );
    scene.goes_on_as_it_is()?;
    scene.destroy_with_logs()?;
    assert_eq!(scene.cloud.dump(), before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trail_whose_home_is_not_onboarded_is_told() -> Tested {
    let scene = scene(Settings::default(), "us-east-1", None, CREATE).await?;
    let planned = scene.bootstrap.ends(2, &["plan"])?;
    assert!(
        planned
            .stdout
            .contains("its home region us-east-1 is none of organization.regions"),
        "{planned:#?}"
    );
    assert!(
        !planned.stdout.contains("tributary-cloudtrail"),
        "{planned:#?}"
    );
    scene.configure(
        "regions = [\"eu-central-1\", \"us-east-1\"]",
        &format!("{SOURCES}{CREATE}"),
    )?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(
        scene.cloud.reached(MANAGEMENT, "us-east-1", GROUP),
        [scene.destination_arn("us-east-1")]
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn trails_that_can_not_be_read_are_a_note_and_keep_nobody_from_sending() -> Tested {
    let scene = scene(Settings::default(), REGION, None, "").await?;
    scene.cloud.add(Rule::every(
        "DescribeTrails",
        Fault::answer(400, "AccessDeniedException"),
    ));
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(
        applied
            .stdout
            .contains("the organization's trails can't be read"),
        "{applied:#?}"
    );
    assert!(applied.stdout.contains("access-cloudtrail"), "{applied:#?}");
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_that_a_trail_delivers_as_is_mended() -> Tested {
    let scene = scene(Settings::default(), REGION, None, CREATE).await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let good = scene.cloud.dump();
    let name = "tributary-cloudtrail-tributary";
    let iam = aws_sdk_iam::Client::new(&scene.aws.account(MANAGEMENT));
    let policies = iam.list_role_policies().role_name(name).send().await?;
    let put = iam.put_role_policy().role_name(name);
    put.policy_name(&policies.policy_names()[0])
        .policy_document(r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}]}"#)
        .send()
        .await?;
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    assert!(verified.stdout.contains(name), "{verified:#?}");
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(scene.cloud.dump(), good);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn trails_with_different_homes_share_a_role_that_lets_both_deliver() -> Tested {
    let mut builder = Builder::new(Settings::default());
    builder.organization_trail(REGION, "org", None);
    builder.organization_trail("us-east-1", "other", None);
    let scene = CloudScene::new(builder, SOURCES).await?;
    let before = scene.cloud.dump();
    let regions = "regions = [\"eu-central-1\", \"us-east-1\"]";
    scene.configure(regions, &format!("{SOURCES}{CREATE}"))?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    for region in [REGION, "us-east-1"] {
        let reached = scene.cloud.reached(MANAGEMENT, region, GROUP);
        assert_eq!(reached, [scene.destination_arn(region)]);
    }
    let calls = scene.cloud.calls();
    let made = calls
        .iter()
        .filter(|call| call.operation == "CreateRole" && call.account == MANAGEMENT);
    // The sender role, and one for both trails.
    assert_eq!(made.count(), 2);
    scene.goes_on_as_it_is()?;
    scene.destroy_with_logs()?;
    assert_eq!(scene.cloud.dump(), before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trail_without_a_log_group_does_not_keep_the_organization_from_being_trusted() -> Tested {
    let scene = scene(Settings::default(), REGION, None, "").await?;
    scene.configure("trust = \"accounts\"", SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.configure("trust = \"organization\"", SOURCES)?;
    let force = ["apply", "--yes", "--force-access-policy"];
    let applied = scene.bootstrap.ends(0, &force)?;
    assert!(!applied.stdout.contains("may still send"), "{applied:#?}");
    let policy = access_policy(&scene).await?;
    assert_eq!(policy["Statement"][0]["Principal"], "*");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_management_account_that_is_not_onboarded_is_told() -> Tested {
    let scene = scene(Settings::default(), REGION, None, CREATE).await?;
    let exclude = format!("exclude = [\"{MANAGEMENT}\"]");
    scene.configure(&exclude, &format!("{SOURCES}{CREATE}"))?;
    let said = "no log group is made for the organization's trail";
    for verb in ["plan", "verify"] {
        let told = scene.bootstrap.ends(2, &[verb])?;
        assert!(told.stdout.contains(said), "{verb}: {told:#?}");
    }
    let told = scene.bootstrap.run(["plan", "--accounts", LOGGING])?;
    assert!(!told.stdout.contains(said), "{told:#?}");
    Ok(())
}
