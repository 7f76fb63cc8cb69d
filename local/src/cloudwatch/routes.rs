//! Where the events of a log group go: its subscription filters, and the stream behind each one's
//! destination, when the destination admits the sender.

use super::pattern::Pattern;
use super::policy::{AccessPolicy, Admission, Sender};
use crate::aws::Aws;
use aws_sdk_cloudwatchlogs::{Client, types::Destination, types::SubscriptionFilter};
use std::fmt;

/// A filter that leads to a stream.
#[derive(Debug, Clone)]
pub struct Route {
    /// The filter's name.
    pub filter: String,
    /// Which messages it picks.
    pub pattern: Pattern,
    /// The Kinesis stream that they go to.
    pub target: StreamAddress,
}

/// A Kinesis stream as an ARN names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamAddress {
    /// The account that owns it.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub name: String,
}

/// Why a filter's messages go nowhere, or a group's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSent {
    /// The log group doesn't exist.
    NoLogGroup,
    /// The log group has no subscription filter.
    NoFilter,
    /// The filter leads to something else than a destination.
    OtherTarget(String),
    /// The destination doesn't exist.
    NoDestination(String),
    /// The destination has no access policy, or one that the service would refuse.
    NoPolicy(String),
    /// The destination's access policy doesn't admit the sender.
    NotAdmitted(String),
    /// The policy admits the organization, and the filter has no role of its account.
    NoSenderRole(String),
    /// The destination leads to something else than a Kinesis stream.
    NoStream(String),
    /// The filter's pattern can't be read.
    Pattern(String),
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLogGroup => f.write_str("the log group doesn't exist"),
            Self::NoFilter => f.write_str("the log group has no subscription filter"),
            Self::OtherTarget(arn) => {
                write!(f, "the filter leads to {arn}, which is no destination")
            }
            Self::NoDestination(arn) => write!(f, "the destination {arn} doesn't exist"),
            Self::NoPolicy(why) => write!(f, "the destination has no usable access policy: {why}"),
            Self::NotAdmitted(arn) => {
                write!(f, "the access policy of {arn} doesn't admit the account")
            }
            Self::NoSenderRole(filter) => write!(
                f,
                "the destination admits the organization, and the filter {filter} has no role of the sending account"
            ),
            Self::NoStream(arn) => write!(
                f,
                "the destination leads to {arn}, which is no Kinesis stream"
            ),
            Self::Pattern(why) => f.write_str(why),
        }
    }
}

/// What the service answered when routes were looked up.
#[derive(Debug, thiserror::Error)]
#[error("could not look up where {account}'s log group {group} is sent: {source}")]
pub struct RouteError {
    account: String,
    group: String,
    source: Box<aws_sdk_cloudwatchlogs::Error>,
}

/// One entry for each filter of `group`, or the one reason why there is none.
///
/// # Errors
/// When CloudWatch Logs can't be asked.
pub async fn routes(
    aws: &Aws,
    sender: Sender<'_>,
    group: &str,
) -> Result<Vec<Result<Route, NotSent>>, RouteError> {
    let failed = |source: aws_sdk_cloudwatchlogs::Error| RouteError {
        account: sender.account.to_owned(),
        group: group.to_owned(),
        source: Box::new(source),
    };
    let filters = match filters(aws, sender.account, group).await {
        Ok(filters) => filters,
        Err(aws_sdk_cloudwatchlogs::Error::ResourceNotFoundException(_)) => {
            return Ok(vec![Err(NotSent::NoLogGroup)]);
        }
        Err(other) => return Err(failed(other)),
    };
    if filters.is_empty() {
        return Ok(vec![Err(NotSent::NoFilter)]);
    }
    let mut found = Vec::with_capacity(filters.len());
    for filter in &filters {
        let arn = filter.destination_arn().unwrap_or_default();
        found.push(match destination(aws, arn).await.map_err(failed)? {
            Some(destination) => route(sender, filter, &destination),
            None if DestinationName::parse(arn).is_some() => {
                Err(NotSent::NoDestination(arn.to_owned()))
            }
            None => Err(NotSent::OtherTarget(arn.to_owned())),
        });
    }
    Ok(found)
}

/// The destination of that ARN, if it is one and exists.
///
/// # Errors
/// When CloudWatch Logs can't be asked.
pub async fn destination(
    aws: &Aws,
    arn: &str,
) -> Result<Option<Destination>, aws_sdk_cloudwatchlogs::Error> {
    let Some(name) = DestinationName::parse(arn) else {
        return Ok(None);
    };
    let client = Client::new(&aws.account_in(name.account, name.region));
    let mut pages = client
        .describe_destinations()
        .destination_name_prefix(name.name)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let found = page?.destinations.unwrap_or_default();
        if let Some(destination) = found.into_iter().find(|d| d.arn() == Some(arn)) {
            return Ok(Some(destination));
        }
    }
    Ok(None)
}

async fn filters(
    aws: &Aws,
    account: &str,
    group: &str,
) -> Result<Vec<SubscriptionFilter>, aws_sdk_cloudwatchlogs::Error> {
    let client = Client::new(&aws.account(account));
    let mut pages = client
        .describe_subscription_filters()
        .log_group_name(group)
        .into_paginator()
        .send();
    let mut filters = Vec::new();
    while let Some(page) = pages.next().await {
        filters.extend(page?.subscription_filters.unwrap_or_default());
    }
    Ok(filters)
}

fn route(
    sender: Sender<'_>,
    filter: &SubscriptionFilter,
    destination: &Destination,
) -> Result<Route, NotSent> {
    let arn = destination.arn().unwrap_or_default();
    let name = filter.filter_name().unwrap_or_default();
    let policy = destination.access_policy().unwrap_or_default();
    let policy = AccessPolicy::parse(policy).map_err(|e| NotSent::NoPolicy(e.to_string()))?;
    let own_role = filter
        .role_arn()
        .is_some_and(|role| role.starts_with(&format!("arn:aws:iam::{}:role/", sender.account)));
    match policy.admits(sender, arn) {
        Admission::No => return Err(NotSent::NotAdmitted(arn.to_owned())),
        Admission::ByOrganization if !own_role => {
            return Err(NotSent::NoSenderRole(name.to_owned()));
        }
        Admission::ByOrganization | Admission::ByAccount => {}
    }
    let target = destination.target_arn().unwrap_or_default();
    Ok(Route {
        filter: name.to_owned(),
        pattern: Pattern::parse(filter.filter_pattern().unwrap_or_default())
            .map_err(|e| NotSent::Pattern(e.to_string()))?,
        target: StreamAddress::parse(target).ok_or_else(|| NotSent::NoStream(target.to_owned()))?,
    })
}

struct DestinationName<'a> {
    region: &'a str,
    account: &'a str,
    name: &'a str,
}

impl<'a> DestinationName<'a> {
    /// Of `arn:aws:logs:REGION:ACCOUNT:destination:NAME`.
    fn parse(arn: &'a str) -> Option<Self> {
        match *arn.split(':').collect::<Vec<_>>() {
            ["arn", _, "logs", region, account, "destination", name] => Some(Self {
                region,
                account,
                name,
            }),
            _ => None,
        }
    }
}

impl StreamAddress {
    /// Of `arn:aws:kinesis:REGION:ACCOUNT:stream/NAME`.
    #[must_use]
    pub fn parse(arn: &str) -> Option<Self> {
        match *arn.split(':').collect::<Vec<_>>() {
            ["arn", _, "kinesis", region, account, stream] => Some(Self {
                account: account.to_owned(),
                region: region.to_owned(),
                name: stream.strip_prefix("stream/")?.to_owned(),
            }),
            _ => None,
        }
    }

    /// The stream's ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        format!(
            "arn:aws:kinesis:{}:{}:stream/{}",
            self.region, self.account, self.name
        )
    }
}
