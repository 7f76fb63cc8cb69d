//! What an endpoint has to answer ("Response format").

use super::super::record::Failure;
use serde::Deserialize;

/// Most bytes of an answer.
pub(super) const MOST_BYTES: u64 = 1024 * 1024;
/// As much of an answer is told.
const TOLD: usize = 8192;

/// An answer.
#[derive(Debug)]
pub(super) struct Response {
    /// The HTTP status.
    pub(super) status: u16,
    /// `Content-Type`.
    pub(super) content_type: Option<String>,
    /// `Content-Encoding`.
    pub(super) content_encoding: Option<String>,
    /// The whole body.
    pub(super) body: Vec<u8>,
}

/// Why a try failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// `errorCode`.
    pub(super) code: &'static str,
    /// `errorMessage`.
    pub(super) message: String,
    /// Whether there is no further try, and no error record either.
    pub(super) is_final: bool,
}

impl Fault {
    /// One that is tried again.
    pub(super) const fn new(code: &'static str, message: String) -> Self {
        Self {
            code,
            message,
            is_final: false,
        }
    }

    /// The failure of records that were given up after so many tries.
    pub(super) fn after(&self, attempts: u32) -> Failure {
        Failure {
            code: self.code.to_owned(),
            message: self.message.clone(),
            attempts,
        }
    }
}

/// The body of an answer. Fields that it doesn't know make it invalid.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    request_id: Option<String>,
    timestamp: Option<i64>,
    #[serde(rename = "errorMessage")]
    _error_message: Option<String>,
}

/// Whether `response` acknowledges the request with that id.
///
/// # Errors
/// When it doesn't, which is all but a 200 by the specification.
pub(super) fn read(response: &Response, id: &str) -> Result<(), Fault> {
    let text = String::from_utf8_lossy(&response.body);
    let told: String = text.chars().take(TOLD).collect();
    if response.status != 200 {
        let message =
            format!("Received the following response from the endpoint destination. {told}");
        return Err(Fault {
            is_final: response.status == 413,
            ..Fault::new("HttpEndpoint.DestinationException", message)
        });
    }
    defect(response, id).map_or(Ok(()), |defect| {
        Err(Fault::new(
            "HttpEndpoint.InvalidResponseFromDestination",
            format!(
                "The response received from the specified endpoint is invalid. Contact the owner of the endpoint to resolve the issue. Response for request {id} {defect}. Raw response received: 200 {told}"
            ),
        ))
    })
}

fn defect(response: &Response, id: &str) -> Option<&'static str> {
    let media_type = response.content_type.as_deref().unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if media_type != "application/json" {
        return Some("has no content-type application/json");
    }
    if response.content_encoding.is_some() {
        return Some("is content-encoded");
    }
    let Ok(body) = serde_json::from_slice::<Body>(&response.body) else {
        return Some("is not recognized as valid JSON or has unexpected fields");
    };
    match body.request_id.as_deref() {
        None => Some("has no requestId"),
        Some(other) if other != id => Some("has another requestId"),
        Some(_) if body.timestamp.is_none() => Some("has no timestamp"),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Response {
        Response {
            status,
            content_type: Some("application/json".to_owned()),
            content_encoding: None,
            body: body.as_bytes().to_vec(),
        }
    }

    fn code(response: &Response) -> Option<(&'static str, bool)> {
        let fault = read(response, "r").err()?;
        Some((fault.code, fault.is_final))
    }

    #[test]
    fn only_a_200_with_the_request_s_id_and_a_time_acknowledges() {
        let good = r#"{"requestId":"r","timestamp":1578090903599}"#;
        assert_eq!(code(&answer(200, good)), None);
        for status in [202, 301, 400, 404, 429, 500, 503] {
            let refused = Some(("HttpEndpoint.DestinationException", false));
            assert_eq!(code(&answer(status, good)), refused, "{status}");
        }
    }

    #[test]
    fn a_200_of_another_form_is_invalid_and_tried_again() {
        for body in [
            "",
            "ok",
            "{}",
            r#"{"requestId":null,"timestamp":1}"#,
            r#"{"requestId":"other","timestamp":1}"#,
            r#"{"requestId":"r"}"#,
            r#"{"requestId":"r","timestamp":"1"}"#,
            r#"{"requestId":"r","timestamp":1,"took":3}"#,
        ] {
            let invalid = Some(("HttpEndpoint.InvalidResponseFromDestination", false));
            assert_eq!(code(&answer(200, body)), invalid, "{body}");
        }
        let good = answer(200, r#"{"requestId":"r","timestamp":1}"#);
        let plain = Response {
            content_type: Some("text/plain".to_owned()),
            ..answer(200, r#"{"requestId":"r","timestamp":1}"#)
        };
        let encoded = Response {
            content_encoding: Some("gzip".to_owned()),
            ..answer(200, r#"{"requestId":"r","timestamp":1}"#)
        };
        assert_eq!(
            [
                code(&good).is_some(),
                code(&plain).is_some(),
                code(&encoded).is_some()
            ],
            [false, true, true]
        );
    }

    #[test]
    fn a_413_is_final() {
        let refused = Some(("HttpEndpoint.DestinationException", true));
        assert_eq!(code(&answer(413, "")), refused);
    }
}
