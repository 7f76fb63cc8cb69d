//! The AWS clients: built when first needed, one for each service and region.
//!
//! Most invocations put nothing anywhere, and a client costs milliseconds of a cold start.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_kinesis::config::retry::RetryConfig;
use aws_sdk_kinesis::config::timeout::TimeoutConfig;
use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use super::{Outgoing, Refused, RequestError, Service, Streams, Target, firehose, kinesis};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// Kinesis and Firehose, called with the function's own credentials.
#[derive(Debug, Default)]
pub struct AwsStreams {
    kinesis: HashMap<String, aws_sdk_kinesis::Client>,
    firehose: HashMap<String, aws_sdk_firehose::Client>,
}

impl Streams for AwsStreams {
    async fn put(
        &mut self,
        target: &Target,
        records: &[Outgoing],
    ) -> Result<Vec<Refused>, RequestError> {
        match target.service {
            Service::Kinesis => kinesis::put(self.kinesis(&target.region)?, target, records).await,
            Service::Firehose => {
                firehose::put(self.firehose(&target.region)?, target, records).await
            }
        }
    }
}

impl AwsStreams {
    fn kinesis(&mut self, region: &str) -> Result<&aws_sdk_kinesis::Client, RequestError> {
        if !self.kinesis.contains_key(region) {
            let mut config = aws_sdk_kinesis::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(region.to_owned()))
                .credentials_provider(credentials()?)
                .http_client(https())
                .retry_config(RetryConfig::disabled())
                .timeout_config(timeouts());
            config.set_endpoint_url(endpoint("AWS_ENDPOINT_URL_KINESIS"));
            self.kinesis.insert(
                region.to_owned(),
                aws_sdk_kinesis::Client::from_conf(config.build()),
            );
        }
        Ok(&self.kinesis[region])
    }

    fn firehose(&mut self, region: &str) -> Result<&aws_sdk_firehose::Client, RequestError> {
        if !self.firehose.contains_key(region) {
            let mut config = aws_sdk_firehose::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(region.to_owned()))
                .credentials_provider(credentials()?)
                .http_client(https())
                .retry_config(RetryConfig::disabled())
                .timeout_config(timeouts());
            config.set_endpoint_url(endpoint("AWS_ENDPOINT_URL_FIREHOSE"));
            self.firehose.insert(
                region.to_owned(),
                aws_sdk_firehose::Client::from_conf(config.build()),
            );
        }
        Ok(&self.firehose[region])
    }
}

fn https() -> SharedHttpClient {
    Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}

/// The credentials that Lambda gives to the function, by environment variables.
pub(crate) fn credentials() -> Result<Credentials, RequestError> {
    let needed = |name: &str| {
        std::env::var(name).map_err(|_| RequestError {
            retryable: false,
            message: format!("{name} is not set: run inside Lambda, with an execution role"),
        })
    };
    let (key, secret) = (
        needed("AWS_ACCESS_KEY_ID")?,
        needed("AWS_SECRET_ACCESS_KEY")?,
    );
    let token = std::env::var("AWS_SESSION_TOKEN")
        .ok()
        .filter(|token| !token.is_empty());
    Ok(Credentials::new(key, secret, token, None, "environment"))
}

/// An endpoint other than AWS's own: for this service, or for all.
pub(crate) fn endpoint(variable: &str) -> Option<String> {
    let given = |name| std::env::var(name).ok().filter(|url| !url.is_empty());
    given(variable).or_else(|| given("AWS_ENDPOINT_URL"))
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build()
}
