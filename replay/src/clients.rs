//! The AWS clients: credentials, profiles and endpoints by the SDK's own conventions.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use crate::error::Error;

/// Where S3 is asked for a bucket's own Region, if nothing says another one.
const ANY_REGION: &str = "us-east-1";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// Makes clients.
#[derive(Debug)]
pub struct Clients(SdkConfig);

impl Clients {
    /// By the environment and profiles; the Region `otherwise`, or any, where none is set.
    pub async fn new(otherwise: Option<&str>) -> Self {
        let https = Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let mut config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(https)
            .retry_config(RetryConfig::standard().with_max_attempts(5))
            .load()
            .await;
        if config.region().is_none() {
            let region = Region::new(otherwise.unwrap_or(ANY_REGION).to_owned());
            config = config.into_builder().region(region).build();
        }
        Self(config)
    }

    /// Fails where there are no credentials, before anything is tried.
    ///
    /// # Errors
    /// [`Error::Credentials`]
    pub async fn check(&self) -> Result<(), Error> {
        let missing = |why: String| Error::Credentials(why);
        let provider = self.0.credentials_provider();
        let provider = provider.ok_or_else(|| missing("no provider".to_owned()))?;
        let found = provider.provide_credentials().await;
        found.map(|_| ()).map_err(|error| {
            let error = aws_sdk_s3::error::DisplayErrorContext(error);
            missing(error.to_string())
        })
    }

    /// S3, by path where an endpoint of one's own stands for it.
    #[must_use]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let own = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|url| !url.is_empty()));
        let config = aws_sdk_s3::config::Builder::from(&self.0).force_path_style(own);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// Kinesis in `region`, which repeats nothing by itself.
    #[must_use]
    pub fn kinesis(&self, region: &str) -> aws_sdk_kinesis::Client {
        aws_sdk_kinesis::Client::new(&self.once(region))
    }

    /// Firehose in `region`, which repeats nothing by itself.
    #[must_use]
    pub fn firehose(&self, region: &str) -> aws_sdk_firehose::Client {
        aws_sdk_firehose::Client::new(&self.once(region))
    }

    /// A request whose answer is lost must not be made again unseen: the records would arrive twice.
    fn once(&self, region: &str) -> SdkConfig {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT);
        self.0
            .clone()
            .into_builder()
            .region(Region::new(region.to_owned()))
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts.build())
            .build()
    }
}
