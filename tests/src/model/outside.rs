//! Does what others do, by AWS's own operations: in the stand-in with `bootstrap`, and what isn't about
//! `bootstrap` in the one without as well.

use aws_sdk_cloudwatchlogs::Client as Logs;
use aws_sdk_cloudwatchlogs::types::{Distribution, PolicyType};
use aws_sdk_iam::Client as Iam;
use aws_sdk_kinesis::Client as Kinesis;
use local::aws::Aws;
use local::cloud::{Cloud, MANAGEMENT};
use serde_json::json;

use super::change::Change;
use super::scenario::{NAMES, Scenario, siem};
use super::state::{self, Filter, Group, account_policies, filters, groups, our_roles};
use crate::bootstrap::{LOGGING, REGION, State};

/// A stand-in, and everybody's clients for it.
pub(super) struct World {
    /// The stand-in.
    pub cloud: Cloud,
    aws: Aws,
}

impl World {
    /// Starts it, with what only calls can make.
    pub(super) async fn new(scenario: &Scenario) -> anyhow::Result<Self> {
        let cloud = Cloud::start(scenario.organization())?;
        let aws = Aws::new(cloud.endpoint(), REGION).await;
        let world = Self { cloud, aws };
        for account in scenario.with_policy() {
            world.put_policy(account, REGION).await?;
        }
        if scenario.foreign_stream {
            let create = Kinesis::new(&world.aws.account(LOGGING)).create_stream();
            let create = create.stream_name("tributary-logs").shard_count(2);
            create.send().await?;
        }
        Ok(world)
    }

    fn logs(&self, account: &str, region: &str) -> Logs {
        Logs::new(&self.aws.account_in(account, region))
    }

    async fn put_policy(&self, account: &str, region: &str) -> anyhow::Result<()> {
        let put = self.logs(account, region).put_account_policy();
        let document = json!({"DestinationArn": siem(account, region), "FilterPattern": ""});
        let put = put
            .policy_name("siem")
            .policy_document(document.to_string())
            .policy_type(PolicyType::SubscriptionFilterPolicy);
        put.send().await?;
        Ok(())
    }

    async fn put_filter(&self, at: &Filter, pattern: &str, to: &str) -> anyhow::Result<()> {
        let put = self.logs(&at.account, &at.region).put_subscription_filter();
        let role = at.parts["role"]
            .as_str()
            .filter(|_| !to.contains(":lambda:"));
        let put = put
            .log_group_name(&at.group)
            .filter_name(&at.name)
            .filter_pattern(pattern)
            .distribution(Distribution::ByLogStream)
            .destination_arn(to)
            .set_role_arn(role.map(str::to_owned));
        put.send().await?;
        Ok(())
    }

    async fn delete_filter(&self, at: &Filter) -> anyhow::Result<()> {
        let delete = self
            .logs(&at.account, &at.region)
            .delete_subscription_filter();
        let delete = delete.log_group_name(&at.group).filter_name(&at.name);
        delete.send().await?;
        Ok(())
    }
}

/// Which of these the number tells.
fn nth<T: Clone>(all: Vec<T>, number: usize) -> Option<T> {
    let count = all.len().max(1);
    all.into_iter().nth(number % count)
}

/// Does it in `real`, and in `model` what `destroy` is to leave.
///
/// # Errors
/// When the stand-in refuses what somebody may do.
pub(super) async fn happen(
    change: &Change,
    scenario: &Scenario,
    real: &World,
    model: &World,
) -> anyhow::Result<()> {
    let (is, foreign) = (real.cloud.dump(), model.cloud.dump());
    match change {
        Change::FilterDeleted(number)
        | Change::PatternChanged(number)
        | Change::FilterTurned(number) => {
            let Some(filter) = nth(ours(&is), *number) else {
                return Ok(());
            };
            filter_of_ours(change, &filter, real, model).await
        }
        Change::PolicyDeleted(number) | Change::PolicyTaken(number) => {
            let mut policies = account_policies(&is);
            policies.retain(|(.., name)| name.starts_with("tributary-"));
            let Some((account, region, name)) = nth(policies, *number) else {
                return Ok(());
            };
            let delete = real.logs(&account, &region).delete_account_policy();
            let delete = delete.policy_name(name);
            delete
                .policy_type(PolicyType::SubscriptionFilterPolicy)
                .send()
                .await?;
            if matches!(change, Change::PolicyTaken(_)) {
                real.put_policy(&account, &region).await?;
                model.put_policy(&account, &region).await?;
            }
            Ok(())
        }
        Change::RolePolicyReplaced(number)
        | Change::RoleTrustReplaced(number)
        | Change::RoleDeleted(number) => match nth(our_roles(&is), *number) {
            Some(role) => role_of_ours(change, role, real).await,
            None => Ok(()),
        },
        Change::AccessReplaced { .. }
        | Change::DestinationDeleted(_)
        | Change::RetentionLowered => central(change, scenario, &is, real).await,
        Change::AccountClosed(number) => {
            let accounts = scenario.accounts().skip(1).map(|(id, _)| id).collect();
            let Some(account) = nth(accounts, *number) else {
                return Ok(());
            };
            for world in [real, model] {
                let config = world.aws.account(MANAGEMENT);
                let organizations = aws_sdk_organizations::Client::new(&config);
                organizations
                    .close_account()
                    .account_id(account)
                    .send()
                    .await?;
            }
            Ok(())
        }
        _ => of_log_groups(change, scenario, &foreign, [real, model]).await,
    }
}

fn ours(is: &State) -> Vec<Filter> {
    filters(is).into_iter().filter(Filter::is_ours).collect()
}

async fn filter_of_ours(
    change: &Change,
    filter: &Filter,
    real: &World,
    model: &World,
) -> anyhow::Result<()> {
    match change {
        Change::FilterDeleted(_) => real.delete_filter(filter).await,
        Change::FilterTurned(_) => {
            let to = siem(&filter.account, &filter.region);
            real.put_filter(filter, "", &to).await?;
            model.put_filter(filter, "", &to).await
        }
        _ => {
            let to = state::destination(&filter.region);
            // Refused where the destination or the role is gone: then nothing has happened.
            real.put_filter(filter, "ERROR", &to).await.or(Ok(()))
        }
    }
}

async fn role_of_ours(
    change: &Change,
    (account, name, parts): (String, String, serde_json::Value),
    real: &World,
) -> anyhow::Result<()> {
    let iam = Iam::new(&real.aws.account(&account));
    let policies = parts["policies"].as_object().into_iter().flatten();
    let statement = |part: &str, value: serde_json::Value, action: &str| {
        let mut statement = json!({"Effect": "Allow", "Action": action});
        statement[part] = value;
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    };
    if let Change::RoleTrustReplaced(_) = change {
        let trust = statement(
            "Principal",
            json!({"Service": "ec2.amazonaws.com"}),
            "sts:AssumeRole",
        );
        let update = iam.update_assume_role_policy().role_name(&name);
        update.policy_document(trust).send().await?;
        return Ok(());
    }
    for (policy, _) in policies {
        if let Change::RoleDeleted(_) = change {
            let delete = iam.delete_role_policy().role_name(&name);
            delete.policy_name(policy).send().await?;
        } else {
            let put = iam.put_role_policy().role_name(&name).policy_name(policy);
            let document = statement("Resource", json!("*"), "s3:ListAllMyBuckets");
            put.policy_document(document).send().await?;
        }
    }
    if let Change::RoleDeleted(_) = change {
        iam.delete_role().role_name(&name).send().await?;
    }
    Ok(())
}

/// What is done in the logging account, where there is something to do it to.
async fn central(
    change: &Change,
    scenario: &Scenario,
    is: &State,
    real: &World,
) -> anyhow::Result<()> {
    let region = |number: usize| scenario.regions()[number % scenario.regions().len()];
    let there =
        |region: &str| is.contains_key(&format!("{LOGGING} {region} destination tributary"));
    match change {
        Change::DestinationDeleted(number) if there(region(*number)) => {
            let delete = real.logs(LOGGING, region(*number)).delete_destination();
            delete.destination_name("tributary").send().await?;
        }
        Change::AccessReplaced {
            region: number,
            by_account,
        } if there(region(*number)) => {
            let region = region(*number);
            let mut statement = json!({"Effect": "Allow", "Action": "logs:PutSubscriptionFilter",
                "Resource": state::destination(region), "Principal": "*",
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-another"]}}});
            if *by_account {
                statement["Principal"] = json!({"AWS": "999999999999"});
                statement["Condition"] = json!({});
            }
            let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
            let put = real.logs(LOGGING, region).put_destination_policy();
            let put = put.destination_name("tributary").force_update(true);
            put.access_policy(policy.to_string()).send().await?;
        }
        Change::RetentionLowered => {
            let lower = Kinesis::new(&real.aws.account(LOGGING)).decrease_stream_retention_period();
            let lower = lower
                .stream_name("tributary-logs")
                .retention_period_hours(24);
            // Refused where it is a day already.
            lower
                .send()
                .await
                .map(drop)
                .or(Ok::<_, anyhow::Error>(()))?;
        }
        _ => {}
    }
    Ok(())
}

/// What is done to log groups, in both worlds alike.
async fn of_log_groups(
    change: &Change,
    scenario: &Scenario,
    foreign: &State,
    worlds: [&World; 2],
) -> anyhow::Result<()> {
    for world in worlds {
        match change {
            Change::GroupVanished(number) => {
                let Some(Group {
                    account,
                    region,
                    name,
                    ..
                }) = nth(groups(foreign), *number)
                else {
                    return Ok(());
                };
                let delete = world.logs(&account, &region).delete_log_group();
                delete.log_group_name(name).send().await?;
            }
            Change::GroupCreated {
                account,
                region,
                name,
            } => {
                let accounts = scenario.accounts().map(|(id, _)| id).collect();
                let account = nth(accounts, *account).unwrap_or(LOGGING);
                let region = nth(scenario.regions().to_vec(), *region).unwrap_or(REGION);
                let create = world.logs(account, region).create_log_group();
                let create = create.log_group_name(NAMES[name % NAMES.len()]);
                // Refused where it is there, or only AWS may make it.
                create
                    .send()
                    .await
                    .map(drop)
                    .or(Ok::<_, anyhow::Error>(()))?;
            }
            Change::FilterAdded { group, number } => {
                let Some(group) = nth(groups(foreign), *group) else {
                    return Ok(());
                };
                let to = siem(&group.account, &group.region);
                let filter = Filter {
                    account: group.account,
                    region: group.region,
                    group: group.name,
                    name: format!("siem-{number}"),
                    parts: json!({}),
                };
                // Where there is no room for it, nothing happens in either of them.
                if world.put_filter(&filter, "", &to).await.is_err() {
                    return Ok(());
                }
            }
            Change::FilterRemoved(number) => {
                let Some(filter) = nth(filters(foreign), *number) else {
                    return Ok(());
                };
                world.delete_filter(&filter).await?;
            }
            _ => {}
        }
    }
    Ok(())
}
