//! Why an invocation fails: Lambda then counts an error, tries again, and hands the event on in the end.

use lambda_runtime::Diagnostic;

use super::answer::{Answer, Failed};
use super::event::UnknownEvent;
use crate::aws::AwsError;
use crate::error::Error;

/// An invocation that fails.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The environment or the configuration can't be used.
    #[error("{0}")]
    Settings(String),
    /// Nobody knows what the event asks for.
    #[error(transparent)]
    Event(#[from] UnknownEvent),
    /// Nothing could be planned.
    #[error(transparent)]
    Verb(#[from] Error),
    /// Not everything was done.
    #[error("{}", not_everything(.0))]
    Accounts(Box<Answer>),
    /// The time was over in the midst of something.
    #[error("{}", late(*.worked))]
    Late {
        /// Whether accounts were being changed.
        worked: bool,
    },
}

impl From<AwsError> for Failure {
    fn from(error: AwsError) -> Self {
        Self::Verb(error.into())
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self {
            error_type: failure.kind().to_owned(),
            error_message: failure.to_string(),
        }
    }
}

impl Failure {
    /// What Lambda shows as `errorType`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Settings(_) => "Onboarding.Settings",
            Self::Event(_) => "Onboarding.UnknownEvent",
            Self::Verb(_) => "Onboarding.NotPlanned",
            Self::Accounts(_) => "Onboarding.Incomplete",
            Self::Late { .. } => "Onboarding.Late",
        }
    }
}

fn not_everything(answer: &Answer) -> String {
    let counts = &answer.counts;
    let of = |failed: &Failed| format!("{} {}: {}", failed.account, failed.name, failed.reason);
    let named: Vec<_> = answer.failures.iter().map(of).collect();
    format!(
        "{} done, {} failed, {} left; what is left is done by the next invocation. Not everything was done in:\n{}",
        counts.actions_done,
        counts.actions_failed,
        counts.actions_left,
        named.join("\n")
    )
}

fn late(worked: bool) -> &'static str {
    if worked {
        "the function's time was over in the midst of actions, which may be done or not: the next invocation goes on, \
         and what is done already is not done twice. Give the function more time (900 s is the most)"
    } else {
        "the function's time was over before everything was read; nothing was changed. Give it more time (900 s is the \
         most), or run bootstrap apply by hand once"
    }
}
