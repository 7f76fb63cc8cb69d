//! Who asks: nobody in particular, a user with a password, or an AWS identity (Signature Version 4).

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;

use super::SearchError;

/// Who asks.
#[derive(Debug, Clone)]
pub enum Auth {
    /// Nobody in particular.
    None,
    /// The value of the header `Authorization`, for a user and a password.
    Basic(String),
    /// An AWS identity.
    SigV4 {
        /// Where its keys come from.
        credentials: SharedCredentialsProvider,
        /// The Region of the domain or collection.
        region: String,
        /// `es` (a domain) or `aoss` (a serverless collection).
        service: String,
    },
}

/// A request, as far as it is signed.
pub(super) struct Signed<'a> {
    pub method: &'static str,
    pub url: &'a str,
    pub content_type: Option<&'a str>,
    pub body: &'a [u8],
    pub time: SystemTime,
}

impl Auth {
    /// A user with a password: RFC 7617.
    pub fn basic(user: &str, password: &str) -> Self {
        let pair = aws_smithy_types::base64::encode(format!("{user}:{password}"));
        Self::Basic(format!("Basic {pair}"))
    }

    /// The headers that say who asks.
    pub(super) async fn headers(
        &self,
        request: &Signed<'_>,
    ) -> Result<Vec<(String, String)>, SearchError> {
        match self {
            Self::None => Ok(Vec::new()),
            Self::Basic(value) => Ok(vec![("authorization".to_owned(), value.clone())]),
            Self::SigV4 {
                credentials,
                region,
                service,
            } => {
                let credentials = credentials.provide_credentials().await;
                let credentials = credentials
                    .map_err(|error| SearchError::Credentials(no_credentials(&error)))?;
                signature(request, credentials, region, service).map_err(|error| {
                    SearchError::Credentials(format!("the request can't be signed: {error}"))
                })
            }
        }
    }
}

fn no_credentials(error: &dyn std::error::Error) -> String {
    format!(
        "no usable AWS credentials to sign with ({}): set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        super::client::chain(error)
    )
}

/// AWS, "Signing HTTP requests to Amazon OpenSearch Service"; a serverless collection also wants the
/// hash of the body in `x-amz-content-sha256`, and a domain takes it.
fn signature(
    request: &Signed<'_>,
    credentials: Credentials,
    region: &str,
    service: &str,
) -> Result<Vec<(String, String)>, Box<dyn std::error::Error + Send + Sync>> {
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let identity: Identity = credentials.into();
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(request.time)
        .settings(settings)
        .build()?
        .into();
    let headers = request.content_type.map(|value| ("content-type", value));
    let body = SignableBody::Bytes(request.body);
    let signable = SignableRequest::new(request.method, request.url, headers.into_iter(), body)?;
    let (signed, _) = sign(signable, &parameters)?.into_parts();
    let header = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Ok(signed.headers().map(header).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_and_a_password_are_the_example_of_the_rfc() {
        let Auth::Basic(value) = Auth::basic("Aladdin", "open sesame") else {
            panic!("not basic");
        };
        assert_eq!(value, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }

    #[test]
    fn service_region_token_and_the_hash_of_the_body_are_signed() {
        let request = Signed {
            method: "PUT",
            url: "https://logs.eu-central-1.aoss.amazonaws.com/_index_template/tributary",
            content_type: Some("application/json"),
            body: b"{}",
            time: SystemTime::UNIX_EPOCH,
        };
        let credentials = Credentials::new("key", "secret", Some("token".into()), None, "test");
        let headers = signature(&request, credentials, "eu-central-1", "aoss").unwrap();
        let header = |name: &str| {
            let found = headers.iter().find(|(other, _)| other == name);
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let authorization = header("authorization");
        assert!(
            authorization.contains("/19700101/eu-central-1/aoss/aws4_request"),
            "{authorization}"
        );
        assert!(
            authorization
                .contains("content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token")
        );
        assert_eq!(header("x-amz-security-token"), "token");
        let empty_object = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(header("x-amz-content-sha256"), empty_object);
    }
}
