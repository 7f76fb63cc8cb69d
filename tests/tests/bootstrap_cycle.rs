//! The whole way of an onboarding: plan, apply, apply again, verify, mend, take back.

use local::organization::{
    CLOUDTRAIL, FLOW_LOGS, FOREIGN_FILTER, LOG_GROUPS, MANAGEMENT, UNSUBSCRIBED,
};
use tests::bootstrap::{SOURCES, Scene};

type Tested = anyhow::Result<()>;

#[tokio::test(flavor = "multi_thread")]
async fn after_apply_every_matching_log_group_sends_and_no_other() -> Tested {
    let scene = Scene::new().await?;
    scene.bootstrap.ends(2, &["plan"])?;
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(
        applied.stdout.contains("skipped: suspended"),
        "{applied:#?}"
    );
    for member in &scene.organization.members {
        for group in LOG_GROUPS {
            let filters = scene.filters(&member.id, group).await?;
            let ours: Vec<_> = filters
                .iter()
                .filter(|filter| filter.destination_arn() == Some(&scene.destination_arn()))
                .collect();
            assert_eq!(
                ours.len(),
                usize::from(group != UNSUBSCRIBED),
                "{group} of {}",
                member.name
            );
            let role = format!("arn:aws:iam::{}:role/tributary-sender-tributary", member.id);
            assert!(
                ours.iter().all(|filter| filter.role_arn() == Some(&role)),
                "{ours:?}"
            );
        }
    }
    let logging = scene.aws.kinesis(&scene.organization.logging.id);
    let stream = logging
        .describe_stream_summary()
        .stream_name("tributary-logs")
        .send()
        .await?;
    let stream = stream.stream_description_summary.expect("a stream");
    assert_eq!(
        (stream.open_shard_count, stream.retention_period_hours),
        (2, 168)
    );
    let roles = aws_sdk_iam::Client::new(&scene.aws.account(MANAGEMENT))
        .list_roles()
        .send()
        .await?;
    assert!(
        roles.roles().is_empty(),
        "an account with nothing to send gets no role: {roles:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_apply_only_reads_and_changes_nothing() -> Tested {
    let scene = Scene::new().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let (before, calls) = (scene.world().await?, scene.proxy.requests().len());
    let again = scene.bootstrap.ends(0, &["apply"])?;
    assert!(again.stdout.contains("Nothing to do"), "{again:#?}");
    assert_eq!(scene.writes_since(calls), Vec::<String>::new());
    assert_eq!(scene.world().await?, before);
    scene.bootstrap.ends(0, &["plan"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    assert_eq!(scene.writes_since(calls), Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_a_filter_that_was_deleted_by_hand_and_apply_mends_it() -> Tested {
    let scene = Scene::new().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let shop = &scene.organization.members[0].id;
    let delete = scene
        .logs(shop)
        .delete_subscription_filter()
        .log_group_name(CLOUDTRAIL);
    delete.filter_name("tributary-cloudtrail").send().await?;
    let calls = scene.proxy.requests().len();
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    assert!(
        verified
            .stdout
            .contains(&format!("+ filter tributary-cloudtrail on {CLOUDTRAIL}")),
        "{verified:#?}"
    );
    assert!(verified.stdout.contains("3/4"), "{verified:#?}");
    assert_eq!(scene.writes_since(calls), Vec::<String>::new());
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(scene.writes_since(calls), ["PutSubscriptionFilter"]);
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_drift_is_found_and_mended() -> Tested {
    let scene = Scene::new().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let good = scene.world().await?;
    let (shop, central) = (
        &scene.organization.members[0].id,
        &scene.organization.logging.id,
    );
    let iam = |account: &str| aws_sdk_iam::Client::new(&scene.aws.account(account));
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    iam(shop)
        .update_assume_role_policy()
        .role_name("tributary-sender-tributary")
        .policy_document(trust)
        .send()
        .await?;
    iam(central)
        .delete_role_policy()
        .role_name("tributary-delivery-tributary")
        .policy_name("tributary")
        .send()
        .await?;
    scene
        .logs(central)
        .put_destination_policy()
        .destination_name("tributary")
        .access_policy("{}")
        .send()
        .await?;
    scene
        .aws
        .kinesis(central)
        .decrease_stream_retention_period()
        .stream_name("tributary-logs")
        .retention_period_hours(24)
        .send()
        .await?;
    let verified = scene.bootstrap.ends(2, &["verify", "--json"])?.json()?;
    assert_eq!(verified["as_it_should_be"], false);
    assert_eq!(
        verified["differences"].as_array().map(Vec::len),
        Some(4),
        "{verified:#}"
    );
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    assert_eq!(scene.world().await?, good);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn destroy_leaves_exactly_what_was_there_before() -> Tested {
    let scene = Scene::new().await?;
    let before = scene.world().await?;
    assert!(
        before.keys().any(|name| name.ends_with(FOREIGN_FILTER)),
        "somebody else's filter is part of it"
    );
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_ne!(scene.world().await?, before);
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert_eq!(scene.world().await?, before);
    let again = scene.bootstrap.ends(0, &["destroy"])?;
    assert!(
        again.stdout.contains("nothing of ours is there"),
        "{again:#?}"
    );
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_group_that_appears_later_is_found_even_behind_many_pages() -> Tested {
    let scene = Scene::new().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let payments = &scene.organization.members[1].id;
    for number in 0..120 {
        let name = if number == 119 {
            "cwl_vpc_fl_zz".to_owned()
        } else {
            format!("batch/job-{number:03}")
        };
        scene
            .logs(payments)
            .create_log_group()
            .log_group_name(name)
            .send()
            .await?;
    }
    scene.bootstrap.ends(2, &["verify"])?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(scene.filters(payments, "cwl_vpc_fl_zz").await?.len(), 1);
    assert_eq!(scene.filters(payments, "batch/job-007").await?.len(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_goes_takes_its_filters_with_it_and_leaves_those_of_others() -> Tested {
    let scene = Scene::new().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.configure(
        "",
        "[[source]]\ndataset = \"any\"\nlog_groups = [\"/app/*\"]\n",
    )?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let shop = &scene.organization.members[0].id;
    let left = scene.filters(shop, FLOW_LOGS).await?;
    assert_eq!(
        left.iter()
            .map(|filter| filter.filter_name())
            .collect::<Vec<_>>(),
        [Some(FOREIGN_FILTER)]
    );
    assert_eq!(scene.filters(shop, CLOUDTRAIL).await?, []);
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_region_gets_a_destination_into_the_one_stream() -> Tested {
    let scene = Scene::new().await?;
    scene.configure("regions = [\"eu-central-1\", \"us-east-1\"]", SOURCES)?;
    let payments = &scene.organization.members[1].id;
    let virginia = |account: &str| {
        aws_sdk_cloudwatchlogs::Client::new(&scene.aws.account_in(account, "us-east-1"))
    };
    virginia(payments)
        .create_log_group()
        .log_group_name(FLOW_LOGS)
        .send()
        .await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let central = &scene.organization.logging.id;
    let found = virginia(central).describe_destinations().send().await?;
    let stream = format!("arn:aws:kinesis:eu-central-1:{central}:stream/tributary-logs");
    assert_eq!(found.destinations()[0].target_arn(), Some(stream.as_str()));
    let policy = found.destinations()[0].access_policy().unwrap_or_default();
    assert!(policy.contains(&scene.organization.id), "{policy}");
    let filters = virginia(payments)
        .describe_subscription_filters()
        .log_group_name(FLOW_LOGS)
        .send()
        .await?;
    let there = scene.destination_arn().replace("eu-central-1", "us-east-1");
    assert_eq!(
        filters.subscription_filters()[0].destination_arn(),
        Some(there.as_str())
    );
    scene.bootstrap.ends(0, &["verify"])?;
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert_eq!(
        virginia(central)
            .describe_destinations()
            .send()
            .await?
            .destinations(),
        []
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn trust_can_change_from_accounts_to_the_organization_and_back() -> Tested {
    let scene = Scene::new().await?;
    let (central, shop) = (
        &scene.organization.logging.id,
        &scene.organization.members[0].id,
    );
    scene.configure("trust = \"accounts\"", SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let found = scene.logs(central).describe_destinations().send().await?;
    let policy = found.destinations()[0]
        .access_policy()
        .unwrap_or_default()
        .to_owned();
    assert!(
        policy.contains(shop.as_str()) && !policy.contains(&scene.organization.suspended.id),
        "{policy}"
    );
    assert_eq!(
        scene.filters(shop, CLOUDTRAIL).await?[0]
            .role_arn()
            .filter(|arn| !arn.is_empty()),
        None
    );
    let by_accounts: Vec<_> = scene.world().await?.into_keys().collect();
    scene.configure("trust = \"organization\"", SOURCES)?;
    scene.bootstrap.ends(2, &["verify"])?;
    scene
        .bootstrap
        .ends(0, &["apply", "--yes", "--force-access-policy"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    assert!(
        scene.filters(shop, CLOUDTRAIL).await?[0]
            .role_arn()
            .is_some_and(|arn| arn.contains("tributary-sender"))
    );
    scene.configure("trust = \"accounts\"", SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    assert_eq!(
        scene.world().await?.into_keys().collect::<Vec<_>>(),
        by_accounts
    );
    Ok(())
}
