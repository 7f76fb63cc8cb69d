//! A request as the services see it: which operation, whose credentials, where, with what.

use hyper::{
    Method, Request,
    body::Bytes,
    header::{AUTHORIZATION, HeaderName, IF_MATCH, IF_NONE_MATCH},
};
use serde_json::{Map, Value, json};

use super::refusal::Refusal;

/// How a service writes its requests and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// JSON 1.1, the operation in `X-Amz-Target`.
    Json,
    /// A form in, XML out.
    Query,
    /// The same with EC2's own names for lists.
    Ec2,
    /// Method, path and headers; XML only in errors.
    S3,
}

/// One call of one operation.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// The service as signatures name it: `logs`, `iam`.
    pub service: String,
    /// The operation: `PutSubscriptionFilter`.
    pub operation: String,
    /// The access key of the credentials.
    pub access_key: String,
    /// The account that the call acts in; known once the access key was looked up.
    pub account: String,
    /// The Region of the signature; for services without Regions the one they are signed for.
    pub region: String,
    /// The parameters; those of a form by their flat names (`Tags.member.1.Key`).
    pub parameters: Value,
    /// How the answer is written.
    pub protocol: Protocol,
}

impl Call {
    /// Reads a request. The error is one that is signed by nobody or names no operation.
    pub(super) fn read(request: &Request<Bytes>) -> Result<Self, Refusal> {
        let (access_key, region, service) = scope(request).ok_or_else(|| {
            Refusal::denied("MissingAuthenticationToken", "the request has no signature")
        })?;
        let target = request.headers().get("x-amz-target");
        let target = target.and_then(|target| target.to_str().ok());
        let named = target.and_then(|target| target.rsplit_once('.'));
        let (operation, parameters, protocol) = if let Some((_, operation)) = named {
            let parameters = serde_json::from_slice(request.body())
                .map_err(|error| Refusal::new("SerializationException", &error.to_string()))?;
            (operation.to_owned(), parameters, Protocol::Json)
        } else if service == "s3" {
            let (operation, parameters) = object_call(request);
            (operation.to_owned(), parameters, Protocol::S3)
        } else {
            let mut form = form(request.body());
            let protocol = if service == "ec2" {
                Protocol::Ec2
            } else {
                Protocol::Query
            };
            let operation = form.remove("Action");
            let operation = operation.as_ref().and_then(Value::as_str);
            let operation = operation
                .ok_or_else(|| Refusal::new("InvalidAction", "the request names no action"))?;
            (operation.to_owned(), Value::Object(form), protocol)
        };
        Ok(Self {
            service,
            operation,
            access_key,
            account: String::new(),
            region,
            parameters,
            protocol,
        })
    }

    /// A parameter that must be there.
    pub(super) fn text(&self, name: &str) -> Result<&str, Refusal> {
        self.optional(name).ok_or_else(|| {
            let message = format!("1 validation error detected: {name} is missing");
            Refusal::new("ValidationException", &message)
        })
    }

    /// A parameter that may be missing.
    pub(super) fn optional(&self, name: &str) -> Option<&str> {
        self.parameters[name].as_str()
    }

    /// A number, also out of a form.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        let value = &self.parameters[name];
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    /// Whether a flag is set, also out of a form.
    pub(super) fn flag(&self, name: &str) -> bool {
        let value = &self.parameters[name];
        value.as_bool().unwrap_or(value == "true")
    }

    /// The place that the call acts in.
    pub(super) fn place(&self) -> Place {
        Place {
            account: self.account.clone(),
            region: self.region.clone(),
        }
    }

    /// The ARN of something of the call's service in the call's account and Region.
    pub(super) fn arn(&self, rest: &str) -> String {
        let partition = partition_of(&self.region);
        format!(
            "arn:{partition}:{}:{}:{}:{rest}",
            self.service, self.region, self.account
        )
    }
}

/// An account and a Region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    /// Twelve digits.
    pub account: String,
    /// `eu-central-1`
    pub region: String,
}

/// The partition that a Region is in.
pub(super) fn partition_of(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

impl Place {
    /// The ARN of something of CloudWatch Logs here.
    pub(super) fn logs_arn(&self, rest: &str) -> String {
        let Self { account, region } = self;
        format!(
            "arn:{}:logs:{region}:{account}:{rest}",
            partition_of(region)
        )
    }

    /// What CloudWatch Logs is called here as a principal.
    pub(super) fn logs_service(&self) -> String {
        let suffix = if partition_of(&self.region) == "aws-cn" {
            "amazonaws.com.cn"
        } else {
            "amazonaws.com"
        };
        format!("logs.{}.{suffix}", self.region)
    }

    pub(super) fn new(account: &str, region: &str) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
        }
    }
}

/// Access key, Region and service of a signature:
/// `AWS4-HMAC-SHA256 Credential=KEY/20261121/eu-central-1/logs/aws4_request, …`.
fn scope(request: &Request<Bytes>) -> Option<(String, String, String)> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (_, credential) = header.split_once("Credential=")?;
    let mut parts = credential.split(',').next()?.split('/');
    let key = parts.next()?.to_owned();
    let region = parts.nth(1)?.to_owned();
    Some((key, region, parts.next()?.to_owned()))
}

/// The operation and parameters of a request to S3 by path (`/BUCKET/KEY`).
fn object_call(request: &Request<Bytes>) -> (&'static str, Value) {
    let path = request.uri().path().trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let operation = match (request.method(), key) {
        (&Method::HEAD, "") => "HeadBucket",
        (&Method::GET, key) if !key.is_empty() => "GetObject",
        (&Method::PUT, key) if !key.is_empty() => "PutObject",
        (&Method::DELETE, key) if !key.is_empty() => "DeleteObject",
        _ => "Unknown",
    };
    let header = |name: HeaderName| request.headers().get(name)?.to_str().ok();
    let parameters = json!({
        "Bucket": decoded(bucket),
        "Key": decoded(key),
        "IfMatch": header(IF_MATCH),
        "IfNoneMatch": header(IF_NONE_MATCH),
        "Body": String::from_utf8_lossy(request.body()),
    });
    (operation, parameters)
}

/// A form's fields by name.
fn form(body: &[u8]) -> Map<String, Value> {
    let text = String::from_utf8_lossy(body);
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (decoded(name), Value::String(decoded(value))))
        .collect()
}

/// Percent-decodes a form's text, in which `+` is a space.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let code = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        rest = match (first, code) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                &tail[2..]
            }
            (b'+', _) => {
                bytes.push(b' ');
                tail
            }
            _ => {
                bytes.push(first);
                tail
            }
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
