//! Onboards the organization with the real program, as an administrator would.

use super::console::Console;
use super::options::Options;
use super::stand_ins::REGION;
use crate::aws::Aws;
use crate::cloudwatch::routes::StreamAddress;
use crate::corpus;
use crate::organization::{
    DETAILED_FLOW_LOGS, FLOW_LOGS, FOREIGN_DESTINATION, FOREIGN_FILTER, LOG_GROUPS, MANAGEMENT,
    Organization, log_group,
};
use anyhow::{Context, bail, ensure};
use std::fs;
use std::path::Path;
use tokio::process::Command;

/// The name of the destination, and of what stands behind it.
const DESTINATION: &str = "tributary";
const STREAM: &str = "tributary-logs";
/// The bucket of the catalog, which names accounts and formats of flow logs to the function.
const CATALOG_BUCKET: &str = "tributary-catalog";

/// What the organization looks like afterwards.
pub struct Onboarded {
    /// The stream that all logs come to.
    pub stream: StreamAddress,
    /// Where the function finds the catalog.
    pub catalog: String,
    /// The destination that the members' filters lead to.
    pub destination: String,
    /// Members that have such a filter.
    pub accounts: usize,
    /// Such filters.
    pub filters: usize,
}

/// Writes the configuration, shows the plan, applies it, and looks at what is there.
///
/// # Errors
/// When the program fails, or somebody else's filter is gone.
pub async fn onboard(
    aws: &Aws,
    organization: &Organization,
    options: &Options,
) -> anyhow::Result<Onboarded> {
    prepare(aws, organization).await?;
    let configuration = options.output.join("tributary.toml");
    fs::write(&configuration, toml(&organization.logging.id)?)
        .with_context(|| format!("could not write {}", configuration.display()))?;
    let bootstrap = Bootstrap {
        aws,
        options,
        configuration: &configuration,
    };
    bootstrap.run(&["plan"], &[0, 2]).await?;
    bootstrap.run(&["apply", "--yes"], &[0]).await?;
    look(aws, organization).await
}

/// What `bootstrap` finds: a bucket for the catalog, a log group more in each member.
async fn prepare(aws: &Aws, organization: &Organization) -> anyhow::Result<()> {
    aws.create_bucket(&organization.logging.id, CATALOG_BUCKET)
        .await?;
    for member in &organization.members {
        log_group(aws, &member.id, DETAILED_FLOW_LOGS).await?;
    }
    Ok(())
}

struct Bootstrap<'a> {
    aws: &'a Aws,
    options: &'a Options,
    configuration: &'a Path,
}

impl Bootstrap<'_> {
    async fn run(&self, arguments: &[&str], expected: &[i32]) -> anyhow::Result<()> {
        let console: Console = self.options.console;
        console.say(format!("\n$ bootstrap {}", arguments.join(" ")));
        let (stdout, stderr) = console.for_programs();
        let status = Command::new(&self.options.bootstrap)
            .arg("--config")
            .arg(self.configuration)
            .args(arguments)
            .env("AWS_ENDPOINT_URL", self.aws.endpoint())
            .env("AWS_ACCESS_KEY_ID", MANAGEMENT)
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_REGION", REGION)
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN")
            .stdout(stdout)
            .stderr(stderr)
            .kill_on_drop(true)
            .status()
            .await
            .with_context(|| format!("could not run {}", self.options.bootstrap.display()))?;
        if status.code().is_some_and(|code| expected.contains(&code)) {
            return Ok(());
        }
        bail!("`bootstrap {}` ended with {status}", arguments.join(" "))
    }
}

fn catalog() -> String {
    format!("s3://{CATALOG_BUCKET}/tributary/catalog.json")
}

fn toml(central: &str) -> anyhow::Result<String> {
    let (catalog, format) = (catalog(), corpus::example_format()?);
    Ok(format!(
        r#"[central]
account     = "{central}"
region      = "{REGION}"
stream      = "{STREAM}"
shards      = 4
retention_hours = 168
destination = "{DESTINATION}"

[organization]
access_role = "OrganizationAccountAccessRole"
regions     = ["{REGION}"]
trust       = "organization"

[catalog]
location    = "{catalog}"

[[source]]
dataset     = "flow-logs"
log_groups  = ["{DETAILED_FLOW_LOGS}"]
flow_log_format = "{format}"

[[source]]
dataset     = "flow-logs"
log_groups  = ["cwl_vpc_fl_*"]

[[source]]
dataset     = "cloudtrail"
log_groups  = ["aws-cloudtrail-logs-*"]

[[source]]
dataset     = "guardduty"
log_groups  = ["/aws/events/guardduty*"]

[[source]]
dataset     = "any"
log_groups  = ["/app/*"]
"#
    ))
}

async fn look(aws: &Aws, organization: &Organization) -> anyhow::Result<Onboarded> {
    let central = organization.logging.id.as_str();
    let mut onboarded = Onboarded {
        stream: StreamAddress {
            account: central.to_owned(),
            region: REGION.to_owned(),
            name: STREAM.to_owned(),
        },
        catalog: catalog(),
        destination: format!("arn:aws:logs:{REGION}:{central}:destination:{DESTINATION}"),
        accounts: 0,
        filters: 0,
    };
    for member in &organization.members {
        let mut filters = 0;
        for group in LOG_GROUPS.into_iter().chain([DETAILED_FLOW_LOGS]) {
            let leading = filters_of(aws, &member.id, group).await?;
            filters += leading
                .iter()
                .filter(|(_, to)| *to == onboarded.destination)
                .count();
        }
        onboarded.accounts += usize::from(filters > 0);
        onboarded.filters += filters;
    }
    let foreign = (FOREIGN_FILTER.to_owned(), FOREIGN_DESTINATION.to_owned());
    let survived = filters_of(aws, &organization.members[0].id, FLOW_LOGS)
        .await?
        .contains(&foreign);
    ensure!(
        survived,
        "somebody else's filter {FOREIGN_FILTER} on {FLOW_LOGS} is gone"
    );
    Ok(onboarded)
}

/// Names and destinations of a log group's filters.
async fn filters_of(
    aws: &Aws,
    account: &str,
    group: &str,
) -> anyhow::Result<Vec<(String, String)>> {
    let client = aws_sdk_cloudwatchlogs::Client::new(&aws.account(account));
    let described = client
        .describe_subscription_filters()
        .log_group_name(group)
        .send()
        .await;
    let described =
        described.with_context(|| format!("could not read the filters of {group} in {account}"))?;
    let pair = |filter: &aws_sdk_cloudwatchlogs::types::SubscriptionFilter| {
        (
            filter.filter_name().unwrap_or_default().to_owned(),
            filter.destination_arn().unwrap_or_default().to_owned(),
        )
    };
    Ok(described.subscription_filters().iter().map(pair).collect())
}
