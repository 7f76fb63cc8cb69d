//! CloudWatch Logs: log groups, subscription filters, destinations.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::config::interceptors::InterceptorContext;
use aws_sdk_cloudwatchlogs::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_cloudwatchlogs::operation::put_resource_policy::PutResourcePolicyError;
use aws_sdk_cloudwatchlogs::operation::put_subscription_filter::PutSubscriptionFilterError;
use aws_sdk_cloudwatchlogs::types::{Distribution, LogGroupClass};

use serde::{Deserialize, Serialize};

use super::account_policies::AccountPolicy;
use super::canary_logs::CanaryLogs;
use super::{Answer, AwsError, Page};

/// What `bootstrap` asks of CloudWatch Logs.
pub trait Logs: CanaryLogs {
    /// A page of the log groups.
    fn log_groups(&self, token: Option<String>) -> Answer<'_, Page<LogGroup>>;
    /// The log group of that name, if there is one.
    fn log_group<'a>(&'a self, name: &'a str) -> Answer<'a, Option<LogGroup>>;
    /// A page of the subscription filters of a log group.
    fn filters<'a>(&'a self, log_group: &'a str, token: Option<String>)
    -> Answer<'a, Page<Filter>>;
    /// Adds a subscription filter, or replaces the one by its name.
    fn put_filter<'a>(&'a self, log_group: &'a str, filter: &'a Filter) -> Answer<'a, ()>;
    /// Removes a subscription filter.
    fn delete_filter<'a>(&'a self, log_group: &'a str, name: &'a str) -> Answer<'a, ()>;
    /// A page of the account's subscription policies; of none where the service has no such policies.
    fn account_policies(&self, token: Option<String>) -> Answer<'_, Page<AccountPolicy>>;
    /// Adds the account's subscription policy, or replaces the one by its name.
    fn put_account_policy<'a>(&'a self, policy: &'a AccountPolicy) -> Answer<'a, ()>;
    /// Removes the account's subscription policy.
    fn delete_account_policy<'a>(&'a self, name: &'a str) -> Answer<'a, ()>;
    /// A page of the destinations.
    fn destinations(&self, token: Option<String>) -> Answer<'_, Page<Destination>>;
    /// Adds a destination, or replaces the stream and role of the one by its name.
    fn put_destination<'a>(
        &'a self,
        name: &'a str,
        target_arn: &'a str,
        role_arn: &'a str,
    ) -> Answer<'a, ()>;
    /// Replaces the access policy of a destination; by `force` also one that names accounts by one that
    /// doesn't.
    fn put_destination_policy<'a>(
        &'a self,
        name: &'a str,
        policy: &'a str,
        force: bool,
    ) -> Answer<'a, ()>;
    /// Removes a destination.
    fn delete_destination<'a>(&'a self, name: &'a str) -> Answer<'a, ()>;
}

/// A log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroup {
    /// Its name.
    pub name: String,
    /// Its class, `STANDARD` where the service doesn't say.
    pub class: String,
    /// How many days it keeps its events; for ever where the service doesn't say.
    pub retention_days: Option<i32>,
    /// Whether nothing is stored in it, as far as AWS has counted, which lags: whether it has log streams
    /// decides.
    pub empty: bool,
}

impl LogGroup {
    /// Whether it keeps its events for less than so many days, or was made and never told.
    pub fn wants_retention(&self, days: i32) -> bool {
        self.retention_days.map_or(self.empty, |now| now < days)
    }
}

/// A subscription filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Filter {
    /// Its name.
    pub name: String,
    /// Where it sends.
    pub destination_arn: String,
    /// The role that it sends with.
    pub role_arn: Option<String>,
    /// What it lets through; empty for everything.
    pub pattern: String,
    /// `ByLogStream` or `Random`.
    pub distribution: String,
}

/// A destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The stream behind it.
    pub target_arn: String,
    /// The role that writes into the stream.
    pub role_arn: String,
    /// Who may subscribe, as it was put.
    pub access_policy: Option<String>,
}

/// A log group that is full stays full: the SDK, which takes `LimitExceededException` for throttling,
/// must not repeat the call.
#[derive(Debug)]
pub struct QuotaIsFinal;

impl ClassifyRetry for QuotaIsFinal {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        let error = error.and_then(|error| error.as_operation_error());
        let full = error.is_some_and(|error| {
            let filter = error.downcast_ref::<PutSubscriptionFilterError>();
            let policy = error.downcast_ref::<PutResourcePolicyError>();
            filter.is_some_and(PutSubscriptionFilterError::is_limit_exceeded_exception)
                || policy.is_some_and(PutResourcePolicyError::is_limit_exceeded_exception)
        });
        if full {
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "a full log group stays full"
    }
}

/// The service by the SDK.
pub struct AwsLogs {
    /// Client of one account and region.
    pub client: Client,
    /// That account and region, for messages.
    pub place: String,
}

fn log_group(group: &aws_sdk_cloudwatchlogs::types::LogGroup) -> Option<LogGroup> {
    let class = group
        .log_group_class()
        .map_or("STANDARD", LogGroupClass::as_str);
    Some(LogGroup {
        name: group.log_group_name()?.to_owned(),
        class: class.to_owned(),
        retention_days: group.retention_in_days(),
        empty: group.stored_bytes() == Some(0),
    })
}

impl Logs for AwsLogs {
    fn log_groups(&self, token: Option<String>) -> Answer<'_, Page<LogGroup>> {
        Box::pin(async move {
            let answer = self
                .client
                .describe_log_groups()
                .limit(50)
                .set_next_token(token)
                .send()
                .await;
            let answer = answer
                .map_err(|error| AwsError::from_sdk("DescribeLogGroups", &self.place, &error))?;
            let items = answer.log_groups().iter().filter_map(log_group);
            Ok(Page {
                items: items.collect(),
                next: answer.next_token,
            })
        })
    }

    fn log_group<'a>(&'a self, name: &'a str) -> Answer<'a, Option<LogGroup>> {
        Box::pin(async move {
            // By name, so that of those that begin like it, it is the first.
            let request = self.client.describe_log_groups().limit(1);
            let answer = request.log_group_name_prefix(name).send().await;
            let answer = answer
                .map_err(|error| AwsError::from_sdk("DescribeLogGroups", &self.place, &error))?;
            let mut found = answer.log_groups().iter().filter_map(log_group);
            Ok(found.find(|group| group.name == name))
        })
    }

    fn filters<'a>(
        &'a self,
        log_group: &'a str,
        token: Option<String>,
    ) -> Answer<'a, Page<Filter>> {
        Box::pin(async move {
            let request = self
                .client
                .describe_subscription_filters()
                .log_group_name(log_group);
            let answer = request.set_next_token(token).send().await;
            let answer = answer.map_err(|error| {
                AwsError::from_sdk("DescribeSubscriptionFilters", &self.place, &error)
            })?;
            let items = answer.subscription_filters().iter().map(|filter| Filter {
                name: text(filter.filter_name()),
                destination_arn: text(filter.destination_arn()),
                role_arn: some(filter.role_arn()),
                pattern: text(filter.filter_pattern()),
                distribution: filter
                    .distribution()
                    .map_or("ByLogStream", Distribution::as_str)
                    .to_owned(),
            });
            Ok(Page {
                items: items.collect(),
                next: answer.next_token,
            })
        })
    }

    fn put_filter<'a>(&'a self, log_group: &'a str, filter: &'a Filter) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = self
                .client
                .put_subscription_filter()
                .log_group_name(log_group)
                .filter_name(&filter.name);
            let request = request
                .filter_pattern(&filter.pattern)
                .destination_arn(&filter.destination_arn);
            let request = request.distribution(filter.distribution.as_str().into());
            let answer = request.set_role_arn(filter.role_arn.clone()).send().await;
            answer.map_err(|error| {
                AwsError::from_sdk("PutSubscriptionFilter", &self.place, &error)
            })?;
            Ok(())
        })
    }

    fn delete_filter<'a>(&'a self, log_group: &'a str, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = self
                .client
                .delete_subscription_filter()
                .log_group_name(log_group);
            let answer = request.filter_name(name).send().await;
            answer.map_err(|error| {
                AwsError::from_sdk("DeleteSubscriptionFilter", &self.place, &error)
            })?;
            Ok(())
        })
    }

    fn account_policies(&self, token: Option<String>) -> Answer<'_, Page<AccountPolicy>> {
        Box::pin(self.list_account_policies(token))
    }

    fn put_account_policy<'a>(&'a self, policy: &'a AccountPolicy) -> Answer<'a, ()> {
        Box::pin(self.write_account_policy(policy))
    }

    fn delete_account_policy<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(self.remove_account_policy(name))
    }

    fn destinations(&self, token: Option<String>) -> Answer<'_, Page<Destination>> {
        Box::pin(async move {
            let answer = self
                .client
                .describe_destinations()
                .set_next_token(token)
                .send()
                .await;
            let answer = answer
                .map_err(|error| AwsError::from_sdk("DescribeDestinations", &self.place, &error))?;
            let items = answer.destinations().iter().map(|destination| Destination {
                name: text(destination.destination_name()),
                arn: text(destination.arn()),
                target_arn: text(destination.target_arn()),
                role_arn: text(destination.role_arn()),
                access_policy: some(destination.access_policy()),
            });
            Ok(Page {
                items: items.collect(),
                next: answer.next_token,
            })
        })
    }

    fn put_destination<'a>(
        &'a self,
        name: &'a str,
        target_arn: &'a str,
        role_arn: &'a str,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = self.client.put_destination().destination_name(name);
            let answer = request
                .target_arn(target_arn)
                .role_arn(role_arn)
                .send()
                .await;
            answer.map_err(|error| AwsError::from_sdk("PutDestination", &self.place, &error))?;
            Ok(())
        })
    }

    fn put_destination_policy<'a>(
        &'a self,
        name: &'a str,
        policy: &'a str,
        force: bool,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = self.client.put_destination_policy().destination_name(name);
            let request = request.set_force_update(force.then_some(true));
            let answer = request.access_policy(policy).send().await;
            answer
                .map_err(|error| AwsError::from_sdk("PutDestinationPolicy", &self.place, &error))?;
            Ok(())
        })
    }

    fn delete_destination<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let answer = self
                .client
                .delete_destination()
                .destination_name(name)
                .send()
                .await;
            answer.map_err(|error| AwsError::from_sdk("DeleteDestination", &self.place, &error))?;
            Ok(())
        })
    }
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

fn some(value: Option<&str>) -> Option<String> {
    value.filter(|text| !text.is_empty()).map(str::to_owned)
}
