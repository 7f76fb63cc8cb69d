//! The records of a `PutRecords` (Kinesis) or `PutRecordBatch` (Firehose), and failures among them.

use base64::{Engine, engine::general_purpose::STANDARD};
use hyper::{
    Request, Response, StatusCode,
    body::Bytes,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue},
};
use serde_json::{Map, Value, json};

use super::{forward::Upstream, observed::operation, rule::MESSAGE};
use crate::http_server::NoAnswer;

/// The names of the answer's fields, which differ between the two services.
#[derive(Debug, Clone, Copy)]
struct Names {
    failed_count: &'static str,
    outcomes: &'static str,
}

/// A request of several records.
#[derive(Debug)]
pub(super) struct Batch {
    names: Names,
    records: Vec<Value>,
    /// What the request says beside its records.
    rest: Map<String, Value>,
}

impl Batch {
    /// Reads a request; nothing where it is not one of several records.
    pub(super) fn read(request: &Request<Bytes>) -> Option<Self> {
        let names = match operation(request).as_str() {
            "PutRecords" => Names {
                failed_count: "FailedRecordCount",
                outcomes: "Records",
            },
            "PutRecordBatch" => Names {
                failed_count: "FailedPutCount",
                outcomes: "RequestResponses",
            },
            _ => return None,
        };
        let mut rest: Map<String, Value> = serde_json::from_slice(request.body()).ok()?;
        let Some(Value::Array(records)) = rest.remove("Records") else {
            return None;
        };
        Some(Self {
            names,
            records,
            rest,
        })
    }

    /// Returns the size of each record as the service counts it, in bytes.
    pub(super) fn sizes(&self) -> Vec<usize> {
        let text = |record: &Value, name: &str| record[name].as_str().map(str::to_owned);
        let size = |record: &Value| {
            let data = text(record, "Data").and_then(|data| STANDARD.decode(data).ok());
            let key = text(record, "PartitionKey").unwrap_or_default();
            data.unwrap_or_default().len() + key.len()
        };
        self.records.iter().map(size).collect()
    }

    /// Returns the body of a request for the records that are not refused.
    fn without(&self, refused: &[bool]) -> Bytes {
        let pairs = self.records.iter().zip(refused);
        let kept = pairs.filter(|(_, refused)| !**refused);
        let records: Vec<&Value> = kept.map(|(record, _)| record).collect();
        let mut body = self.rest.clone();
        body.insert("Records".to_owned(), json!(records));
        Bytes::from(Value::Object(body).to_string())
    }
}

/// Passes on the records that `which` does not choose, and answers for all of them in their order.
pub(super) async fn refuse_some(
    upstream: &Upstream,
    request: Request<Bytes>,
    batch: Batch,
    code: &str,
    which: &(dyn Fn(usize) -> bool + Send + Sync),
) -> Result<Response<Bytes>, NoAnswer> {
    let refused: Vec<bool> = (0..batch.records.len()).map(which).collect();
    let (head, _) = request.into_parts();
    let (mut response, answer) = if refused.iter().all(|refused| *refused) {
        let mut response = Response::new(Bytes::new());
        let content_type = head.headers.get(CONTENT_TYPE).cloned();
        let json = HeaderValue::from_static("application/x-amz-json-1.1");
        let content_type = content_type.unwrap_or(json);
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        (response, Map::new())
    } else {
        let passed_on = Request::from_parts(head, batch.without(&refused));
        let response = upstream.send(passed_on).await?;
        if response.status() != StatusCode::OK {
            return Ok(response);
        }
        let answer = serde_json::from_slice(response.body()).map_err(|_| NoAnswer)?;
        (response, answer)
    };
    let answer = spliced(answer, batch.names, &refused, code).ok_or(NoAnswer)?;
    response.headers_mut().remove(CONTENT_LENGTH);
    *response.body_mut() = Bytes::from(Value::Object(answer).to_string());
    Ok(response)
}

/// Puts a failure at each refused place of the answer; nothing where the answer is not one to the
/// records that were passed on.
fn spliced(
    mut answer: Map<String, Value>,
    names: Names,
    refused: &[bool],
    code: &str,
) -> Option<Map<String, Value>> {
    let passed_on = match answer.remove(names.outcomes) {
        Some(Value::Array(outcomes)) => outcomes,
        _ => Vec::new(),
    };
    let mut passed_on = passed_on.into_iter();
    let outcomes: Option<Vec<Value>> = refused
        .iter()
        .map(|refused| match refused {
            true => Some(json!({"ErrorCode": code, "ErrorMessage": MESSAGE})),
            false => passed_on.next(),
        })
        .collect();
    let outcomes = outcomes?;
    let failed = outcomes
        .iter()
        .filter(|outcome| outcome.get("ErrorCode").is_some_and(|code| !code.is_null()));
    answer.insert(names.failed_count.to_owned(), json!(failed.count()));
    answer.insert(names.outcomes.to_owned(), Value::Array(outcomes));
    passed_on.next().is_none().then_some(answer)
}
