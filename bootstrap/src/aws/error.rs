//! What an AWS call can answer instead of a result, told apart by what to do about it.

use std::error::Error;

use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};

/// Our own code for what somebody stopped; AWS has none like it.
const STOPPED: &str = "Stopped";

/// A call that failed: which, where, and the service's own words.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation} in {place}: {}{message}", if code.is_empty() { String::new() } else { format!("{code}: ") })]
pub struct AwsError {
    operation: String,
    place: String,
    code: String,
    message: String,
}

impl AwsError {
    /// An error of the service, or of the way there.
    ///
    /// Takes the operation's name, where it was asked (account and region), and the SDK's error.
    pub fn from_sdk<E, R>(operation: &str, place: &str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let (code, message) = match error.as_service_error() {
            Some(service) => {
                let message = service
                    .message()
                    .map_or_else(|| service.to_string(), str::to_owned);
                (service.code().unwrap_or_default().to_owned(), message)
            }
            None => (String::new(), chain(error)),
        };
        Self::new(operation, place, &code, &message)
    }

    /// An error with that code and message.
    pub fn new(operation: &str, place: &str, code: &str, message: &str) -> Self {
        Self {
            operation: operation.to_owned(),
            place: place.to_owned(),
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }

    pub(super) fn same_token(token: &str) -> Self {
        Self::new(
            "a list",
            "the service",
            "",
            &format!("answered the same page twice (token {token})"),
        )
    }

    /// Somebody asked to stop while `what` was waited for.
    pub fn stopped(what: &str) -> Self {
        Self::new(what, "AWS", STOPPED, "stopped while this was waited for")
    }

    /// Not a failure: somebody asked to stop.
    pub fn is_stopped(&self) -> bool {
        self.code == STOPPED
    }

    /// The thing that was asked for doesn't exist.
    pub fn is_missing(&self) -> bool {
        matches!(
            self.code.as_str(),
            "ResourceNotFoundException"
                | "NoSuchEntity"
                | "NoSuchEntityException"
                | "ParentNotFoundException"
                | "InvalidFlowLogId.NotFound"
                | "InvalidVpcID.NotFound"
                | "InvalidVpcId.NotFound"
        )
    }

    /// It exists already.
    pub fn is_present_already(&self) -> bool {
        matches!(
            self.code.as_str(),
            "EntityAlreadyExists"
                | "EntityAlreadyExistsException"
                | "ResourceAlreadyExistsException"
                | "ResourceInUseException"
        )
    }

    /// The caller may not. Right after a policy was changed this can also mean "not yet".
    pub fn is_denied(&self) -> bool {
        self.code.starts_with("AccessDenied") || self.code == "UnauthorizedOperation"
    }

    /// The region isn't enabled in the account. STS says so; the other services of a region that an
    /// account hasn't opted in to don't know its credentials, although they are good elsewhere.
    pub fn is_region_disabled(&self) -> bool {
        matches!(
            self.code.as_str(),
            "RegionDisabledException"
                | "UnrecognizedClientException"
                | "InvalidClientTokenId"
                | "AuthFailure"
                | "OptInRequired"
                | "SubscriptionRequiredException"
        )
    }

    /// An argument is one that the service doesn't take, or doesn't take any more.
    pub fn is_invalid_argument(&self) -> bool {
        self.code == "InvalidArgumentException"
    }

    /// The log group holds as many subscription filters as it may.
    pub fn is_over_quota(&self) -> bool {
        self.code == "LimitExceededException"
    }

    /// The destination's policy names accounts, and a change to the organization wants to be forced.
    pub fn wants_force(&self) -> bool {
        self.message.contains("Force flag")
    }

    /// Something that was just made isn't visible everywhere yet: the same call will succeed later.
    ///
    /// CloudWatch Logs proves a destination by a test message, which fails until the role and the
    /// stream have spread; a concurrent change answers `OperationAborted`.
    pub fn is_not_ready(&self) -> bool {
        let words = [
            "Could not deliver test message",
            "assume the provided role",
            "assume role",
            "cannot be assumed",
        ];
        match self.code.as_str() {
            "InvalidParameterException" => words.iter().any(|word| self.message.contains(word)),
            "OperationAbortedException"
            | "ServiceUnavailableException"
            | "ConcurrentModification"
            | "ConcurrentModificationException"
            | "ResourceInUseException" => true,
            _ => false,
        }
    }

    /// The service's code, or nothing where it didn't get that far.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The same error, with what to do about it behind its words.
    #[must_use]
    pub fn advised(self, remedy: &str) -> Self {
        Self {
            message: self.message + remedy,
            ..self
        }
    }

    /// The service's own words.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// An error with everything behind it, from the outside in.
fn chain(error: &dyn Error) -> String {
    let parts = std::iter::successors(Some(error), |&error| error.source());
    let mut texts: Vec<_> = parts.map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: &str, message: &str) -> AwsError {
        AwsError::new(
            "PutDestination",
            "account 222222222222, eu-central-1",
            code,
            message,
        )
    }

    #[test]
    fn a_test_message_that_could_not_be_delivered_means_not_ready() {
        let words = "Could not deliver test message to specified destination. Check if the destination is valid.";
        assert!(error("InvalidParameterException", words).is_not_ready());
        assert!(error("OperationAbortedException", "Please try again").is_not_ready());
        assert!(!error("InvalidParameterException", "destinationName is required").is_not_ready());
        assert!(!error("LimitExceededException", "Resource limit exceeded.").is_not_ready());
    }

    #[test]
    fn a_change_that_wants_to_be_forced_is_known_by_its_words() {
        let words = "Cannot update existing policy on Subscription Destination. Use the Force flag to accept this risk.";
        let refusal = error("InvalidParameterException", words);
        assert!(refusal.wants_force() && !refusal.is_not_ready());
    }

    #[test]
    fn the_message_says_what_where_and_why() {
        let text = error("AccessDeniedException", "no").to_string();
        assert_eq!(
            text,
            "PutDestination in account 222222222222, eu-central-1: AccessDeniedException: no"
        );
    }
}
