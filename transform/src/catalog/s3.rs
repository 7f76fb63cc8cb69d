//! A catalog in S3, read by the function's own credentials.
//!
//! `GetObject` by hand: the SDK's client for S3 would be a third of the function's size.

use std::fmt::Write;
use std::time::SystemTime;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::byte_stream::ByteStream;

use super::s3_request::Signer;
use super::source::{Content, SourceError, too_large};
use crate::streams::{credentials, endpoint};

/// Names the bucket's Region, also in an answer that refuses the request.
const BUCKET_REGION: &str = "x-amz-bucket-region";

/// An object.
#[derive(Debug)]
pub(super) struct Object {
    bucket: String,
    key: String,
    /// Where the bucket is, once S3 has said so; the function's own Region is tried first.
    region: Option<String>,
    /// Built when it is first needed: reading the machine's certificates takes milliseconds.
    connector: Option<Connector>,
}

impl Object {
    pub(super) fn new(bucket: String, key: String) -> Self {
        Self {
            bucket,
            key,
            region: None,
            connector: None,
        }
    }

    /// Gets the object, unless it is still the one with this `ETag`.
    pub(super) async fn read(&mut self, tag: Option<&str>) -> Result<Content, SourceError> {
        let region = self.region()?;
        let mut response = self.get(&region, tag).await?;
        // A bucket in another Region is said once, and remembered.
        if let Some(there) = elsewhere(&response, &region) {
            response = self.get(&there, tag).await?;
            self.region = Some(there);
        }
        match response.status().as_u16() {
            200 => {
                let tag = response.headers().get("etag").map(str::to_owned);
                let json = body(&mut response).await?;
                Ok(Content::New { json, tag })
            }
            304 => Ok(Content::Unchanged),
            status => Err(refusal(status, &mut response).await),
        }
    }

    fn region(&self) -> Result<String, SourceError> {
        let own = || {
            std::env::var("AWS_REGION").map_err(|_| {
                SourceError::Environment("AWS_REGION is not set: run inside Lambda".to_owned())
            })
        };
        self.region.clone().map_or_else(own, Ok)
    }

    async fn get(&mut self, region: &str, tag: Option<&str>) -> Result<HttpResponse, SourceError> {
        let endpoint = endpoint("AWS_ENDPOINT_URL_S3");
        let url = url(endpoint.as_deref(), region, &self.bucket, &self.key);
        let signer = Signer {
            credentials: credentials().map_err(|error| SourceError::Environment(error.message))?,
            region,
            time: SystemTime::now(),
        };
        let known: Vec<_> = tag.map(|tag| ("if-none-match", tag)).into_iter().collect();
        let request = signer.get(&url, &known)?;
        let connector = self.connector.get_or_insert_with(|| {
            Connector::builder()
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .build()
        });
        connector
            .call(request)
            .await
            .map_err(|error: ConnectorError| SourceError::Unreachable(chain(&error)))
    }
}

/// The address of an object: AWS, "Virtual hosting of general purpose buckets". An endpoint of one's
/// own, and a name with dots, which no certificate covers, take the bucket in the path.
fn url(endpoint: Option<&str>, region: &str, bucket: &str, key: &str) -> String {
    let key = encoded(key);
    if let Some(endpoint) = endpoint {
        return format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/'));
    }
    let domain = domain(region);
    if bucket.contains('.') {
        format!("https://s3.{region}.{domain}/{bucket}/{key}")
    } else {
        format!("https://{bucket}.s3.{region}.{domain}/{key}")
    }
}

/// The domain of a Region's endpoints, by its partition.
fn domain(region: &str) -> &'static str {
    let domains = [
        ("cn-", "amazonaws.com.cn"),
        ("eusc-", "amazonaws.eu"),
        ("us-isob-", "sc2s.sgov.gov"),
        ("us-isof-", "csp.hci.ic.gov"),
        ("us-iso-", "c2s.ic.gov"),
        ("eu-isoe-", "cloud.adc-e.uk"),
    ];
    let found = domains
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix));
    found.map_or("amazonaws.com", |(_, domain)| domain)
}

/// A key as it stands in an address.
fn encoded(key: &str) -> String {
    let mut text = String::with_capacity(key.len());
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// The Region that an answer sends us to, where the bucket is in another one than was asked.
fn elsewhere(response: &HttpResponse, region: &str) -> Option<String> {
    let sent_away = matches!(response.status().as_u16(), 301 | 307 | 400);
    let there = response.headers().get(BUCKET_REGION)?;
    (sent_away && there != region).then(|| there.to_owned())
}

/// The body of an answer, of at most the size of a catalog.
async fn body(response: &mut HttpResponse) -> Result<Vec<u8>, SourceError> {
    let mut stream = ByteStream::new(response.take_body());
    let mut text = Vec::new();
    while let Some(piece) = stream.next().await {
        text.extend_from_slice(&piece.map_err(|error| SourceError::Unreachable(chain(&error)))?);
        too_large(text.len())?;
    }
    Ok(text)
}

async fn refusal(status: u16, response: &mut HttpResponse) -> SourceError {
    let text = body(response).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let code = text
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"))
        .map_or("", |(code, _)| code);
    let said = format!("status {status} {code}").trim_end().to_owned();
    match status {
        404 => SourceError::Missing(format!("S3 knows no such object ({said})")),
        401 | 403 => SourceError::Denied(format!("S3 refuses it ({said})")),
        _ => SourceError::Answer(said),
    }
}

/// An error with everything behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let parts = std::iter::successors(Some(error), |&error| error.source());
    let mut texts: Vec<_> = parts.map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_s_address_names_its_bucket_in_the_host_or_in_the_path() {
        for (endpoint, region, bucket, key, wanted) in [
            (
                None,
                "eu-central-1",
                "logs",
                "a/b.json",
                "https://logs.s3.eu-central-1.amazonaws.com/a/b.json",
            ),
            (
                None,
                "eu-central-1",
                "logs.x",
                "k",
                "https://s3.eu-central-1.amazonaws.com/logs.x/k",
            ),
            (
                None,
                "cn-north-1",
                "logs",
                "k",
                "https://logs.s3.cn-north-1.amazonaws.com.cn/k",
            ),
            (
                None,
                "eusc-de-east-1",
                "logs",
                "k",
                "https://logs.s3.eusc-de-east-1.amazonaws.eu/k",
            ),
            (
                Some("http://127.0.0.1:4566/"),
                "eu-central-1",
                "logs",
                "k",
                "http://127.0.0.1:4566/logs/k",
            ),
            (
                None,
                "us-east-1",
                "logs",
                "a b+ü?",
                "https://logs.s3.us-east-1.amazonaws.com/a%20b%2B%C3%BC%3F",
            ),
        ] {
            assert_eq!(url(endpoint, region, bucket, key), wanted);
        }
    }
}
