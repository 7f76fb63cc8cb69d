//! The Lambda function as Firehose sees it: an event in, an answer or an error out.

use aws_sdk_lambda::{
    Client,
    primitives::Blob,
    types::{InvocationType, LogType},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{future::Future, pin::Pin};

/// The largest answer that Lambda lets through, in bytes ("Response payload size exceeded maximum
/// allowed payload size (6291556 bytes)").
pub const MAX_ANSWER: usize = 6_291_556;

/// What came of one invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The answer's bytes, or why there is none.
    pub answer: Result<Vec<u8>, FunctionError>,
    /// What the function wrote to its log meanwhile (at least the last 4 KB of it).
    pub log: String,
}

/// Why an invocation has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FunctionError {
    /// The function answered with an error, ended, or exceeded a limit.
    #[error("it answered with an error: {0}")]
    Failed(String),
    /// The function did not answer in time.
    #[error("it did not answer in time")]
    TimedOut,
    /// Too many invocations at once, or the service can't be reached.
    #[error("it could not be called: {0}")]
    NotInvoked(String),
}

/// An invocation under way.
pub type Invoking<'a> = Pin<Box<dyn Future<Output = Invocation> + Send + 'a>>;

/// Something that Firehose can call as its function.
pub trait Function: Send + Sync {
    /// Calls it with `event` (JSON).
    fn invoke(&self, event: Vec<u8>) -> Invoking<'_>;
}

/// A function that is deployed in Lambda.
#[derive(Debug, Clone)]
pub struct Deployed {
    client: Client,
    name: String,
}

impl Deployed {
    /// The function of that name in the client's account.
    #[must_use]
    pub fn new(client: Client, name: &str) -> Self {
        Self {
            client,
            name: name.to_owned(),
        }
    }

    async fn call(&self, event: Vec<u8>) -> Invocation {
        let sent = self
            .client
            .invoke()
            .function_name(&self.name)
            .invocation_type(InvocationType::RequestResponse)
            .log_type(LogType::Tail)
            .payload(Blob::new(event))
            .send()
            .await;
        let output = match sent {
            Ok(output) => output,
            Err(error) => {
                let error = aws_sdk_lambda::Error::from(error);
                return Invocation {
                    answer: Err(FunctionError::NotInvoked(error.to_string())),
                    log: String::new(),
                };
            }
        };
        let log = STANDARD
            .decode(output.log_result().unwrap_or_default())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default();
        let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
        let answer = if output.function_error.is_some() {
            let text = String::from_utf8_lossy(&payload).into_owned();
            Err(FunctionError::Failed(text))
        } else {
            within_limit(without_spaces(payload))
        };
        Invocation { answer, log }
    }
}

impl Function for Deployed {
    fn invoke(&self, event: Vec<u8>) -> Invoking<'_> {
        Box::pin(self.call(event))
    }
}

/// `answer`, or the error that Lambda gives instead of an answer over its limit.
///
/// # Errors
/// When `answer` is longer than [`MAX_ANSWER`].
pub fn within_limit(answer: Vec<u8>) -> Result<Vec<u8>, FunctionError> {
    if answer.len() > MAX_ANSWER {
        return Err(FunctionError::Failed(format!(
            "Response payload size exceeded maximum allowed payload size ({MAX_ANSWER} bytes): {}.",
            answer.len()
        )));
    }
    Ok(answer)
}

/// JSON as the function wrote it: the stand-in for Lambda writes a space after each comma and colon,
/// which would count against the limit.
fn without_spaces(mut json: Vec<u8>) -> Vec<u8> {
    let (mut in_string, mut escaped) = (false, false);
    json.retain(|&byte| {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            return true;
        }
        in_string = byte == b'"';
        !byte.is_ascii_whitespace()
    });
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_are_taken_out_between_tokens_only() {
        let json = br#"{"a b": "c, \" d: \\", "e": [1, 2]}"#.to_vec();
        assert_eq!(without_spaces(json), br#"{"a b":"c, \" d: \\","e":[1,2]}"#);
    }

    #[test]
    fn an_answer_of_one_byte_too_many_is_an_error() {
        assert!(within_limit(vec![b' '; MAX_ANSWER]).is_ok());
        assert!(within_limit(vec![b' '; MAX_ANSWER + 1]).is_err());
    }
}
