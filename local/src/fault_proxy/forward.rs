//! Passing requests on.

use anyhow::Context;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode, Uri,
    body::Bytes,
    header::{CONNECTION, CONTENT_LENGTH, EXPECT, HeaderMap, TRANSFER_ENCODING},
    http::uri::Authority,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use crate::http_server::NoAnswer;

/// The stand-in behind the proxy.
#[derive(Debug)]
pub(crate) struct Upstream {
    client: Client<HttpConnector, Full<Bytes>>,
    authority: Authority,
}

impl Upstream {
    pub(crate) fn new(endpoint: &str) -> anyhow::Result<Self> {
        let uri: Uri = endpoint
            .parse()
            .with_context(|| format!("{endpoint} is not an address"))?;
        let authority = uri.authority().cloned();
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            authority: authority.with_context(|| format!("{endpoint} names no host"))?,
        })
    }

    /// Passes a request on with its own headers, the host among them: they are what was signed.
    pub(crate) async fn send(
        &self,
        mut request: Request<Bytes>,
    ) -> Result<Response<Bytes>, NoAnswer> {
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = Uri::builder()
            .scheme("http")
            .authority(self.authority.clone())
            .path_and_query(path.map_or_else(|| "/".to_owned(), |path| path.to_string()))
            .build()
            .map_err(|_| NoAnswer)?;
        remove_connection_headers(request.headers_mut());
        // The length is that of the body, which a rule may have changed.
        request.headers_mut().remove(CONTENT_LENGTH);
        let Ok(response) = self.client.request(request.map(Full::new)).await else {
            let mut response = Response::new(Bytes::from("the stand-in behind the proxy is gone"));
            *response.status_mut() = StatusCode::BAD_GATEWAY;
            return Ok(response);
        };
        let (mut head, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| NoAnswer)?.to_bytes();
        remove_connection_headers(&mut head.headers);
        Ok(Response::from_parts(head, body))
    }
}

/// These are about the connection, which is another one on each side of the proxy.
fn remove_connection_headers(headers: &mut HeaderMap) {
    for name in [CONNECTION, EXPECT, TRANSFER_ENCODING] {
        headers.remove(name);
    }
}
