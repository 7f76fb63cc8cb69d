//! Why a verb failed as a whole. What fails in one account alone is part of the verb's answer instead.

use std::path::PathBuf;

use crate::aws::AwsError;
use crate::config::ConfigError;
use crate::names::AccountId;
use crate::policies::TemplateError;
use crate::search::SearchError;

/// A verb that could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration can't be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An account that is asked for, and that the configuration leaves out.
    #[error(
        "--accounts names {account}, which is left out ({reason}): `bootstrap accounts` shows who sends"
    )]
    LeftOut {
        /// The account.
        account: AccountId,
        /// Why it is left out.
        reason: String,
        /// Whether that passes: AWS is still making the account ready.
        comes: bool,
    },
    /// An account that is asked for, and that `ListAccounts` doesn't show.
    #[error(
        "--accounts names {account}, which is not in the organization: correct it; `bootstrap accounts` shows every account"
    )]
    NotInOrganization {
        /// The account.
        account: AccountId,
    },
    /// AWS refused something that nothing works without.
    #[error("{source}{}", remedy(source))]
    Aws {
        /// The refusal.
        #[from]
        source: AwsError,
    },
    /// A policy template can't be filled in.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A saved plan can't be read.
    #[error("the plan {path} can't be read: {source}; make one with `bootstrap plan --out FILE`", path = path.display())]
    PlanRead {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A plan can't be saved.
    #[error("the plan can't be saved in {path}: {source}; name a file that can be written with --out FILE", path = path.display())]
    PlanWritten {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file that is no saved plan of this version.
    #[error("{path} is no plan of this version of bootstrap ({reason}): make one with `bootstrap plan --out FILE`", path = path.display())]
    NoPlan {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The world isn't the one that the saved plan was made for.
    #[error("the plan in {path} was made for another state; nothing was changed. What differs now:\n{differences}\nmake a new plan with {anew}", path = path.display())]
    StalePlan {
        /// The file.
        path: PathBuf,
        /// Line by line.
        differences: String,
        /// The command that makes a new one.
        anew: String,
    },
    /// A question that nobody can answer.
    #[error("{0}")]
    Unconfirmed(String),
    /// Somebody stopped the program before its end.
    #[error("{}", interrupted(*worked))]
    Interrupted {
        /// Whether accounts were being changed.
        worked: bool,
    },
    /// The search cluster can't be set up.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The answer can't be written.
    #[error("can't write the answer: {0}")]
    Output(#[from] std::io::Error),
    /// The answer can't be made into JSON.
    #[error("can't write the answer as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

fn interrupted(worked: bool) -> &'static str {
    if worked {
        "stopped at once: the actions that had begun may be done or not\nRun the same again: what is done already is not \
         done twice. `bootstrap plan` shows what is left."
    } else {
        "stopped; nothing was changed"
    }
}

fn remedy(error: &AwsError) -> &'static str {
    match error.code() {
        "AWSOrganizationsNotInUseException" => {
            "\nThis account is in no organization: use credentials of the management account (AWS_PROFILE)."
        }
        "ExpiredToken" | "ExpiredTokenException" => {
            "\nThe credentials have expired: sign in again."
        }
        "InvalidClientTokenId" | "UnrecognizedClientException" => {
            "\nAWS doesn't know these credentials: check AWS_PROFILE or AWS_ACCESS_KEY_ID."
        }
        code if code.starts_with("AccessDenied") => {
            "\n`bootstrap policies` prints the policies that the caller and the access role need."
        }
        "" => remedy_without_an_answer(error.message()),
        _ => "",
    }
}

/// Where AWS didn't get as far as an answer to what was asked; mostly, there are no credentials.
fn remedy_without_an_answer(message: &str) -> &'static str {
    match message {
        message if message.contains("SSO token") => {
            "\nSign in again: `aws sso login` (with --profile where AWS_PROFILE names one), then run this again."
        }
        message if message.contains("loading credentials") && message.contains("AccessDenied") => {
            "\nThe profile's role can't be assumed. If it wants an MFA code (mfa_serial), which is not asked for here, let the \
             AWS CLI ask for it: eval \"$(aws configure export-credentials --profile NAME --format env)\", unset AWS_PROFILE, \
             and run this again."
        }
        message if message.contains("tcp connect error") || message.contains("dns error") => {
            "\nAWS can't be reached: check the network, and AWS_ENDPOINT_URL if it is set."
        }
        message if message.contains("credentials") => {
            "\nNo usable credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        }
        message if message.contains("dispatch failure") => {
            "\nAWS can't be reached: check the network, and AWS_ENDPOINT_URL if it is set."
        }
        _ => "",
    }
}
