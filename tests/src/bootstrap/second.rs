//! A small organization in the second stand-in (moto), which knows tags and formats of flow logs. It
//! takes no subscription filter that leads to a destination.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, ensure};
use aws_config::SdkConfig;
use aws_sdk_organizations::Client as Organizations;
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use local::aws::Aws;
use local::fault_proxy::{Fault, FaultProxy, Rule};
use local::moto::Moto;
use tempfile::TempDir;

use super::{Bootstrap, REGION};

/// The account of every credential that the stand-in doesn't know.
pub const SECOND_MANAGEMENT: &str = "123456789012";

/// The organization, the stand-in and the program.
pub struct Second {
    /// Clients that go past the proxy.
    pub aws: Aws,
    /// What the program's calls go through.
    pub proxy: FaultProxy,
    /// The program.
    pub bootstrap: Bootstrap,
    /// The logging account, then the members.
    pub accounts: Vec<String>,
    /// A folder for files.
    pub folder: TempDir,
    _moto: Moto,
}

impl Second {
    /// Starts a stand-in, makes an organization with two members, and writes a configuration with these
    /// tables behind `[organization]`.
    ///
    /// # Errors
    /// When the stand-in doesn't start, or refuses something.
    pub async fn new(tables: &str) -> anyhow::Result<Self> {
        Self::with(two_members, tables).await
    }

    /// The same with another organization: `organization` makes it, and answers with its accounts, the
    /// logging account first.
    ///
    /// # Errors
    /// When the stand-in doesn't start, or refuses something.
    pub async fn with(
        organization: impl AsyncFnOnce(&Aws) -> anyhow::Result<Vec<String>>,
        tables: &str,
    ) -> anyhow::Result<Self> {
        let moto = Moto::start()?;
        let aws = Aws::new(moto.endpoint(), REGION).await;
        let accounts = organization(&aws).await?;
        let proxy = FaultProxy::start(moto.endpoint())?;
        // moto answers 500 to what it doesn't know, and AWS this.
        let unknown = Fault::answer(400, "UnknownOperationException");
        proxy.add(Rule::every("DescribeAccountPolicies", unknown));
        let folder = tempfile::tempdir()?;
        let bootstrap = Bootstrap {
            endpoint: proxy.endpoint().to_owned(),
            credentials: ("local".to_owned(), "local".to_owned(), None),
            config: folder.path().join("tributary.toml"),
        };
        let second = Self {
            aws,
            proxy,
            bootstrap,
            accounts,
            folder,
            _moto: moto,
        };
        second.configure(tables)?;
        Ok(second)
    }

    /// Writes the configuration anew: lines of `[organization]`, and tables.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn configure(&self, tables: &str) -> anyhow::Result<()> {
        let text = format!(
            "[central]\naccount = \"{}\"\nregion = \"{REGION}\"\nstream = \"tributary-logs\"\non_demand = true\n\
             destination = \"tributary\"\n[organization]\n{tables}",
            self.accounts[0]
        );
        std::fs::write(&self.bootstrap.config, text).context("the configuration can't be written")
    }

    /// The configuration that acts in an account, by the access role.
    ///
    /// # Errors
    /// When the role can't be assumed.
    pub async fn account(&self, account: &str) -> anyhow::Result<SdkConfig> {
        let base = self.aws.account(SECOND_MANAGEMENT);
        if account == SECOND_MANAGEMENT {
            return Ok(base);
        }
        let role = format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole");
        let assumed = aws_sdk_sts::Client::new(&base)
            .assume_role()
            .role_arn(role)
            .role_session_name("test");
        let keys = assumed
            .send()
            .await?
            .credentials
            .context("no credentials")?;
        let token = Some(keys.session_token);
        let keys = Credentials::new(
            keys.access_key_id,
            keys.secret_access_key,
            token,
            None,
            "test",
        );
        let provider = SharedCredentialsProvider::new(keys);
        Ok(base.into_builder().credentials_provider(provider).build())
    }

    /// A call to EC2 in an account, whose answer is XML. The stand-in reads the account out of the access
    /// key and checks no signature.
    ///
    /// # Errors
    /// When the stand-in refuses it.
    pub async fn ec2(
        &self,
        account: &str,
        region: &str,
        parameters: &[(&str, &str)],
    ) -> anyhow::Result<String> {
        use aws_sdk_sts::config::ProvideCredentials;
        let config = self.account(account).await?;
        let provider = config.credentials_provider().context("no credentials")?;
        let key = provider
            .provide_credentials()
            .await?
            .access_key_id()
            .to_owned();
        let endpoint = self.aws.endpoint().to_owned();
        let form: BTreeMap<String, String> = parameters
            .iter()
            .chain(&[("Version", "2016-11-15")])
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/ec2/aws4_request, SignedHeaders=host, Signature=0"
        );
        let sent = tokio::task::spawn_blocking(move || {
            let agent: ureq::Agent = ureq::Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(Duration::from_secs(30)))
                .build()
                .into();
            let request = agent.post(&endpoint).header("authorization", authorization);
            let mut answer = request.send_form(form)?;
            let text = answer.body_mut().read_to_string()?;
            ensure!(answer.status().is_success(), "EC2 answers {text}");
            Ok(text)
        });
        sent.await?
    }

    /// Makes a flow log of the account's default VPC into a log group. Returns the VPC.
    ///
    /// # Errors
    /// When the stand-in refuses it.
    pub async fn flow_log(
        &self,
        account: &str,
        region: &str,
        log_group: &str,
        format: &str,
    ) -> anyhow::Result<String> {
        let vpcs = self
            .ec2(account, region, &[("Action", "DescribeVpcs")])
            .await?;
        let vpc = between(&vpcs, "<vpcId>", "</vpcId>")
            .context("no VPC")?
            .to_owned();
        let mut logs = aws_sdk_cloudwatchlogs::config::Builder::from(&self.account(account).await?);
        logs.set_region(Some(aws_sdk_cloudwatchlogs::config::Region::new(
            region.to_owned(),
        )));
        let logs = aws_sdk_cloudwatchlogs::Client::from_conf(logs.build());
        logs.create_log_group()
            .log_group_name(log_group)
            .send()
            .await?;
        let iam = aws_sdk_iam::Client::new(&self.account(account).await?);
        let role = iam
            .create_role()
            .role_name(format!("theirs-{region}-{log_group}"));
        let role = role.assume_role_policy_document("{}").send().await?;
        let role = role.role.context("no role")?.arn;
        let parameters = [
            ("Action", "CreateFlowLogs"),
            ("ResourceType", "VPC"),
            ("ResourceId.1", &vpc),
            ("TrafficType", "ALL"),
            ("LogGroupName", log_group),
            ("LogFormat", format),
            ("DeliverLogsPermissionArn", &role),
        ];
        self.ec2(account, region, &parameters).await?;
        Ok(vpc)
    }
}

/// Makes an organization of a logging account and two members.
async fn two_members(aws: &Aws) -> anyhow::Result<Vec<String>> {
    let client = Organizations::new(&aws.account(SECOND_MANAGEMENT));
    client.create_organization().send().await?;
    let mut accounts = Vec::new();
    for name in ["log-archive", "shop", "payments"] {
        let email = format!("{name}@example.com");
        let made = client.create_account().account_name(name).email(email);
        let made = made.send().await?.create_account_status;
        accounts.push(
            made.and_then(|made| made.account_id)
                .context("no account")?,
        );
    }
    Ok(accounts)
}

/// The text between two others, the first time that they are there.
#[must_use]
pub fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}
