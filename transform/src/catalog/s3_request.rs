//! The one request to S3: `GetObject`, signed.
//!
//! AWS, "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)" in the
//! S3 API reference: the path is encoded once, and the hash of the body is a header.

use std::time::SystemTime;

use aws_sdk_kinesis::config::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

use super::source::SourceError;

/// Who asks, where and when.
pub(super) struct Signer<'a> {
    pub credentials: Credentials,
    pub region: &'a str,
    pub time: SystemTime,
}

impl Signer<'_> {
    /// A signed request to get `url` with these headers.
    pub(super) fn get(
        self,
        url: &str,
        headers: &[(&str, &str)],
    ) -> Result<HttpRequest, SourceError> {
        let failed = |error: &dyn std::error::Error| {
            SourceError::Environment(format!("the request to S3 can't be made: {error}"))
        };
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let identity: Identity = self.credentials.into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name("s3")
            .time(self.time)
            .settings(settings)
            .build()
            .map_err(|error| failed(&error))?
            .into();
        let signable = SignableRequest::new(
            "GET",
            url,
            headers.iter().copied(),
            SignableBody::Bytes(b""),
        )
        .map_err(|error| failed(&error))?;
        let (signed, _) = sign(signable, &parameters)
            .map_err(|error| failed(&error))?
            .into_parts();
        let mut request = HttpRequest::get(url).map_err(|error| failed(&error))?;
        for &(name, value) in headers {
            request
                .headers_mut()
                .insert(name.to_owned(), value.to_owned());
        }
        for (name, value) in signed.headers() {
            request
                .headers_mut()
                .insert(name.to_owned(), value.to_owned());
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// The example "GET Object" of "Authenticating Requests: Using the Authorization Header".
    #[test]
    fn a_request_is_signed_as_the_example_of_aws() {
        let signer = Signer {
            credentials: Credentials::new(
                "AKIAIOSFODNN7EXAMPLE",
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                None,
                None,
                "example",
            ),
            region: "us-east-1",
            time: SystemTime::UNIX_EPOCH + Duration::from_hours(380_376),
        };
        let url = "https://examplebucket.s3.amazonaws.com/test.txt";
        let request = signer.get(url, &[("range", "bytes=0-9")]).unwrap();
        let authorization = request.headers().get("authorization").unwrap();
        assert!(
            authorization.ends_with(
                "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
            ),
            "{authorization}"
        );
        assert_eq!(
            request.headers().get("x-amz-date"),
            Some("20130524T000000Z")
        );
    }

    #[test]
    fn the_session_token_of_a_role_is_part_of_the_request() {
        let signer = Signer {
            credentials: Credentials::new("key", "secret", Some("token".into()), None, "role"),
            region: "eu-central-1",
            time: SystemTime::UNIX_EPOCH,
        };
        let request = signer
            .get("https://b.s3.eu-central-1.amazonaws.com/k", &[])
            .unwrap();
        assert_eq!(request.headers().get("x-amz-security-token"), Some("token"));
        let authorization = request.headers().get("authorization").unwrap();
        assert!(
            authorization.contains("x-amz-security-token"),
            "{authorization}"
        );
    }
}
