//! What a failed request to a stream means, wholly or record by record.

use aws_sdk_kinesis::config::http::HttpResponse;
use aws_sdk_kinesis::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use super::{Refused, RequestError};

/// Errors of a whole request after which the same request may succeed.
const RETRYABLE: [&str; 9] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "KMSThrottlingException",
    "LimitExceededException",
    "ResourceInUseException",
    "ServiceUnavailableException",
    "InternalFailure",
    "InternalFailureException",
    "RequestTimeoutException",
];

/// What a failed request means. The repeating is done in one place, above the SDK, which knows
/// the invocation's end and the records of a request that were taken.
pub(super) fn request_error<E>(error: SdkError<E, HttpResponse>) -> RequestError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let code = error.code().unwrap_or_default().to_owned();
    let status = error
        .raw_response()
        .map(|response| response.status().as_u16());
    let retryable = match &error {
        SdkError::ServiceError(_) => {
            RETRYABLE.contains(&code.as_str())
                || status.is_some_and(|status| status >= 500 || status == 429)
        }
        SdkError::ConstructionFailure(_) => false,
        _ => true,
    };
    RequestError {
        retryable,
        message: DisplayErrorContext(error).to_string(),
    }
}

/// A record that can't even be written down for a request.
pub(super) fn impossible(error: &impl std::fmt::Display) -> RequestError {
    RequestError {
        retryable: false,
        message: error.to_string(),
    }
}

/// The records that were refused, by the error codes and messages that an answer has for each of
/// the `sent` records.
pub(super) fn refusals<'a>(
    sent: usize,
    answers: impl ExactSizeIterator<Item = (Option<&'a str>, Option<&'a str>)>,
) -> Result<Vec<Refused>, RequestError> {
    if answers.len() != sent {
        return Err(RequestError {
            retryable: true,
            message: "the answer doesn't cover all records".to_owned(),
        });
    }
    let refused = answers.enumerate().filter_map(|(index, (code, text))| {
        let text = text.unwrap_or_default();
        Some(Refused {
            index,
            code: format!("{} {text}", code?).trim_end().to_owned(),
        })
    });
    Ok(refused.collect())
}
