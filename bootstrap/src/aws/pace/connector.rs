//! The HTTP client that keeps the pace.

use std::sync::Arc;
use std::time::Instant;

use super::Paces;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

/// What services answer to too many calls: error codes and, for those that have no code of their own
/// for it, words.
const THROTTLED: [&str; 4] = [
    "Throttl",
    "TooManyRequests",
    "RequestLimitExceeded",
    "SlowDown",
];

/// An HTTP client of one account, at its pace.
#[derive(Debug, Clone)]
pub struct Paced {
    inner: SharedHttpClient,
    paces: Arc<Paces>,
}

impl Paced {
    /// Paces `inner`.
    pub fn shared(inner: SharedHttpClient, paces: Arc<Paces>) -> SharedHttpClient {
        SharedHttpClient::new(Self { inner, paces })
    }
}

impl HttpClient for Paced {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(PacedConnector {
            inner: self.inner.http_connector(settings, components),
            paces: Arc::clone(&self.paces),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

#[derive(Debug)]
struct PacedConnector {
    inner: SharedHttpConnector,
    paces: Arc<Paces>,
}

impl HttpConnector for PacedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, paces) = (self.inner.clone(), Arc::clone(&self.paces));
        HttpConnectorFuture::new(async move { paced(&inner, &paces, request).await })
    }
}

/// Sends a request at its turn, again while it is throttled and time is left.
async fn paced(
    inner: &SharedHttpConnector,
    paces: &Paces,
    mut request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let region = region(&request).unwrap_or_default();
    let (whole, pace) = (
        paces.of_region(&region),
        paces.of(&region, &operation(&request)),
    );
    let started = Instant::now();
    loop {
        // A body that can only be read once can't be sent again.
        let again = request.try_clone();
        if let Some(whole) = &whole {
            whole.turn().await;
        }
        let at = pace.turn().await;
        let mut response = inner.call(request).await?;
        if !is_throttled(&mut response).await? {
            pace.passed();
            return Ok(response);
        }
        pace.refused(at);
        match again {
            Some(again) if started.elapsed() < paces.patience => request = again,
            _ => return Ok(response),
        }
    }
}

/// Region and service of the signature: `eu-central-1/logs`.
fn region(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get("authorization")?;
    let (_, scope) = header.split_once("Credential=")?;
    let mut parts = scope.split(',').next()?.split('/').skip(2);
    Some(format!("{}/{}", parts.next()?, parts.next()?))
}

/// The operation: named by a header in the JSON protocol, by the form in the query protocol, and by
/// the method in that of S3.
fn operation(request: &HttpRequest) -> String {
    let of_form = || {
        let body = std::str::from_utf8(request.body().bytes()?).ok()?;
        let mut fields = body.split('&');
        fields.find_map(|field| field.strip_prefix("Action="))
    };
    let target = request.headers().get("x-amz-target");
    target
        .or_else(of_form)
        .unwrap_or(request.method())
        .to_owned()
}

/// Whether the answer says that there were too many calls. Its body is read for that, and put back.
async fn is_throttled(response: &mut HttpResponse) -> Result<bool, ConnectorError> {
    if !matches!(response.status().as_u16(), 400 | 403 | 429 | 503) {
        return Ok(false);
    }
    let body = ByteStream::new(response.take_body()).collect().await;
    let body = body.map_err(|error| ConnectorError::io(error.into()))?;
    let bytes = body.into_bytes();
    let header = response.headers().get("x-amzn-errortype");
    let throttled = says_throttled(&String::from_utf8_lossy(&bytes), header);
    *response.body_mut() = SdkBody::from(bytes);
    Ok(throttled)
}

/// Whether an error is a throttle by its code, or by the message that AWS gives with one. Names of log
/// groups and of whatever else the message quotes say nothing.
fn says_throttled(text: &str, header: Option<&str>) -> bool {
    let between = |before: &str, after: &str| {
        let (_, rest) = text.split_once(before)?;
        rest.split_once(after).map(|(code, _)| code)
    };
    let of_json = || between("\"__type\":", ",").or_else(|| between("\"__type\":", "}"));
    let code = header
        .or_else(of_json)
        .or_else(|| between("<Code>", "</Code>"))
        .unwrap_or_default();
    THROTTLED.iter().any(|words| code.contains(words)) || text.contains("Rate exceeded")
}

#[cfg(test)]
mod tests {
    use super::says_throttled;

    #[test]
    fn a_throttle_is_known_by_its_code_and_not_by_names_in_its_message() {
        for text in [
            r#"{"__type":"ThrottlingException","message":"slow down"}"#,
            r#"{"message":"Rate exceeded","__type":"LimitExceededException"}"#,
            r#"{"__type": "com.amazonaws.organizations#TooManyRequestsException"}"#,
            "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>",
        ] {
            assert!(says_throttled(text, None), "{text}");
        }
        let names = r#"{"__type":"ResourceNotFoundException","message":"no log group /app/Throttler, SlowDown"}"#;
        assert!(!says_throttled(names, None));
        assert!(says_throttled(names, Some("ThrottlingException")));
        assert!(!says_throttled("", None));
    }
}
