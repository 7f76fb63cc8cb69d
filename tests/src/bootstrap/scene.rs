//! An organization in a stand-in of its own, with a proxy before it that sees every call.

use std::collections::BTreeMap;

use anyhow::Context;
use aws_sdk_cloudwatchlogs::Client as Logs;
use aws_sdk_cloudwatchlogs::types::SubscriptionFilter;
use local::aws::Aws;
use local::fault_proxy::FaultProxy;
use local::ministack::Ministack;
use local::organization::{MANAGEMENT, Organization};
use tempfile::TempDir;

use super::{Bootstrap, dump};

/// Where everything is.
pub const REGION: &str = "eu-central-1";

/// The sources of a configuration that wants flow logs, CloudTrail, GuardDuty and an application's logs.
pub const SOURCES: &str = r#"
[[source]]
dataset = "flow-logs"
log_groups = ["cwl_vpc_fl_*"]
[[source]]
dataset = "cloudtrail"
log_groups = ["aws-cloudtrail-logs-*"]
[[source]]
dataset = "guardduty"
log_groups = ["/aws/events/guardduty*"]
[[source]]
dataset = "any"
log_groups = ["/app/*"]
"#;

/// The organization, the stand-in and the program.
pub struct Scene {
    /// Clients that go past the proxy.
    pub aws: Aws,
    /// The organization.
    pub organization: Organization,
    /// What the program's calls go through.
    pub proxy: FaultProxy,
    /// The program.
    pub bootstrap: Bootstrap,
    /// A folder for files.
    pub folder: TempDir,
    _ministack: Ministack,
}

impl Scene {
    /// Starts a stand-in, makes the organization, and writes a configuration with these sources.
    ///
    /// # Errors
    /// When the stand-in doesn't start, or refuses something.
    pub async fn new() -> anyhow::Result<Self> {
        Self::with(&[]).await
    }

    /// The same with more environment variables for the stand-in.
    ///
    /// # Errors
    /// When the stand-in doesn't start, or refuses something.
    pub async fn with(environment: &[(&str, &str)]) -> anyhow::Result<Self> {
        let ministack = Ministack::start_with(environment)?;
        let aws = Aws::new(ministack.endpoint(), REGION).await;
        let organization = Organization::create(&aws).await?;
        let proxy = FaultProxy::start(ministack.endpoint())?;
        let folder = tempfile::tempdir()?;
        let bootstrap = Bootstrap {
            endpoint: proxy.endpoint().to_owned(),
            credentials: (MANAGEMENT.to_owned(), "local".to_owned(), None),
            config: folder.path().join("tributary.toml"),
        };
        let scene = Self {
            aws,
            organization,
            proxy,
            bootstrap,
            folder,
            _ministack: ministack,
        };
        scene.configure("", SOURCES)?;
        Ok(scene)
    }

    /// Writes the configuration anew: more lines of `[organization]`, and the sources.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn configure(&self, organization: &str, sources: &str) -> anyhow::Result<()> {
        let text = format!(
            "[central]\naccount = \"{}\"\nregion = \"{REGION}\"\nstream = \"tributary-logs\"\nshards = 2\n\
             destination = \"tributary\"\n\n[organization]\n{organization}\n{sources}",
            self.organization.logging.id
        );
        std::fs::write(&self.bootstrap.config, text).context("the configuration can't be written")
    }

    /// Adds lines to `[central]` of the first configuration, in which the sources are [`SOURCES`].
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn configure_central(&self, central: &str) -> anyhow::Result<()> {
        self.configure("", SOURCES)?;
        let text = std::fs::read_to_string(&self.bootstrap.config)?;
        let text = text.replace("[organization]", &format!("{central}\n[organization]"));
        std::fs::write(&self.bootstrap.config, text).context("the configuration can't be written")
    }

    /// Every account of the organization.
    #[must_use]
    pub fn accounts(&self) -> Vec<String> {
        let organization = &self.organization;
        let members = organization
            .members
            .iter()
            .chain([&organization.logging, &organization.suspended]);
        std::iter::once(MANAGEMENT.to_owned())
            .chain(members.map(|account| account.id.clone()))
            .collect()
    }

    /// Everything that the program could touch.
    ///
    /// # Errors
    /// When something can't be read.
    pub async fn world(&self) -> anyhow::Result<BTreeMap<String, String>> {
        dump(&self.aws, &self.accounts(), &[REGION]).await
    }

    /// Clients of `CloudWatch Logs` in an account.
    #[must_use]
    pub fn logs(&self, account: &str) -> Logs {
        Logs::new(&self.aws.account(account))
    }

    /// The filters of a log group.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn filters(
        &self,
        account: &str,
        group: &str,
    ) -> anyhow::Result<Vec<SubscriptionFilter>> {
        let described = self
            .logs(account)
            .describe_subscription_filters()
            .log_group_name(group)
            .send()
            .await?;
        Ok(described.subscription_filters.unwrap_or_default())
    }

    /// Puts a filter as somebody else would.
    ///
    /// # Errors
    /// When the stand-in refuses it.
    pub async fn put_filter(
        &self,
        account: &str,
        group: &str,
        name: &str,
        destination: &str,
    ) -> anyhow::Result<()> {
        let put = self
            .logs(account)
            .put_subscription_filter()
            .log_group_name(group)
            .filter_name(name);
        put.filter_pattern("")
            .destination_arn(destination)
            .send()
            .await?;
        Ok(())
    }

    /// ARN of the program's destination.
    #[must_use]
    pub fn destination_arn(&self) -> String {
        format!(
            "arn:aws:logs:{REGION}:{}:destination:tributary",
            self.organization.logging.id
        )
    }

    /// The calls since the `first` one that change something.
    #[must_use]
    pub fn writes_since(&self, first: usize) -> Vec<String> {
        let reads = ["Describe", "List", "Get", "AssumeRole"];
        let operations = self
            .proxy
            .requests()
            .into_iter()
            .skip(first)
            .map(|request| request.operation);
        operations
            .filter(|operation| !reads.iter().any(|read| operation.starts_with(read)))
            .collect()
    }
}
