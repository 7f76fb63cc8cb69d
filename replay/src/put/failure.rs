//! What a request that failed says of its records: that none was taken, or nothing at all.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_kinesis::config::http::HttpResponse;
use aws_sdk_kinesis::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use hyper_util::client::legacy;

use super::Answer;

/// Refusals of a whole request after which the same request may succeed (`PutRecords` in the Kinesis,
/// `PutRecordBatch` in the Firehose API reference).
const AGAIN: [&str; 7] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "Throttling",
    "KMSThrottlingException",
    "LimitExceededException",
    "ResourceInUseException",
    "ServiceUnavailableException",
];

/// Of a request that failed as a whole. Only where it certainly had no effect is it a refusal: the
/// service said so (with a status of 4xx, or that it is unavailable), or no connection came about.
pub(super) fn of_request<E>(error: &SdkError<E, HttpResponse>) -> Answer
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let code = error.code().unwrap_or_default();
    let again = AGAIN.contains(&code);
    let refused = match error {
        SdkError::ConstructionFailure(_) => Some(false),
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            (again || status < 500).then_some(again || status == 429)
        }
        SdkError::DispatchFailure(_) if has::<CredentialsError>(error, |_| true) => Some(false),
        SdkError::DispatchFailure(_) if has(error, legacy::Error::is_connect) => Some(true),
        _ => None,
    };
    let why = DisplayErrorContext(error).to_string();
    match refused {
        Some(again) => Answer::Refused { again, why },
        None => Answer::Unknown(why),
    }
}

/// Of a record that can't even be written down for a request.
pub(super) fn impossible(error: &impl std::fmt::Display) -> Answer {
    Answer::Refused {
        again: false,
        why: error.to_string(),
    }
}

/// Of an answer with a code and a message for each of the `sent` records.
pub(super) fn of_each<'a>(
    sent: usize,
    answers: impl ExactSizeIterator<Item = (Option<&'a str>, Option<&'a str>)>,
) -> Answer {
    if answers.len() != sent {
        return Answer::Unknown("the answer doesn't cover all records".to_owned());
    }
    let refusal = |(code, text): (Option<&str>, Option<&str>)| {
        let text = text.unwrap_or_default();
        Some(format!("{} {text}", code?).trim_end().to_owned())
    };
    Answer::Each(answers.map(refusal).collect())
}

/// Whether something of that kind is among the causes.
fn has<T: Error + 'static>(error: &(dyn Error + 'static), test: impl Fn(&T) -> bool) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.downcast_ref::<T>().is_some_and(&test) {
            return true;
        }
        next = error.source();
    }
    false
}
