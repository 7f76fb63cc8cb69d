//! Does what others do, by AWS's own operations: in the stand-in with `bootstrap`, and what isn't about
//! `bootstrap` in the one without as well.

use aws_sdk_cloudwatchlogs::Client as Logs;
use aws_sdk_cloudwatchlogs::types::{Distribution, PolicyType};
use aws_sdk_kinesis::Client as Kinesis;
use local::aws::Aws;
use local::cloud::Cloud;
use serde_json::json;

use super::accounts::of_accounts;
use super::change::Change;
use super::log_groups::of_log_groups;
use super::ours::{central, role_of_ours};
use super::scenario::{Scenario, siem};
use super::state::{self, Filter, account_policies, filters, our_roles};
use crate::bootstrap::{LOGGING, REGION, State};

/// A stand-in, and everybody's clients for it.
pub(super) struct World {
    /// The stand-in.
    pub cloud: Cloud,
    /// Clients of any account.
    pub aws: Aws,
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

    pub(super) fn logs(&self, account: &str, region: &str) -> Logs {
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

    pub(super) async fn put_filter(
        &self,
        at: &Filter,
        pattern: &str,
        to: &str,
    ) -> anyhow::Result<()> {
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

    pub(super) async fn delete_filter(&self, at: &Filter) -> anyhow::Result<()> {
        let delete = self
            .logs(&at.account, &at.region)
            .delete_subscription_filter();
        let delete = delete.log_group_name(&at.group).filter_name(&at.name);
        delete.send().await?;
        Ok(())
    }
}

/// Which of these the number tells.
pub(super) fn nth<T: Clone>(all: Vec<T>, number: usize) -> Option<T> {
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
        Change::AccountClosed(_) | Change::AccountMoved { .. } | Change::AccountCreated { .. } => {
            for world in [real, model] {
                of_accounts(change, scenario, world).await?;
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
