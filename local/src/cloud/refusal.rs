//! The error of a service.

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// `ResourceNotFoundException`
    pub code: String,
    /// The service's words.
    pub message: String,
}

impl Refusal {
    /// An error with status 400, as most have.
    pub(super) fn new(code: &str, message: &str) -> Self {
        Self::with_status(400, code, message)
    }

    /// An error with status 403.
    pub(super) fn denied(code: &str, message: &str) -> Self {
        Self::with_status(403, code, message)
    }

    /// An error with a status of its own.
    pub(super) fn with_status(status: u16, code: &str, message: &str) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }

    /// `InvalidParameterException`, which CloudWatch Logs and others say.
    pub(super) fn parameter(message: &str) -> Self {
        Self::new("InvalidParameterException", message)
    }

    /// `ResourceNotFoundException`, which the services with JSON say.
    pub(super) fn missing(message: &str) -> Self {
        Self::new("ResourceNotFoundException", message)
    }
}
