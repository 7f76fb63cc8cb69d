//! The HTTP client: whole bodies in and out, signed by whoever asks, tried again while a server is busy.

use std::path::Path;
use std::time::{Duration, SystemTime};

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::Value;

use super::answer::Answer;
use super::auth::Signed;
use super::{Auth, Endpoint, SearchError, remedy};

const JSON: &str = "application/json";
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// A cluster under load takes a template only after what waits before it.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);
/// Tries of a request that the server is too busy for, each with a longer pause after it.
const TRIES: u32 = 4;
const BUSY: [u16; 4] = [429, 502, 503, 504];

/// A server, and who asks.
#[derive(Debug)]
pub struct Client {
    connector: Connector,
    endpoint: Endpoint,
    auth: Auth,
    first_pause: Duration,
    /// What a server that refuses should be asked for.
    permissions: &'static str,
    headers: Vec<(&'static str, String)>,
}

/// A request with what belongs to it.
#[derive(Debug, Clone, Copy)]
struct Request<'a> {
    method: &'static str,
    path: &'a str,
    content_type: Option<&'a str>,
    body: &'a [u8],
}

/// Certificates to trust beside the machine's own.
///
/// # Errors
/// When the file can't be read or holds no certificate.
pub fn certificates(file: &Path) -> Result<Vec<u8>, SearchError> {
    let wrong = |reason: String| SearchError::File {
        path: file.to_owned(),
        reason,
    };
    let pem = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    if String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
        return Ok(pem);
    }
    Err(wrong(
        "holds no certificate in PEM (-----BEGIN CERTIFICATE-----)".to_owned(),
    ))
}

impl Client {
    /// A client for a server; `certificates` in PEM are trusted beside the machine's own.
    ///
    /// # Errors
    /// When the certificates can't be used.
    pub fn new(
        endpoint: Endpoint,
        auth: Auth,
        certificates: Option<&[u8]>,
        first_pause: Duration,
    ) -> Result<Self, SearchError> {
        let mut trusted = TrustStore::default();
        if let Some(pem) = certificates {
            trusted = trusted.with_pem_certificate(pem);
        }
        let context = TlsContext::builder().with_trust_store(trusted).build();
        let context = context.map_err(|error| {
            SearchError::Credentials(format!(
                "the certificates of --ca-file can't be used: {}",
                chain(&error)
            ))
        })?;
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(CONNECT_WITHIN)
            .read_timeout(ANSWER_WITHIN);
        let connector = Connector::builder()
            .connector_settings(settings.build())
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(context)
            .build();
        Ok(Self {
            connector,
            endpoint,
            auth,
            first_pause,
            permissions: "",
            headers: Vec::new(),
        })
    }

    /// The same with what to say to somebody who isn't allowed something.
    pub fn with_permissions(mut self, permissions: &'static str) -> Self {
        self.permissions = permissions;
        self
    }

    /// The same with a header on every request.
    pub fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The server's address.
    pub fn url(&self) -> &str {
        self.endpoint.url()
    }

    /// GET.
    ///
    /// # Errors
    /// When no answer came, it is 401 or 403, or a block keeps the cluster from writing.
    pub async fn get(&self, path: &str) -> Result<Answer, SearchError> {
        self.send(Request {
            method: "GET",
            path,
            content_type: None,
            body: b"",
        })
        .await
    }

    /// DELETE.
    ///
    /// # Errors
    /// When no answer came, it is 401 or 403, or a block keeps the cluster from writing.
    pub async fn delete(&self, path: &str) -> Result<Answer, SearchError> {
        self.send(Request {
            method: "DELETE",
            path,
            content_type: None,
            body: b"",
        })
        .await
    }

    /// PUT of JSON.
    ///
    /// # Errors
    /// When no answer came, it is 401 or 403, or a block keeps the cluster from writing.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Answer, SearchError> {
        let body = body.to_string();
        self.send(Request {
            method: "PUT",
            path,
            content_type: Some(JSON),
            body: body.as_bytes(),
        })
        .await
    }

    /// POST of anything.
    ///
    /// # Errors
    /// When no answer came, it is 401 or 403, or a block keeps the cluster from writing.
    pub async fn post(
        &self,
        path: &str,
        content_type: &str,
        body: &[u8],
    ) -> Result<Answer, SearchError> {
        self.send(Request {
            method: "POST",
            path,
            content_type: Some(content_type),
            body,
        })
        .await
    }

    /// The error for an answer that isn't the one to expect.
    pub fn unexpected(&self, method: &'static str, path: &str, answer: &Answer) -> SearchError {
        let seen = matches!(self.auth, Auth::Basic(_)) && self.endpoint.is_readable_by_others();
        SearchError::Answer {
            url: self.url().to_owned(),
            method,
            path: path.to_owned(),
            status: answer.status,
            said: answer.said(),
            remedy: remedy::answer(answer.status, answer.location.as_deref(), seen),
        }
    }

    async fn send(&self, request: Request<'_>) -> Result<Answer, SearchError> {
        let mut pause = self.first_pause;
        let mut answer = self.once(request).await?;
        for _ in 1..TRIES {
            if !BUSY.contains(&answer.status) {
                break;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
            answer = self.once(request).await?;
        }
        self.refusal(request, &answer).map_or(Ok(answer), Err)
    }

    async fn once(&self, request: Request<'_>) -> Result<Answer, SearchError> {
        let url = format!("{}/{}", self.url(), request.path);
        let signed = Signed {
            method: request.method,
            url: &url,
            content_type: request.content_type,
            body: request.body,
            time: SystemTime::now(),
        };
        let mut headers = self.auth.headers(&signed).await?;
        let own = self
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        headers.extend(own);
        headers.extend(
            request
                .content_type
                .map(|value| ("content-type".to_owned(), value.to_owned())),
        );
        let made = made(request, &url, headers).map_err(|error| self.unreachable(&*error))?;
        let response = self.connector.call(made).await;
        let mut response = response.map_err(|error| self.unreachable(&error))?;
        let status = response.status().as_u16();
        let location = response.headers().get("location").map(str::to_owned);
        let body = ByteStream::new(response.take_body()).collect().await;
        let body = body.map_err(|error| self.unreachable(&error))?.to_vec();
        Ok(Answer {
            status,
            location,
            body,
        })
    }

    fn unreachable(&self, error: &(dyn std::error::Error + 'static)) -> SearchError {
        let reason = chain(error);
        SearchError::Unreachable {
            url: self.url().to_owned(),
            remedy: remedy::unreachable(&reason, self.url()),
            reason,
        }
    }

    fn refusal(&self, request: Request<'_>, answer: &Answer) -> Option<SearchError> {
        let (url, method, path) = (
            self.url().to_owned(),
            request.method,
            request.path.to_owned(),
        );
        let said = answer.said();
        if is_blocked(answer) {
            return Some(SearchError::Blocked {
                url,
                status: answer.status,
                method,
                path,
                said,
            });
        }
        match answer.status {
            401 => Some(SearchError::Unauthenticated {
                remedy: remedy::unknown(&self.auth),
                url,
                method,
                path,
                said,
            }),
            403 => Some(SearchError::Denied {
                remedy: remedy::denied(&self.auth, self.permissions),
                url,
                method,
                path,
                said,
            }),
            _ => None,
        }
    }
}

/// Whether a block keeps a cluster from writing, which it answers as 403, or as 429 above the highest watermark:
/// `cluster_block_exception`, `index_create_block_exception`.
fn is_blocked(answer: &Answer) -> bool {
    let refused = matches!(answer.status, 403 | 429);
    refused && answer.json().to_string().contains("block_exception")
}

fn made(
    request: Request<'_>,
    url: &str,
    headers: Vec<(String, String)>,
) -> Result<HttpRequest, Box<dyn std::error::Error + Send + Sync>> {
    let mut made = HttpRequest::new(SdkBody::from(request.body.to_vec()));
    made.set_method(request.method)?;
    made.set_uri(url.to_owned())?;
    for (name, value) in headers {
        made.headers_mut().try_insert(name, value)?;
    }
    if request.method != "GET" {
        let length = request.body.len().to_string();
        made.headers_mut().try_insert("content-length", length)?;
    }
    Ok(made)
}

/// An error with everything behind it, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let parts = std::iter::successors(Some(error), |&error| error.source());
    let mut texts: Vec<_> = parts.map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}
