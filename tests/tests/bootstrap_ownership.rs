//! What isn't ours is never touched, whatever its name.

use std::time::Duration;

use local::fault_proxy::{Fault, Rule};
use local::organization::{APPLICATION, FLOW_LOGS};
use tests::bootstrap::{REGION, SOURCES, Scene};

type Tested = anyhow::Result<()>;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_of_others_with_our_name_stays_and_is_told() -> Tested {
    let scene = Scene::new().await?;
    let shop = &scene.organization.members[0].id;
    let elsewhere = format!("arn:aws:lambda:{REGION}:{shop}:function:theirs");
    scene
        .put_filter(shop, APPLICATION, "tributary-any", &elsewhere)
        .await?;
    let before = scene.filters(shop, APPLICATION).await?;
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(applied.stdout.contains("isn't ours"), "{applied:#?}");
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    assert!(
        verified.stdout.contains("doesn't send") && verified.stdout.contains(&elsewhere),
        "{verified:#?}"
    );
    let destroyed = scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert!(
        destroyed.stdout.contains("left: the filter tributary-any"),
        "{destroyed:#?}"
    );
    assert_eq!(scene.filters(shop, APPLICATION).await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_others_put_under_our_name_while_apply_runs_stays() -> Tested {
    let scene = Scene::new().await?;
    let shop = &scene.organization.members[0].id;
    let elsewhere = format!("arn:aws:lambda:{REGION}:{shop}:function:theirs");
    let slow = Fault::Delay(Duration::from_secs(3));
    scene.proxy.add(Rule::nth("PutDestinationPolicy", 1, slow));
    let applying = scene.bootstrap.clone();
    let applying = tokio::task::spawn_blocking(move || applying.ends(1, &["apply", "--yes"]));
    while scene.proxy.requests_of("PutDestinationPolicy").is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    scene
        .put_filter(shop, APPLICATION, "tributary-any", &elsewhere)
        .await?;
    let before = scene.filters(shop, APPLICATION).await?;
    let applied = applying.await??;
    assert!(applied.stdout.contains("stays as it is"), "{applied:#?}");
    assert_eq!(scene.filters(shop, APPLICATION).await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_group_that_is_full_of_filters_of_others_is_told_and_left() -> Tested {
    let scene = Scene::new().await?;
    let payments = &scene.organization.members[1].id;
    for number in 1..=5 {
        let elsewhere = format!("arn:aws:lambda:{REGION}:{payments}:function:theirs-{number}");
        scene
            .put_filter(payments, FLOW_LOGS, &format!("theirs-{number}"), &elsewhere)
            .await?;
    }
    let before = scene.filters(payments, FLOW_LOGS).await?;
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(
        applied.stdout.contains("5 subscription filters of others"),
        "{applied:#?}"
    );
    assert_eq!(scene.filters(payments, FLOW_LOGS).await?, before);
    scene.bootstrap.ends(2, &["verify"])?;
    scene.configure(&format!("exclude_log_groups = [\"{FLOW_LOGS}\"]"), SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    assert_eq!(scene.filters(payments, FLOW_LOGS).await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_role_of_others_stops_that_account_and_no_other() -> Tested {
    let scene = Scene::new().await?;
    let (shop, payments) = (
        &scene.organization.members[0].id,
        &scene.organization.members[1].id,
    );
    let iam = aws_sdk_iam::Client::new(&scene.aws.account(shop));
    let role = "tributary-sender-tributary";
    iam.create_role()
        .role_name(role)
        .assume_role_policy_document(TRUST)
        .send()
        .await?;
    let before = scene.world().await?;
    let applied = scene.bootstrap.ends(1, &["apply", "--yes"])?;
    assert!(
        applied.stdout.contains("exists and isn't ours"),
        "{applied:#?}"
    );
    assert_eq!(scene.filters(shop, APPLICATION).await?, []);
    assert_eq!(scene.filters(payments, APPLICATION).await?.len(), 1);
    scene.bootstrap.ends(1, &["verify"])?;
    let destroyed = scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert!(
        destroyed.stdout.contains("left: the role"),
        "{destroyed:#?}"
    );
    assert_eq!(scene.world().await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_of_others_with_our_name_stops_everything() -> Tested {
    let scene = Scene::new().await?;
    let logging = &scene.organization.logging.id;
    let put = scene
        .logs(logging)
        .put_destination()
        .destination_name("tributary");
    let stream = format!("arn:aws:kinesis:{REGION}:{logging}:stream/theirs");
    put.target_arn(stream)
        .role_arn(format!("arn:aws:iam::{logging}:role/theirs"))
        .send()
        .await?;
    let before = scene.world().await?;
    scene.bootstrap.ends(1, &["plan"])?;
    let applied = scene.bootstrap.ends(1, &["apply", "--yes"])?;
    assert!(
        applied.stdout.contains("another central.destination"),
        "{applied:#?}"
    );
    assert_eq!(scene.world().await?, before);
    let destroyed = scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert!(
        destroyed.stdout.contains("left: the destination"),
        "{destroyed:#?}"
    );
    assert_eq!(scene.world().await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_there_before_is_used_and_given_back_as_it_was() -> Tested {
    let scene = Scene::new().await?;
    let logging = &scene.organization.logging.id;
    scene
        .aws
        .create_stream(logging, "tributary-logs", 1)
        .await?;
    let before = scene.world().await?;
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(
        applied.stdout.contains("retention 24 -> 168 hours"),
        "{applied:#?}"
    );
    scene.bootstrap.ends(0, &["verify"])?;
    let destroyed = scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert!(
        destroyed.stdout.contains("retention 168 -> 24 hours"),
        "{destroyed:#?}"
    );
    assert_eq!(scene.world().await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_ours_stays_where_it_is_to_be_kept_or_others_use_it() -> Tested {
    let scene = Scene::new().await?;
    let logging = &scene.organization.logging.id;
    let has_stream = || async {
        let streams = scene.aws.kinesis(logging).list_streams().send().await?;
        anyhow::Ok(streams.stream_names.contains(&"tributary-logs".to_owned()))
    };
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene
        .bootstrap
        .ends(0, &["destroy", "--yes", "--keep-stream"])?;
    assert!(has_stream().await?);
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let put = scene
        .logs(logging)
        .put_destination()
        .destination_name("theirs");
    let stream = format!("arn:aws:kinesis:{REGION}:{logging}:stream/tributary-logs");
    put.target_arn(stream)
        .role_arn(format!("arn:aws:iam::{logging}:role/theirs"))
        .send()
        .await?;
    let destroyed = scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert!(
        destroyed.stdout.contains("destination:theirs"),
        "{destroyed:#?}"
    );
    assert!(has_stream().await?);
    scene
        .logs(logging)
        .delete_destination()
        .destination_name("theirs")
        .send()
        .await?;
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert!(!has_stream().await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_delivery_path_is_never_subscribed() -> Tested {
    let scene = Scene::new().await?;
    let logging = &scene.organization.logging.id;
    let path = [
        "/aws/lambda/tributary-transform",
        "/aws/kinesisfirehose/tributary-archive",
    ];
    for group in path.iter().chain(&["/aws/lambda/other"]) {
        scene
            .logs(logging)
            .create_log_group()
            .log_group_name(*group)
            .send()
            .await?;
    }
    scene.configure("", "[[source]]\ndataset = \"any\"\nlog_groups = [\"*\"]\n")?;
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    for group in path {
        assert!(
            applied
                .stdout
                .contains(&format!("skips {group}: it belongs to the delivery")),
            "{applied:#?}"
        );
        assert_eq!(scene.filters(logging, group).await?, []);
    }
    assert_eq!(scene.filters(logging, "/aws/lambda/other").await?.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_account_can_be_taken_back_alone_even_if_it_is_excluded_by_now() -> Tested {
    let scene = Scene::new().await?;
    let before = scene.world().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let (shop, mut expected) = (&scene.organization.members[0].id, scene.world().await?);
    scene.configure(&format!("exclude = [\"{shop}\"]"), SOURCES)?;
    let noted = scene.bootstrap.ends(1, &["destroy"])?;
    assert!(
        noted.stdout.contains("outside of the selection"),
        "{noted:#?}"
    );
    scene
        .bootstrap
        .ends(0, &["destroy", "--account", shop, "--yes"])?;
    expected.retain(|name, _| !name.starts_with(shop.as_str()));
    expected.extend(
        before
            .into_iter()
            .filter(|(name, _)| name.starts_with(shop.as_str())),
    );
    assert_eq!(scene.world().await?, expected);
    scene.bootstrap.ends(0, &["verify"])?;
    let refused = scene.bootstrap.ends(
        1,
        &[
            "destroy",
            "--account",
            &scene.organization.suspended.id,
            "--yes",
        ],
    )?;
    assert!(
        refused
            .stdout
            .contains("it is suspended: AWS lets nobody work in it"),
        "{refused:#?}"
    );
    Ok(())
}
