//! The organization that the demo and the tests onboard: a management account, a logging account,
//! three members in two units, a suspended account; log groups of each kind in every member; and a
//! subscription filter of somebody else.

use crate::aws::Aws;
use anyhow::{Context, anyhow};
use aws_sdk_cloudwatchlogs::Client as Logs;
use aws_sdk_organizations::Client as Organizations;

/// The account that the organization is managed from. In the stand-in every account manages an
/// organization of its own from the start.
pub const MANAGEMENT: &str = "111111111111";

/// Log groups that every member has.
pub const LOG_GROUPS: [&str; 5] = [FLOW_LOGS, CLOUDTRAIL, GUARDDUTY, APPLICATION, UNSUBSCRIBED];
/// VPC flow logs.
pub const FLOW_LOGS: &str = "cwl_vpc_fl_main";
/// VPC flow logs with more fields than the default format has; only the demo makes this log group.
pub const DETAILED_FLOW_LOGS: &str = "cwl_vpc_fl_detailed";
/// CloudTrail events.
pub const CLOUDTRAIL: &str = "aws-cloudtrail-logs-main";
/// GuardDuty findings, as `EventBridge` writes them.
pub const GUARDDUTY: &str = "/aws/events/guardduty";
/// An application's log.
pub const APPLICATION: &str = "/app/checkout";
/// A log group that no configuration names: nothing of it may arrive anywhere.
pub const UNSUBSCRIBED: &str = "/aws/lambda/nightly-report";

/// Somebody else's subscription filter, on [`FLOW_LOGS`] of the first member.
pub const FOREIGN_FILTER: &str = "siem-vendor";
/// Where it leads.
pub const FOREIGN_DESTINATION: &str = "arn:aws:logs:eu-central-1:999999999999:destination:siem";

/// An account of the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its twelve digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The name of the organizational unit it is in.
    pub unit: String,
}

/// The organization as it was made.
#[derive(Debug, Clone)]
pub struct Organization {
    /// Its id (`o-...`).
    pub id: String,
    /// The logging account.
    pub logging: Account,
    /// The accounts whose logs are collected.
    pub members: Vec<Account>,
    /// An account that was closed.
    pub suspended: Account,
}

impl Organization {
    /// Makes it in an empty stand-in.
    ///
    /// # Errors
    /// When the stand-in refuses a step.
    pub async fn create(aws: &Aws) -> anyhow::Result<Self> {
        let builder = Builder::new(aws).await?;
        let security = builder.unit("Security").await?;
        let workloads = builder.unit("Workloads").await?;
        let sandbox = builder.unit("Sandbox").await?;
        let logging = builder.account("log-archive", &security).await?;
        let members = vec![
            builder.account("shop", &workloads).await?,
            builder.account("payments", &workloads).await?,
            builder.account("playground", &sandbox).await?,
        ];
        let suspended = builder.account("retired", &sandbox).await?;
        builder.close(&suspended).await?;
        for member in &members {
            log_groups(aws, &member.id).await?;
        }
        foreign_filter(aws, &members[0].id).await?;
        Ok(Self {
            id: builder.organization,
            logging,
            members,
            suspended,
        })
    }
}

struct Unit {
    id: String,
    name: String,
}

struct Builder {
    client: Organizations,
    organization: String,
    root: String,
}

impl Builder {
    async fn new(aws: &Aws) -> anyhow::Result<Self> {
        let client = Organizations::new(&aws.account(MANAGEMENT));
        let described = client
            .describe_organization()
            .send()
            .await
            .context("the stand-in has no organization")?;
        let organization = described
            .organization
            .and_then(|o| o.id)
            .ok_or_else(|| missing("the organization's id"))?;
        let roots = client
            .list_roots()
            .send()
            .await
            .context("the stand-in has no root")?;
        let root = roots
            .roots()
            .first()
            .and_then(|r| r.id())
            .ok_or_else(|| missing("the root's id"))?
            .to_owned();
        Ok(Self {
            client,
            organization,
            root,
        })
    }

    async fn unit(&self, name: &str) -> anyhow::Result<Unit> {
        let made = self
            .client
            .create_organizational_unit()
            .parent_id(&self.root)
            .name(name)
            .send()
            .await;
        let made = made.with_context(|| format!("could not create the unit {name}"))?;
        let id = made
            .organizational_unit
            .and_then(|u| u.id)
            .ok_or_else(|| missing("the unit's id"))?;
        Ok(Unit {
            id,
            name: name.to_owned(),
        })
    }

    async fn account(&self, name: &str, unit: &Unit) -> anyhow::Result<Account> {
        let made = self
            .client
            .create_account()
            .account_name(name)
            .email(format!("{name}@example.com"))
            .send()
            .await
            .with_context(|| format!("could not create the account {name}"))?;
        let id = made
            .create_account_status
            .and_then(|s| s.account_id)
            .ok_or_else(|| missing("the account's id"))?;
        self.client
            .move_account()
            .account_id(&id)
            .source_parent_id(&self.root)
            .destination_parent_id(&unit.id)
            .send()
            .await
            .with_context(|| format!("could not move the account {name} to {}", unit.name))?;
        Ok(Account {
            id,
            name: name.to_owned(),
            unit: unit.name.clone(),
        })
    }

    async fn close(&self, account: &Account) -> anyhow::Result<()> {
        let closed = self
            .client
            .close_account()
            .account_id(&account.id)
            .send()
            .await;
        closed.with_context(|| format!("could not close the account {}", account.name))?;
        Ok(())
    }
}

async fn log_groups(aws: &Aws, account: &str) -> anyhow::Result<()> {
    for group in LOG_GROUPS {
        log_group(aws, account, group).await?;
    }
    Ok(())
}

/// Makes a log group in an account.
///
/// # Errors
/// When the stand-in refuses it.
pub async fn log_group(aws: &Aws, account: &str, group: &str) -> anyhow::Result<()> {
    let client = Logs::new(&aws.account(account));
    let made = client.create_log_group().log_group_name(group).send().await;
    made.with_context(|| format!("could not create the log group {group} in {account}"))?;
    Ok(())
}

async fn foreign_filter(aws: &Aws, account: &str) -> anyhow::Result<()> {
    Logs::new(&aws.account(account))
        .put_subscription_filter()
        .log_group_name(FLOW_LOGS)
        .filter_name(FOREIGN_FILTER)
        .filter_pattern("")
        .destination_arn(FOREIGN_DESTINATION)
        .send()
        .await
        .with_context(|| format!("could not put the filter {FOREIGN_FILTER} in {account}"))?;
    Ok(())
}

fn missing(what: &str) -> anyhow::Error {
    anyhow!("the stand-in's answer holds no {what}")
}
