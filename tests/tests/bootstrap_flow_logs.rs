//! Flow logs for VPCs that have none: created, subscribed in the same run, verified.

use std::time::Duration;

use local::cloud::Settings;
use local::fault_proxy::{Fault, Rule};
use tests::bootstrap::flow_logs::{CREATE, PAYMENTS, SHOP, named, scene};
use tests::bootstrap::{LOGGING, REGION, SOURCES};

type Tested = anyhow::Result<()>;

#[tokio::test(flavor = "multi_thread")]
async fn a_vpc_without_flow_logs_gets_them_and_they_are_sent_in_the_same_run() -> Tested {
    let scene = scene(Settings::default(), CREATE).await?;
    let before = scene.cloud.dump();
    let planned = scene.bootstrap.ends(2, &["plan"])?;
    for line in [
        "+ eu-central-1  log group cwl_vpc_fl_vpc-1: 14 days of retention",
        "+ eu-central-1  filter tributary-flow-logs on cwl_vpc_fl_vpc-1",
        "+               role tributary-flow-logs-tributary: lets VPC flow logs",
        "+ eu-central-1  flow log of vpc-2 into cwl_vpc_fl_vpc-2: all traffic, every 600 s",
    ] {
        assert!(planned.stdout.contains(line), "{line}: {planned:#?}");
    }
    assert_eq!(scene.cloud.dump(), before, "a plan changes nothing");
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    for vpc in ["vpc-1", "vpc-2"] {
        let group = format!("cwl_vpc_fl_{vpc}");
        let reached = scene.cloud.reached(SHOP, REGION, &group);
        assert_eq!(reached, [scene.destination_arn(REGION)]);
        let made = named(&scene, &[SHOP, &format!("flow log of {vpc}")]);
        let [(_, made)] = &made[..] else {
            panic!("one flow log of {vpc}: {made:?}")
        };
        for part in [
            &format!("\"group\":\"{group}\""),
            "tributary:created-by",
            "\"interval\":600",
        ] {
            assert!(made.contains(part), "{part}: {made}");
        }
    }
    assert!(
        named(&scene, &[PAYMENTS, "flow log"]).is_empty(),
        "the VPC isn't its own"
    );
    scene.goes_on_as_it_is()?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_not_seen_yet_is_waited_for_and_lost_answers_make_no_second_flow_log()
-> Tested {
    let settings = Settings {
        role_ready_after: Duration::from_secs(2),
        ..Settings::default()
    };
    let scene = scene(settings, CREATE).await?;
    for operation in ["CreateFlowLogs", "CreateLogGroup", "PutRetentionPolicy"] {
        scene.cloud.add(Rule::nth(operation, 1, Fault::DropAfter));
    }
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(
        applied.stderr.contains("waiting for the flow log of"),
        "{applied:#?}"
    );
    scene.bootstrap.ends(0, &["verify"])?;
    let made = named(&scene, &[SHOP, "flow log of"]);
    assert!(
        made.iter()
            .all(|(_, made)| made.matches("traffic").count() == 1),
        "{made:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vpc_that_fails_is_told_and_stops_no_other() -> Tested {
    let scene = scene(Settings::default(), CREATE).await?;
    let refused = Fault::answer(400, "FlowLogsLimitExceeded");
    scene.cloud.add(Rule::nth("CreateFlowLogs", 1, refused));
    let applied = scene.bootstrap.ends(1, &["apply", "--yes"])?;
    assert!(
        applied.stdout.contains("FlowLogsLimitExceeded"),
        "{applied:#?}"
    );
    assert_eq!(named(&scene, &[SHOP, "flow log of"]).len(), 1);
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(named(&scene, &[SHOP, "flow log of"]).len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_permission_everything_else_is_done_and_the_policy_is_named() -> Tested {
    let scene = scene(Settings::default(), CREATE).await?;
    let denied = Fault::answer(403, "UnauthorizedOperation");
    scene.cloud.add(Rule::every("DescribeVpcs", denied));
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(
        applied
            .stdout
            .contains("no flow logs are created in eu-central-1"),
        "{applied:#?}"
    );
    assert!(
        applied.stdout.contains("access-flow-logs-create"),
        "{applied:#?}"
    );
    assert_eq!(named(&scene, &[LOGGING, "stream"]).len(), 1);
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    assert!(
        verified.stdout.contains("UnauthorizedOperation"),
        "{verified:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_log_group_for_all_with_a_format_that_the_catalog_knows_before_the_first_line() -> Tested
{
    let scene = scene(Settings::default(), "").await?;
    let file = scene.folder.path().join("catalog.json");
    let tables = format!(
        "{SOURCES}[flow_logs]\ncreate = true\nlog_group = \"cwl_vpc_fl_all\"\nformat = \"${{srcaddr}} ${{bytes}}\"\n\
         traffic = \"reject\"\ninterval_seconds = 60\n[catalog]\nlocation = \"{}\"",
        file.display()
    );
    scene.configure("", &tables)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(
        named(&scene, &[SHOP, "log group cwl_vpc_fl_all"]).len(),
        2,
        "it and its filter"
    );
    let made = named(&scene, &[SHOP, "flow log of vpc-2"]);
    assert!(
        made[0].1.contains("REJECT") && made[0].1.contains("\"interval\":60"),
        "{made:?}"
    );
    let catalog = catalog::Catalog::from_json(&std::fs::read(&file)?)?;
    let formats: Vec<_> = catalog
        .flow_log_formats
        .iter()
        .map(|entry| entry.format.as_deref())
        .collect();
    assert_eq!(formats, [Some("${srcaddr} ${bytes}")], "{catalog:?}");
    // What is read from now on says nothing else.
    scene.bootstrap.ends(0, &["verify"])?;
    scene.configure(
        "",
        &tables
            .replace("reject", "all")
            .replace("${bytes}", "${packets}"),
    )?;
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    for part in [
        "has the traffic \"REJECT\", which should be \"ALL\"",
        "has the format",
    ] {
        assert!(verified.stdout.contains(part), "{verified:#?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_group_that_keeps_its_logs_for_ever_gets_no_retention_once_it_has_streams() -> Tested
{
    let scene = scene(Settings::default(), CREATE).await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&scene.aws.account(SHOP));
    let group = "cwl_vpc_fl_vpc-1";
    let unset = logs.delete_retention_policy().log_group_name(group);
    unset.send().await?;
    let raised = format!("log group {group}, which is empty: 14 days");
    let planned = scene.bootstrap.ends(2, &["plan"])?;
    assert!(planned.stdout.contains(&raised), "{planned:#?}");
    // How much is stored is still counted as nothing.
    let stream = logs.create_log_stream().log_group_name(group);
    stream.log_stream_name("eni-1").send().await?;
    let before = scene.cloud.dump();
    scene.bootstrap.ends(0, &["verify"])?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(scene.cloud.dump(), before);
    Ok(())
}
