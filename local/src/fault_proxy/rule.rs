//! Which calls fail, and how.

use std::{fmt, sync::Arc, time::Duration};

use hyper::{
    Method, Request, Response, StatusCode,
    body::Bytes,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde_json::json;

/// A fault for some calls of one operation.
#[derive(Debug, Clone)]
pub struct Rule {
    operation: String,
    calls: Calls,
    region: Option<String>,
    pub(crate) fault: Fault,
}

#[derive(Debug, Clone)]
enum Calls {
    Nth(usize),
    First(usize),
    Every,
}

impl Rule {
    /// Makes the `n`-th call (from 1) of `operation` fail; calls before the rule was added count.
    #[must_use]
    pub fn nth(operation: &str, n: usize, fault: Fault) -> Self {
        Self::new(operation, Calls::Nth(n), fault)
    }

    /// Makes the first `n` calls of `operation` fail.
    #[must_use]
    pub fn first(operation: &str, n: usize, fault: Fault) -> Self {
        Self::new(operation, Calls::First(n), fault)
    }

    /// Makes every call of `operation` fail.
    #[must_use]
    pub fn every(operation: &str, fault: Fault) -> Self {
        Self::new(operation, Calls::Every, fault)
    }

    /// Only calls that are signed for that region; all of the operation count nevertheless.
    #[must_use]
    pub fn in_region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    fn new(operation: &str, calls: Calls, fault: Fault) -> Self {
        Self {
            operation: operation.to_owned(),
            calls,
            region: None,
            fault,
        }
    }

    pub(crate) fn applies_to(&self, operation: &str, region: Option<&str>, call: usize) -> bool {
        let here = |wanted: &str| region == Some(wanted);
        self.operation == operation
            && self.region.as_deref().is_none_or(here)
            && match self.calls {
                Calls::Nth(n) => call == n,
                Calls::First(n) => call <= n,
                Calls::Every => true,
            }
    }
}

type Which = dyn Fn(usize) -> bool + Send + Sync;

/// What happens to a call.
#[derive(Clone)]
pub enum Fault {
    /// It has no effect and is answered with this status and error code.
    Answer {
        /// The HTTP status, 400 for example.
        status: u16,
        /// The error code, `ThrottlingException` for example.
        code: String,
    },
    /// It has no effect, and the connection is closed without an answer.
    DropBefore,
    /// It has its effect, and the connection is closed without an answer.
    DropAfter,
    /// It waits before it is passed on.
    Delay(Duration),
    /// Only some records of a `PutRecords` or `PutRecordBatch` are passed on; the others are
    /// answered with this error code, each at its place. Made by [`Fault::refuse_records`].
    RefuseRecords {
        /// The error code, `ProvisionedThroughputExceededException` for example.
        code: String,
        /// Tells by its place in the request (from 0) whether a record is refused.
        which: Arc<Which>,
    },
}

impl Fault {
    /// Returns the fault of a call that is answered with an error and has no effect.
    #[must_use]
    pub fn answer(status: u16, code: &str) -> Self {
        Self::Answer {
            status,
            code: code.to_owned(),
        }
    }

    /// Returns the fault of a call whose records at the places (from 0) that `which` chooses fail.
    #[must_use]
    pub fn refuse_records(
        code: &str,
        which: impl Fn(usize) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self::RefuseRecords {
            code: code.to_owned(),
            which: Arc::new(which),
        }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer { status, code } => write!(formatter, "Answer({status} {code})"),
            Self::DropBefore => formatter.write_str("DropBefore"),
            Self::DropAfter => formatter.write_str("DropAfter"),
            Self::Delay(time) => write!(formatter, "Delay({time:?})"),
            Self::RefuseRecords { code, .. } => write!(formatter, "RefuseRecords({code})"),
        }
    }
}

/// The words of an error that a rule made, so that nobody takes it for the stand-in's own.
pub(super) const MESSAGE: &str = "Injected by a test";

/// Answers in the protocol of the request: JSON, or XML for S3 and for the services of the query
/// protocol, which put an error into one more element.
pub(crate) fn error_answer(request: &Request<Bytes>, status: u16, code: &str) -> Response<Bytes> {
    let content_type = request.headers().get(CONTENT_TYPE);
    let is_json = |value: &HeaderValue| value.to_str().is_ok_and(|text| text.contains("json"));
    let is_json = content_type.is_some_and(is_json);
    let error = format!("<Error><Code>{code}</Code><Message>{MESSAGE}</Message></Error>");
    let (content_type, body) = match *request.method() {
        Method::POST if is_json => {
            let body = json!({"__type": code, "message": MESSAGE});
            ("application/x-amz-json-1.1", body.to_string())
        }
        Method::POST => (
            "text/xml",
            format!("<ErrorResponse>{error}</ErrorResponse>"),
        ),
        _ => ("text/xml", error),
    };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
