//! Everything in some accounts that `bootstrap` could touch, to hold before against after.

use std::collections::BTreeMap;

use anyhow::Context;
use aws_sdk_cloudwatchlogs::Client as Logs;
use aws_sdk_iam::Client as Iam;
use aws_sdk_kinesis::Client as Kinesis;
use aws_sdk_kinesis::types::StreamDescriptionSummary;
use local::aws::Aws;

/// Everything in these accounts and Regions, with creation times, by a name that says where it is.
///
/// # Errors
/// When something can't be read.
pub async fn dump(
    aws: &Aws,
    accounts: &[String],
    regions: &[&str],
) -> anyhow::Result<BTreeMap<String, String>> {
    let mut world = BTreeMap::new();
    for account in accounts {
        roles(&Iam::new(&aws.account(account)), account, &mut world).await?;
        for region in regions {
            let place = format!("{account} {region}");
            let config = aws.account_in(account, region);
            log_groups(&Logs::new(&config), &place, &mut world).await?;
            destinations(&Logs::new(&config), &place, &mut world).await?;
            streams(&Kinesis::new(&config), &place, &mut world).await?;
        }
    }
    Ok(world)
}

async fn log_groups(
    logs: &Logs,
    place: &str,
    world: &mut BTreeMap<String, String>,
) -> anyhow::Result<()> {
    let mut pages = logs.describe_log_groups().into_paginator().items().send();
    while let Some(group) = pages.next().await {
        let group = group?;
        let name = group.log_group_name().unwrap_or_default();
        world.insert(format!("{place} log group {name}"), format!("{group:?}"));
        let mut filters = logs
            .describe_subscription_filters()
            .log_group_name(name)
            .into_paginator()
            .items()
            .send();
        while let Some(filter) = filters.next().await {
            let filter = filter?;
            let filter_name = filter.filter_name().unwrap_or_default();
            world.insert(
                format!("{place} log group {name} filter {filter_name}"),
                format!("{filter:?}"),
            );
        }
    }
    Ok(())
}

async fn destinations(
    logs: &Logs,
    place: &str,
    world: &mut BTreeMap<String, String>,
) -> anyhow::Result<()> {
    let mut pages = logs.describe_destinations().into_paginator().items().send();
    while let Some(destination) = pages.next().await {
        let destination = destination?;
        let name = destination.destination_name().unwrap_or_default();
        world.insert(
            format!("{place} destination {name}"),
            format!("{destination:?}"),
        );
    }
    Ok(())
}

async fn streams(
    kinesis: &Kinesis,
    place: &str,
    world: &mut BTreeMap<String, String>,
) -> anyhow::Result<()> {
    for name in kinesis.list_streams().send().await?.stream_names() {
        let summary = kinesis
            .describe_stream_summary()
            .stream_name(name)
            .send()
            .await?;
        let tags = kinesis
            .list_tags_for_stream()
            .stream_name(name)
            .send()
            .await?;
        let summary = summary.stream_description_summary();
        world.insert(
            format!("{place} stream {name}"),
            format!("{summary:?} {:?}", tags.tags()),
        );
    }
    Ok(())
}

async fn roles(
    iam: &Iam,
    account: &str,
    world: &mut BTreeMap<String, String>,
) -> anyhow::Result<()> {
    let mut pages = iam.list_roles().into_paginator().items().send();
    while let Some(role) = pages.next().await {
        let role = role?;
        let name = role.role_name();
        let described = iam.get_role().role_name(name).send().await?;
        world.insert(
            format!("{account} role {name}"),
            format!("{:?}", described.role()),
        );
        for policy in iam
            .list_role_policies()
            .role_name(name)
            .send()
            .await?
            .policy_names()
        {
            let found = iam
                .get_role_policy()
                .role_name(name)
                .policy_name(policy)
                .send()
                .await?;
            world.insert(
                format!("{account} role {name} policy {policy}"),
                found.policy_document().to_owned(),
            );
        }
        let attached = iam
            .list_attached_role_policies()
            .role_name(name)
            .send()
            .await?;
        for policy in attached.attached_policies() {
            world.insert(
                format!("{account} role {name} attached {:?}", policy.policy_arn()),
                String::new(),
            );
        }
    }
    Ok(())
}

/// What Kinesis says of the stream `tributary-logs`.
///
/// # Errors
/// When it can't be read, or isn't there.
pub async fn summary_of(kinesis: &Kinesis) -> anyhow::Result<StreamDescriptionSummary> {
    let described = kinesis.describe_stream_summary();
    let described = described.stream_name("tributary-logs").send().await?;
    let summary = described.stream_description_summary;
    summary.context("Kinesis answers without a summary")
}
