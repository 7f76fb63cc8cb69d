//! One EC2 call: the query protocol (EC2 API Reference, "Query requests"), signed and repeated by the
//! SDK's own parts.

use std::error::Error;
use std::fmt;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use aws_types::service_config::ServiceConfigKey;

use super::{Answer, AwsError, Ec2, FlowLog, NewFlowLog, Page, Vpc, answers};

/// Version of the API (EC2 API Reference, "Common query parameters").
const VERSION: &str = "2016-11-15";

/// EC2 of one account and region.
pub struct AwsEc2 {
    config: SdkConfig,
    region: String,
    place: String,
}

/// What EC2 says instead of an answer.
#[derive(Debug)]
struct Refusal(ErrorMetadata);

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Error for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

impl AwsEc2 {
    /// Takes the configuration of an account, the region, and both in words, for messages.
    pub fn new(config: SdkConfig, region: &str, place: String) -> Self {
        Self {
            config,
            region: region.to_owned(),
            place,
        }
    }

    /// The answer to a call, as XML.
    async fn call(
        &self,
        action: &'static str,
        parameters: &[(String, String)],
    ) -> Result<String, AwsError> {
        let operation = self.operation(action);
        let answer = operation.invoke(form(action, parameters)).await;
        answer.map_err(|error| AwsError::from_sdk(action, &self.place, &error))
    }

    fn operation(&self, action: &'static str) -> Operation<String, String, Refusal> {
        let config = &self.config;
        let version = config.behavior_version();
        let retry = config.retry_config().cloned();
        let timeout = config.timeout_config().cloned();
        let mut builder = Operation::builder()
            // It names the retry budget, too: an account that throttles doesn't use up the others'.
            .service_name(format!("EC2 of {}", self.place))
            .operation_name(action)
            .behavior_version(version.unwrap_or_else(BehaviorVersion::latest))
            .endpoint_url(&endpoint(config, &self.region))
            .standard_retry(&retry.unwrap_or_else(RetryConfig::standard))
            .timeout_config(timeout.unwrap_or_else(TimeoutConfig::disabled))
            .retry_classifier(TransientErrorClassifier::<Refusal>::new())
            .retry_classifier(AwsErrorCodeClassifier::<Refusal>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .runtime_plugin(signing(config, &self.region));
        if let Some(client) = config.http_client() {
            builder = builder.http_client(client);
        }
        if let Some(sleep) = config.sleep_impl() {
            builder = builder.sleep_impl(sleep);
        }
        if let Some(time) = config.time_source() {
            builder = builder.time_source(time);
        }
        builder
            .serializer(|form: String| {
                let mut request = HttpRequest::new(SdkBody::from(form));
                request.set_method("POST")?;
                request.set_uri("/")?;
                let headers = request.headers_mut();
                headers.insert("content-type", "application/x-www-form-urlencoded");
                headers.insert(
                    "user-agent",
                    concat!("tributary/", env!("CARGO_PKG_VERSION")),
                );
                Ok(request)
            })
            .deserializer(read)
            .build()
    }

    fn unreadable(&self, action: &str, error: &roxmltree::Error) -> AwsError {
        let message = format!("the answer can't be read ({error})");
        AwsError::new(action, &self.place, "", &message)
    }

    /// The answer of a call that can fail with status 200.
    fn done(&self, action: &str, xml: &str) -> Result<(), AwsError> {
        match answers::unsuccessful(xml).map_err(|error| self.unreadable(action, &error))? {
            None => Ok(()),
            Some(wrong) => Err(AwsError::new(
                action,
                &self.place,
                &wrong.code,
                &wrong.message,
            )),
        }
    }
}

impl Ec2 for AwsEc2 {
    fn vpcs(&self, token: Option<String>) -> Answer<'_, Page<Vpc>> {
        Box::pin(async move {
            let xml = self.call("DescribeVpcs", &next(token)).await?;
            answers::vpcs(&xml).map_err(|error| self.unreadable("DescribeVpcs", &error))
        })
    }

    fn flow_logs<'a>(
        &'a self,
        resource: Option<&'a str>,
        token: Option<String>,
    ) -> Answer<'a, Page<FlowLog>> {
        Box::pin(async move {
            let mut parameters = next(token);
            if let Some(resource) = resource {
                parameters.push(pair("Filter.1.Name", "resource-id"));
                parameters.push(pair("Filter.1.Value.1", resource));
            }
            let xml = self.call("DescribeFlowLogs", &parameters).await?;
            answers::flow_logs(&xml).map_err(|error| self.unreadable("DescribeFlowLogs", &error))
        })
    }

    fn create_flow_log<'a>(&'a self, wanted: &'a NewFlowLog) -> Answer<'a, ()> {
        Box::pin(async move {
            let interval = wanted.interval_seconds.to_string();
            let mut parameters = vec![
                pair("ClientToken", &wanted.token),
                pair("ResourceType", "VPC"),
                pair("ResourceId.1", &wanted.vpc),
                pair("TrafficType", &wanted.traffic),
                pair("LogDestinationType", "cloud-watch-logs"),
                pair("LogGroupName", &wanted.log_group),
                pair("DeliverLogsPermissionArn", &wanted.role_arn),
                pair("MaxAggregationInterval", &interval),
                pair("TagSpecification.1.ResourceType", "vpc-flow-log"),
                pair("TagSpecification.1.Tag.1.Key", &wanted.tag.0),
                pair("TagSpecification.1.Tag.1.Value", &wanted.tag.1),
            ];
            parameters.extend(
                wanted
                    .format
                    .as_ref()
                    .map(|format| pair("LogFormat", format)),
            );
            let xml = self.call("CreateFlowLogs", &parameters).await?;
            self.done("CreateFlowLogs", &xml)
        })
    }

    fn delete_flow_log<'a>(&'a self, id: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let xml = self
                .call("DeleteFlowLogs", &[pair("FlowLogId.1", id)])
                .await?;
            self.done("DeleteFlowLogs", &xml)
        })
    }
}

fn form(action: &str, parameters: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", action)
        .append_pair("Version", VERSION)
        .extend_pairs(parameters)
        .finish()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn next(token: Option<String>) -> Vec<(String, String)> {
    let token = token.map(|token| ("NextToken".to_owned(), token));
    token.into_iter().collect()
}

fn read(response: &HttpResponse) -> Result<String, OrchestratorError<Refusal>> {
    let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default());
    if response.status().is_success() {
        return Ok(body.into_owned());
    }
    let metadata = match answers::wrong(&body) {
        Some(wrong) => ErrorMetadata::builder()
            .code(wrong.code)
            .message(wrong.message)
            .build(),
        None => ErrorMetadata::builder()
            .message(format!("status {}", response.status().as_u16()))
            .build(),
    };
    Err(OrchestratorError::operation(Refusal(metadata)))
}

/// Signature version 4 with the credentials of the account.
fn signing(config: &SdkConfig, region: &str) -> StaticRuntimePlugin {
    let mut layer = Layer::new("signing");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(SigV4OperationSigningConfig {
        region: Some(SigningRegion::from(Region::new(region.to_owned()))),
        name: Some(SigningName::from_static("ec2")),
        ..SigV4OperationSigningConfig::default()
    });
    let mut components = RuntimeComponentsBuilder::new("signing");
    components.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
    components.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
        StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
    )));
    if let Some(provider) = config.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(provider));
    }
    components.set_identity_cache(config.identity_cache());
    StaticRuntimePlugin::new()
        .with_config(layer.freeze())
        .with_runtime_components(components)
}

/// Where EC2 is: as the SDK's settings say, for this service or for all, or as its partition has it
/// (AWS General Reference, "Amazon EC2 endpoints").
fn endpoint(config: &SdkConfig, region: &str) -> String {
    let key = ServiceConfigKey::builder()
        .service_id("EC2")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build();
    let own = config
        .service_config()
        .zip(key.ok())
        .and_then(|(settings, key)| settings.load_config(key));
    if let Some(set) = own.or_else(|| config.endpoint_url().map(str::to_owned)) {
        return set;
    }
    let fips = if config.use_fips() == Some(true) {
        "-fips"
    } else {
        ""
    };
    let suffix = match (region, config.use_dual_stack()) {
        (region, Some(true)) if region.starts_with("cn-") => "api.amazonwebservices.com.cn",
        (region, _) if region.starts_with("cn-") => "amazonaws.com.cn",
        (region, _) if region.starts_with("eusc-") => "amazonaws.eu",
        (_, Some(true)) => "api.aws",
        _ => "amazonaws.com",
    };
    format!("https://ec2{fips}.{region}.{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_the_partitions_or_the_one_that_is_set() {
        let plain = SdkConfig::builder().build();
        for (region, url) in [
            ("eu-central-1", "https://ec2.eu-central-1.amazonaws.com"),
            ("cn-north-1", "https://ec2.cn-north-1.amazonaws.com.cn"),
            ("us-gov-west-1", "https://ec2.us-gov-west-1.amazonaws.com"),
        ] {
            assert_eq!(endpoint(&plain, region), url);
        }
        let fips = SdkConfig::builder().use_fips(true).build();
        assert_eq!(
            endpoint(&fips, "us-east-1"),
            "https://ec2-fips.us-east-1.amazonaws.com"
        );
        let own = SdkConfig::builder()
            .endpoint_url("http://127.0.0.1:1")
            .build();
        assert_eq!(endpoint(&own, "us-east-1"), "http://127.0.0.1:1");
    }
}
