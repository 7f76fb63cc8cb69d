//! What the proxy noted of a request.

use std::time::Instant;

use hyper::{
    Request,
    body::Bytes,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap},
};

use super::records::Batch;

/// A request that went through the proxy.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The operation, `PutRecords` for example; method and path where the protocol names none.
    pub operation: String,
    /// The region that it was signed for, where it was signed.
    pub region: Option<String>,
    /// The body as it came.
    pub body: Bytes,
    /// When it arrived.
    pub at: Instant,
    /// The length of the HTTP body, in bytes.
    pub body_bytes: usize,
    /// For `PutRecords` and `PutRecordBatch`, the size of each record as the service counts it:
    /// data, decoded from base64, and partition key, in bytes.
    pub record_bytes: Vec<usize>,
    /// Whether a rule made it fail.
    pub faulted: bool,
}

/// What one request may hold, in the numbers of the service's API reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many records.
    pub records: usize,
    /// How many bytes in each record.
    pub record_bytes: usize,
    /// How many bytes in all records.
    pub request_bytes: usize,
}

impl Limits {
    /// Kinesis `PutRecords`, for a stream of the default maximum record size:
    /// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html>
    pub const PUT_RECORDS: Self = Self {
        records: 500,
        record_bytes: 1024 * 1024,
        request_bytes: 10 * 1024 * 1024,
    };
    /// Firehose `PutRecordBatch`:
    /// <https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html>
    pub const PUT_RECORD_BATCH: Self = Self {
        records: 500,
        record_bytes: 1_000 * 1024,
        request_bytes: 4 * 1024 * 1024,
    };
}

impl Observed {
    pub(super) fn new(request: &Request<Bytes>, batch: Option<&Batch>) -> Self {
        Self {
            operation: operation(request),
            region: region(request.headers()),
            body: request.body().clone(),
            at: Instant::now(),
            body_bytes: request.body().len(),
            record_bytes: batch.map(Batch::sizes).unwrap_or_default(),
            faulted: false,
        }
    }

    /// Returns whether the service would take a request of this size.
    #[must_use]
    pub fn is_within(&self, limits: Limits) -> bool {
        self.record_bytes.len() <= limits.records
            && self
                .record_bytes
                .iter()
                .all(|bytes| *bytes <= limits.record_bytes)
            && self.record_bytes.iter().sum::<usize>() <= limits.request_bytes
    }
}

pub(super) fn operation(request: &Request<Bytes>) -> String {
    let named = target(request.headers()).or_else(|| action(request));
    named.unwrap_or_else(|| format!("{} {}", request.method(), request.uri().path()))
}

/// The credential scope of the signature: `Credential=KEY/DATE/REGION/SERVICE/aws4_request`.
fn region(headers: &HeaderMap) -> Option<String> {
    let signature = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (_, scope) = signature.split_once("Credential=")?;
    scope.split('/').nth(2).map(str::to_owned)
}

/// The JSON protocol: `X-Amz-Target: Kinesis_20131202.PutRecords`.
fn target(headers: &HeaderMap) -> Option<String> {
    let target = headers.get("x-amz-target")?.to_str().ok()?;
    let (_, operation) = target.rsplit_once('.')?;
    Some(operation.to_owned())
}

/// The query protocol: `Action=CreateRole&…` in the body.
fn action(request: &Request<Bytes>) -> Option<String> {
    let content_type = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    if !content_type.starts_with("application/x-www-form-urlencoded") {
        return None;
    }
    let body = std::str::from_utf8(request.body()).ok()?;
    let mut parameters = body.split('&');
    let action = parameters.find_map(|parameter| parameter.strip_prefix("Action="))?;
    Some(action.to_owned())
}
