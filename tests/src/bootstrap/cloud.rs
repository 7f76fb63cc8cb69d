//! An organization in our own stand-in for AWS, which checks policies, quotas and throttles.

use anyhow::Context;
use aws_sdk_iam::Client as Iam;
use local::aws::Aws;
use local::cloud::{Aim, Builder, Cloud, MANAGEMENT, Strike, Target};
use tempfile::TempDir;

use super::{Bootstrap, REGION};

/// The logging account of a [`CloudScene`].
pub const LOGGING: &str = "222222222222";

/// The stand-in and the program.
pub struct CloudScene {
    /// The stand-in.
    pub cloud: Cloud,
    /// Clients of any account.
    pub aws: Aws,
    /// The program.
    pub bootstrap: Bootstrap,
    /// A folder for files.
    pub folder: TempDir,
}

impl CloudScene {
    /// Denies every such call (`logs`, `DeleteLogGroup`) in one account's region.
    pub fn deny(&self, service: &str, operation: &str, account: &str, region: &str) {
        let target = Target {
            service: service.to_owned(),
            operation: operation.to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
        };
        self.cloud.aim(Aim {
            target,
            nth: None,
            strike: Strike::Denied,
        });
    }

    /// Starts the stand-in with what was built, the logging account among it, and writes a configuration
    /// with these sources.
    ///
    /// # Errors
    /// When this machine doesn't let us.
    pub async fn new(mut builder: Builder, sources: &str) -> anyhow::Result<Self> {
        let root = builder.root().to_owned();
        builder.account(LOGGING, "log-archive", &root);
        let cloud = Cloud::start(builder)?;
        let folder = tempfile::tempdir()?;
        let bootstrap = Bootstrap {
            endpoint: cloud.endpoint().to_owned(),
            credentials: (MANAGEMENT.to_owned(), "local".to_owned(), None),
            config: folder.path().join("tributary.toml"),
        };
        let scene = Self {
            aws: Aws::new(cloud.endpoint(), REGION).await,
            cloud,
            bootstrap,
            folder,
        };
        scene.configure("", sources)?;
        Ok(scene)
    }

    /// Writes the configuration anew: more lines of `[organization]`, and the sources.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn configure(&self, organization: &str, sources: &str) -> anyhow::Result<()> {
        let text = format!(
            "[central]\naccount = \"{LOGGING}\"\nregion = \"{REGION}\"\nstream = \"tributary-logs\"\nshards = 2\n\
             destination = \"tributary\"\n\n[organization]\n{organization}\n{sources}"
        );
        std::fs::write(&self.bootstrap.config, text).context("the configuration can't be written")
    }

    /// ARN of the program's destination in a Region.
    #[must_use]
    pub fn destination_arn(&self, region: &str) -> String {
        format!("arn:aws:logs:{region}:{LOGGING}:destination:tributary")
    }

    /// Takes the policy of ours away from a role, as somebody else would.
    ///
    /// # Errors
    /// When the stand-in refuses it.
    pub async fn take_away_policy(&self, account: &str, role: &str) -> anyhow::Result<()> {
        let delete = Iam::new(&self.aws.account(account)).delete_role_policy();
        let delete = delete.role_name(role).policy_name("tributary");
        delete.send().await?;
        Ok(())
    }

    /// Applies and verifies once more: both end well and only read.
    ///
    /// # Errors
    /// When one of them fails or finds something to do, or when something is written.
    pub fn goes_on_as_it_is(&self) -> anyhow::Result<()> {
        let calls = self.cloud.count();
        self.bootstrap.ends(0, &["apply", "--yes"])?;
        self.bootstrap.ends(0, &["verify"])?;
        let mut writes = self.cloud.calls_since(calls);
        writes.retain(|call| !call.reads());
        anyhow::ensure!(writes.is_empty(), "something was written: {writes:?}");
        Ok(())
    }

    /// Takes everything back, the logs too.
    ///
    /// # Errors
    /// When `destroy` doesn't end well.
    pub fn destroy_with_logs(&self) -> anyhow::Result<()> {
        let all = ["destroy", "--yes", "--delete-logs"];
        self.bootstrap.ends(0, &all).map(drop)
    }
}
