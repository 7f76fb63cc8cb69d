//! The request as the specification has it: "HTTP endpoint delivery request and response specifications",
//! Amazon Data Firehose Developer Guide.

use std::io::Read;

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::read::GzDecoder;
use hyper::{Method, Request, body::Bytes};
use serde::Deserialize;

/// Bytes of a body before compression.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
const MOST_RECORDS: usize = 10_000;
const MOST_RECORD_BYTES: usize = 1_024_000;

/// What requests have to have.
#[derive(Debug, Clone)]
pub struct Expected {
    /// Path and query, as they are in the delivery stream's `Url`.
    pub path: String,
    /// The access key; without one, there is no such header.
    pub access_key: Option<String>,
    /// The delivery stream's ARN.
    pub source_arn: String,
    /// Whether bodies are compressed.
    pub gzip: bool,
}

/// A request that is as it should be.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) id: String,
    pub(super) records: Vec<Vec<u8>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    request_id: String,
    #[serde(rename = "timestamp")]
    _timestamp: u64,
    records: Vec<Record>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    data: String,
}

/// Reads a request.
///
/// # Errors
/// In words, where it is not as the specification or the delivery stream says.
pub(super) fn accept(request: &Request<Bytes>, expected: &Expected) -> Result<Accepted, String> {
    if request.method() != Method::POST {
        return Err(format!("method {}", request.method()));
    }
    let path = request
        .uri()
        .path_and_query()
        .map(hyper::http::uri::PathAndQuery::as_str);
    if path != Some(&expected.path) {
        return Err(format!("path {path:?}"));
    }
    let encoding = expected.gzip.then_some("gzip");
    for (name, value) in [
        ("Content-Type", Some("application/json")),
        ("Content-Encoding", encoding),
        ("X-Amz-Firehose-Protocol-Version", Some("1.0")),
        ("X-Amz-Firehose-Source-Arn", Some(&*expected.source_arn)),
        ("X-Amz-Firehose-Access-Key", expected.access_key.as_deref()),
    ] {
        let header = header(request, name);
        if header != value {
            return Err(format!("header {name} is {header:?}, not {value:?}"));
        }
    }
    let id = header(request, "X-Amz-Firehose-Request-Id").ok_or("no request id")?;
    let body = read(request.body(), expected.gzip)?;
    if body.request_id != id {
        return Err(format!("the body's id is {}, not {id}", body.request_id));
    }
    Ok(Accepted {
        id: id.to_owned(),
        records: records(&body.records)?,
    })
}

fn header<'a>(request: &'a Request<Bytes>, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

fn read(body: &Bytes, gzip: bool) -> Result<Body, String> {
    let mut plain = Vec::new();
    let mut limited: Box<dyn Read> = if gzip {
        Box::new(GzDecoder::new(body.as_ref()).take(MOST_BYTES + 1))
    } else {
        Box::new(body.as_ref().take(MOST_BYTES + 1))
    };
    let read = limited.read_to_end(&mut plain);
    read.map_err(|error| format!("body: {error}"))?;
    if plain.len() as u64 > MOST_BYTES {
        return Err("the body has more than 64 MiB".to_owned());
    }
    serde_json::from_slice(&plain).map_err(|error| format!("body: {error}"))
}

fn records(records: &[Record]) -> Result<Vec<Vec<u8>>, String> {
    if !(1..=MOST_RECORDS).contains(&records.len()) {
        return Err(format!("{} records", records.len()));
    }
    let data = |record: &Record| {
        let data = BASE64_STANDARD.decode(&record.data);
        let data = data.map_err(|error| format!("record: {error}"))?;
        if data.len() > MOST_RECORD_BYTES {
            return Err(format!("a record has {} bytes", data.len()));
        }
        Ok(data)
    };
    records.iter().map(data).collect()
}
