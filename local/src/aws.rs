//! SDK configurations for any account of the stand-in, where a twelve-digit access key is that
//! account's root.

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};

/// Makes SDK configurations for the accounts of one stand-in.
#[derive(Debug, Clone)]
pub struct Aws {
    base: SdkConfig,
    endpoint: String,
    objects: Option<String>,
    region: String,
}

impl Aws {
    /// For the stand-in at `endpoint` (`http://127.0.0.1:PORT`), everything in `region`.
    pub async fn new(endpoint: &str, region: &str) -> Self {
        let base = aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(endpoint)
            .region(Region::new(region.to_owned()))
            .credentials_provider(root_of("000000000000"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(RetryConfig::standard().with_max_attempts(5))
            .load()
            .await;
        Self {
            base,
            endpoint: endpoint.to_owned(),
            objects: None,
            region: region.to_owned(),
        }
    }

    /// The same with S3 at another address: our own control plane has none.
    #[must_use]
    pub fn with_objects_at(self, endpoint: &str) -> Self {
        Self {
            objects: Some(endpoint.to_owned()),
            ..self
        }
    }

    /// The address of S3.
    #[must_use]
    pub fn objects_endpoint(&self) -> &str {
        self.objects.as_ref().unwrap_or(&self.endpoint)
    }

    /// The configuration that acts as the root of `account` (twelve digits).
    #[must_use]
    pub fn account(&self, account: &str) -> SdkConfig {
        self.account_in(account, &self.region)
    }

    /// The same in another Region.
    #[must_use]
    pub fn account_in(&self, account: &str, region: &str) -> SdkConfig {
        self.base
            .clone()
            .into_builder()
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(root_of(account)))
            .build()
    }

    /// The stand-in's address.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The Region everything is in.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }
}

fn root_of(account: &str) -> Credentials {
    Credentials::new(account, "local", None, None, "local")
}
