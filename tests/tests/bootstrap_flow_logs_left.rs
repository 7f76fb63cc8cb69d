//! Flow logs that are taken back, and those of others, which stay.

use local::cloud::{Builder, Settings};
use local::fault_proxy::{Fault, Rule};
use tests::bootstrap::flow_logs::{CREATE, SHOP, named, scene};
use tests::bootstrap::{CloudScene, REGION, SOURCES};

type Tested = anyhow::Result<()>;

#[tokio::test(flavor = "multi_thread")]
async fn destroy_takes_back_what_is_ours_and_the_logs_only_when_told_to() -> Tested {
    let scene = scene(Settings::default(), CREATE).await?;
    let before = scene.cloud.dump();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let destroyed = scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert!(
        destroyed
            .stdout
            .contains("left: the log group cwl_vpc_fl_vpc-1 in eu-central-1 with the logs in it"),
        "{destroyed:#?}"
    );
    let left: Vec<_> = scene
        .cloud
        .dump()
        .into_keys()
        .filter(|name| !before.contains_key(name))
        .collect();
    assert_eq!(
        left,
        [
            format!("{SHOP} {REGION} log group cwl_vpc_fl_vpc-1"),
            format!("{SHOP} {REGION} log group cwl_vpc_fl_vpc-2"),
        ]
    );
    scene.destroy_with_logs()?;
    assert_eq!(scene.cloud.dump(), before);
    // A flow log that was deleted isn't taken for the one of a new run.
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(named(&scene, &[SHOP, "flow log of"]).len(), 2);
    scene.destroy_with_logs()?;
    assert_eq!(scene.cloud.dump(), before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn flow_logs_and_log_groups_of_others_are_used_or_left_and_never_changed() -> Tested {
    let mut builder = Builder::new(Settings::default());
    let root = builder.root().to_owned();
    builder.account(SHOP, "shop", &root);
    builder.vpc(SHOP, REGION, "vpc-1", SHOP);
    builder.log_group(SHOP, REGION, "cwl_vpc_fl_vpc-1");
    let scene = CloudScene::new(builder, &format!("{SOURCES}{CREATE}")).await?;
    let before = scene.cloud.dump();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let group = named(&scene, &[SHOP, "log group cwl_vpc_fl_vpc-1"]);
    assert_eq!(group[0].1, before[&group[0].0], "neither tag nor retention");
    // Another installation finds the flow logs of the first one, which aren't its own.
    let text = std::fs::read_to_string(&scene.bootstrap.config)?;
    let other = text.replace("destination = \"tributary\"", "destination = \"second\"");
    std::fs::write(&scene.bootstrap.config, other)?;
    let planned = scene.bootstrap.ends(2, &["plan"])?;
    assert!(!planned.stdout.contains("flow log of"), "{planned:#?}");
    scene.destroy_with_logs()?;
    assert_eq!(named(&scene, &[SHOP, "flow log of"]).len(), 1);
    std::fs::write(&scene.bootstrap.config, text)?;
    scene.destroy_with_logs()?;
    assert_eq!(scene.cloud.dump(), before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_role_belongs_to_somebody_else_no_log_group_is_made() -> Tested {
    let scene = scene(Settings::default(), CREATE).await?;
    let iam = aws_sdk_iam::Client::new(&scene.aws.account(SHOP));
    let create = iam.create_role().role_name("tributary-flow-logs-tributary");
    create
        .assume_role_policy_document(r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#)
        .send()
        .await?;
    let planned = scene.bootstrap.ends(2, &["plan"])?;
    assert!(
        planned
            .stdout
            .contains("no flow logs are created: the role"),
        "{planned:#?}"
    );
    assert!(
        !planned.stdout.contains("log group cwl_vpc_fl_"),
        "{planned:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn flow_logs_that_can_not_be_read_may_be_left_and_destroy_says_so_and_fails() -> Tested {
    let scene = scene(Settings::default(), CREATE).await?;
    let before = scene.cloud.dump();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let denied = Fault::answer(403, "UnauthorizedOperation");
    scene.cloud.add(Rule::every("DescribeFlowLogs", denied));
    let all = ["destroy", "--yes", "--delete-logs"];
    let left = scene.bootstrap.ends(1, &all)?;
    let config = scene.bootstrap.config.display();
    for words in [
        "! left: flow logs in eu-central-1, if there are any of ours",
        "Something of ours may be left",
        &format!("run `bootstrap destroy --config {config} --delete-logs` again"),
    ] {
        assert!(left.said().contains(words), "{words}: {left:#?}");
    }
    assert_eq!(named(&scene, &[SHOP, "flow log of"]).len(), 2);
    scene.cloud.heal();
    scene.destroy_with_logs()?;
    assert_eq!(scene.cloud.dump(), before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_region_looks_disabled_the_role_that_its_flow_logs_write_as_stays() -> Tested {
    let mut builder = Builder::new(Settings::default());
    let root = builder.root().to_owned();
    builder.account(SHOP, "shop", &root);
    builder.vpc(SHOP, REGION, "vpc-1", SHOP);
    builder.vpc(SHOP, "eu-south-1", "vpc-2", SHOP);
    let scene = CloudScene::new(builder, SOURCES).await?;
    let regions = "regions = [\"eu-central-1\", \"eu-south-1\"]";
    scene.configure(regions, &format!("{SOURCES}{CREATE}"))?;
    let before = scene.cloud.dump();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let unknown = Fault::answer(400, "UnrecognizedClientException");
    let rule = Rule::every("DescribeLogGroups", unknown);
    scene.cloud.add(rule.in_region("eu-south-1"));
    let left = scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    let said = "left: the role tributary-flow-logs-tributary, which flow logs in a region that isn't enabled";
    assert!(left.stdout.contains(said), "{left:#?}");
    assert_eq!(named(&scene, &[SHOP, "role tributary-flow-logs"]).len(), 1);
    assert_eq!(named(&scene, &[SHOP, "flow log of"]).len(), 1);
    scene.cloud.heal();
    scene.destroy_with_logs()?;
    assert_eq!(scene.cloud.dump(), before);
    Ok(())
}
