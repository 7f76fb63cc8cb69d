//! What an endpoint is sent ("Request format").

use super::super::ids;
use super::super::requests::Document;
use super::settings::Endpoint;
use crate::cloudwatch::envelope::gzip;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;

/// A request, the same on every try.
#[derive(Debug)]
pub(super) struct Request {
    /// Its id.
    pub(super) id: String,
    /// Where it goes.
    pub(super) url: String,
    /// Its headers, names and values.
    pub(super) headers: Vec<(&'static str, String)>,
    /// Its body, compressed where that was asked for.
    pub(super) body: Vec<u8>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    request_id: &'a str,
    timestamp: i64,
    records: Vec<Record>,
}

#[derive(Serialize)]
struct Record {
    data: String,
}

impl Request {
    /// A new request of these documents from the delivery stream `arn`.
    pub(super) fn new(endpoint: &Endpoint, arn: &str, documents: &[Document]) -> Self {
        let id = ids::unique();
        let body = Body {
            request_id: &id,
            timestamp: ids::now(),
            records: documents.iter().map(record).collect(),
        };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        Self {
            headers: headers(endpoint, arn, &id),
            url: endpoint.url.clone(),
            body: if endpoint.gzip {
                gzip(&body).unwrap_or_default()
            } else {
                body
            },
            id,
        }
    }
}

fn record(document: &Document) -> Record {
    Record {
        data: STANDARD.encode(&document.data),
    }
}

fn headers(endpoint: &Endpoint, arn: &str, id: &str) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("Content-Type", "application/json".to_owned()),
        ("X-Amz-Firehose-Protocol-Version", "1.0".to_owned()),
        ("X-Amz-Firehose-Request-Id", id.to_owned()),
        ("X-Amz-Firehose-Source-Arn", arn.to_owned()),
    ];
    if endpoint.gzip {
        headers.push(("Content-Encoding", "gzip".to_owned()));
    }
    if let Some(key) = &endpoint.access_key {
        headers.push(("X-Amz-Firehose-Access-Key", key.clone()));
    }
    if !endpoint.common_attributes.is_empty() {
        let attributes = serde_json::json!({"commonAttributes": endpoint.common_attributes});
        headers.push(("X-Amz-Firehose-Common-Attributes", attributes.to_string()));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn document(data: &[u8]) -> Document {
        Document {
            data: data.to_vec(),
            arrival: 0,
            id: String::new(),
            data_id: String::new(),
        }
    }

    #[test]
    fn a_request_has_the_headers_and_the_body_of_the_specification() {
        let mut endpoint = Endpoint::new("https://example.com/a?b=c");
        endpoint.access_key = Some("key".to_owned());
        let attributes = [("device-types".to_owned(), String::new())];
        endpoint.common_attributes = attributes.into();
        let request = Request::new(&endpoint, "arn:s", &[document(b"hello"), document(b"")]);
        let names: Vec<&str> = request.headers.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            [
                "Content-Type",
                "X-Amz-Firehose-Protocol-Version",
                "X-Amz-Firehose-Request-Id",
                "X-Amz-Firehose-Source-Arn",
                "X-Amz-Firehose-Access-Key",
                "X-Amz-Firehose-Common-Attributes",
            ]
        );
        assert_eq!(
            request.headers[5].1,
            r#"{"commonAttributes":{"device-types":""}}"#
        );
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body["requestId"], request.id);
        assert!(body["timestamp"].is_i64());
        assert_eq!(
            body["records"].to_string(),
            r#"[{"data":"aGVsbG8="},{"data":""}]"#
        );
    }

    #[test]
    fn a_compressed_body_says_so() {
        let mut endpoint = Endpoint::new("https://example.com/");
        endpoint.gzip = true;
        let request = Request::new(&endpoint, "arn:s", &[document(b"hello")]);
        assert!(
            request
                .headers
                .contains(&("Content-Encoding", "gzip".to_owned()))
        );
        let mut text = String::new();
        let mut gzip = flate2::read::GzDecoder::new(request.body.as_slice());
        gzip.read_to_string(&mut text).unwrap();
        assert!(text.contains("aGVsbG8="), "{text}");
    }
}
