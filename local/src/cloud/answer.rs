//! Answers in the protocol of the call: a service answers with JSON, which becomes XML where the
//! protocol wants it.

use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{CONTENT_TYPE, HeaderName, HeaderValue},
};
use serde_json::{Value, json};

use super::call::{Call, Protocol};
use super::refusal::Refusal;

/// What a service says to a call.
pub(super) type Answered = Result<Value, Refusal>;

/// The HTTP answer to `call`; JSON where the call could not even be read.
pub(super) fn response(call: Option<&Call>, answered: &Answered) -> Response<Bytes> {
    let protocol = call.map_or(Protocol::Json, |call| call.protocol);
    let operation = call.map_or("", |call| call.operation.as_str());
    let status = answered
        .as_ref()
        .map_or_else(|refusal| refusal.status, |_| 200);
    let (content_type, body) = match protocol {
        Protocol::Json => ("application/x-amz-json-1.1", in_json(answered)),
        Protocol::Query => ("text/xml", in_query(operation, answered)),
        Protocol::Ec2 => ("text/xml", in_ec2(operation, answered)),
        Protocol::S3 => ("application/xml", in_s3(answered)),
    };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let (Protocol::S3, Ok(value)) = (protocol, answered) {
        for (field, name) in [("etag", "etag"), ("region", "x-amz-bucket-region")] {
            let text = value[field].as_str().map(HeaderValue::from_str);
            if let Some(Ok(text)) = text {
                headers.insert(HeaderName::from_static(name), text);
            }
        }
    }
    response
}

fn in_json(answered: &Answered) -> String {
    match answered {
        // An operation without a result has an empty body.
        Ok(Value::Null) => String::new(),
        Ok(value) => value.to_string(),
        Err(refusal) => json!({"__type": refusal.code, "message": refusal.message}).to_string(),
    }
}

fn in_query(operation: &str, answered: &Answered) -> String {
    let id = "<RequestId>00000000-0000-0000-0000-000000000000</RequestId>";
    match answered {
        Ok(value) => {
            let result = elements(value, "member");
            format!(
                "<{operation}Response><{operation}Result>{result}</{operation}Result>\
                 <ResponseMetadata>{id}</ResponseMetadata></{operation}Response>"
            )
        }
        Err(refusal) => format!("<ErrorResponse>{}{id}</ErrorResponse>", error(refusal)),
    }
}

fn in_ec2(operation: &str, answered: &Answered) -> String {
    match answered {
        Ok(value) => {
            let result = elements(value, "item");
            format!("<{operation}Response><requestId>0</requestId>{result}</{operation}Response>")
        }
        Err(refusal) => format!(
            "<Response><Errors>{}</Errors><RequestID>0</RequestID></Response>",
            error(refusal)
        ),
    }
}

/// An object's text, or the error; what else there is to say stands in headers.
fn in_s3(answered: &Answered) -> String {
    match answered {
        Ok(value) => value["text"].as_str().unwrap_or_default().to_owned(),
        Err(refusal) => error(refusal),
    }
}

fn error(refusal: &Refusal) -> String {
    format!(
        "<Error><Code>{}</Code><Message>{}</Message></Error>",
        escaped(&refusal.code),
        escaped(&refusal.message)
    )
}

/// An object's fields as elements, a list's entries as elements called `entry`.
fn elements(value: &Value, entry: &str) -> String {
    match value {
        Value::Null => String::new(),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                format!("<{name}>{}</{name}>", elements(value, entry))
            };
            let fields = fields.iter().filter(|(_, value)| !value.is_null());
            fields.map(field).collect()
        }
        Value::Array(entries) => {
            let wrapped = |value| format!("<{entry}>{}</{entry}>", elements(value, entry));
            entries.iter().map(wrapped).collect()
        }
        Value::String(text) => escaped(text),
        other => other.to_string(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
