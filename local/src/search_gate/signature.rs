//! Whether a request is signed with known keys: AWS, "Create a signed AWS API request", step by step and
//! without the SDK that signs it.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use hyper::{Request, body::Bytes, header::AUTHORIZATION};
use sha2::{Digest, Sha256};

/// Who may sign, and for what.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The access key.
    pub access_key: String,
    /// The secret key.
    pub secret_key: String,
    /// The Region.
    pub region: String,
    /// `es` or `aoss`.
    pub service: String,
}

/// The parts of the header `Authorization`.
struct Authorization<'a> {
    credential: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl Keys {
    /// Checks the signature of a request.
    pub(super) fn check(&self, request: &Request<Bytes>) -> Result<(), String> {
        let header = request
            .headers()
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let given = header
            .and_then(parts)
            .ok_or("Missing Authentication Token")?;
        let time = text(request, "x-amz-date");
        let day = time.get(..8).unwrap_or_default();
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        if given.credential != format!("{}/{scope}", self.access_key) {
            return Err(format!("Credential should be scoped to {scope}"));
        }
        for name in ["host", "x-amz-date"] {
            if !given.signed_headers.split(';').any(|signed| signed == name) {
                return Err(format!("{name} has to be signed"));
            }
        }
        let payload = hex(&Sha256::digest(request.body()));
        let announced = text(request, "x-amz-content-sha256");
        if (self.service == "aoss" || !announced.is_empty()) && announced != payload {
            return Err("x-amz-content-sha256 is not the hash of the body".to_owned());
        }
        let canonical = canonical(request, given.signed_headers, &payload);
        let to_sign = format!(
            "AWS4-HMAC-SHA256\n{time}\n{scope}\n{}",
            hex(&Sha256::digest(canonical))
        );
        let parts = [day, &self.region, &self.service, "aws4_request", &to_sign];
        let start = format!("AWS4{}", self.secret_key).into_bytes();
        let signature = parts
            .iter()
            .fold(start, |key, part| keyed(&key, part.as_bytes()));
        if hex(&signature) == given.signature {
            return Ok(());
        }
        Err(
            "The request signature we calculated does not match the signature you provided."
                .to_owned(),
        )
    }
}

fn parts(header: &str) -> Option<Authorization<'_>> {
    let mut parts = header.strip_prefix("AWS4-HMAC-SHA256 ")?.split(", ");
    Some(Authorization {
        credential: parts.next()?.strip_prefix("Credential=")?,
        signed_headers: parts.next()?.strip_prefix("SignedHeaders=")?,
        signature: parts.next()?.strip_prefix("Signature=")?,
    })
}

fn canonical(request: &Request<Bytes>, signed_headers: &str, payload: &str) -> String {
    let mut headers = String::new();
    for name in signed_headers.split(';') {
        // Writing to a string can't fail.
        let _ = writeln!(headers, "{name}:{}", text(request, name).trim());
    }
    let mut query: Vec<_> = request
        .uri()
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .collect();
    query.sort_unstable();
    // Our paths have no character that is encoded, so that encoding them once or twice is the same.
    let path = request.uri().path();
    format!(
        "{}\n{path}\n{}\n{headers}\n{signed_headers}\n{payload}",
        request.method(),
        query.join("&")
    )
}

fn text<'a>(request: &'a Request<Bytes>, name: &str) -> &'a str {
    let value = request.headers().get(name);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn keyed(key: &[u8], text: &[u8]) -> Vec<u8> {
    // A key of any length is fine.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "Examples of how to derive a signing key" in the same guide.
    #[test]
    fn the_signing_key_is_that_of_the_example_of_aws() {
        let start = b"AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_vec();
        let parts = ["20150830", "us-east-1", "iam", "aws4_request"];
        let key = parts
            .iter()
            .fold(start, |key, part| keyed(&key, part.as_bytes()));
        assert_eq!(
            hex(&key),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
        );
    }
}
