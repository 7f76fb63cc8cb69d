//! STS, asked in a region that the account in question has enabled.

use aws_sdk_sts::Client;
use aws_sdk_sts::operation::assume_role::AssumeRoleOutput;
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;

use super::AwsError;
use crate::names::AccountId;

/// What every role is assumed with.
#[derive(Debug, Clone)]
pub struct Assuming {
    /// Name of the sessions, as the accounts' CloudTrail shows it.
    pub session_name: String,
    /// What the role's trust policy may want to hear.
    pub external_id: Option<String>,
}

/// STS in the configured region first, then in one that every account has. Credentials of any regional
/// endpoint are good in every region, also in those that accounts have to opt in to (IAM User Guide,
/// Manage AWS STS in an AWS Region).
#[derive(Debug, Clone)]
pub struct Sts(pub Vec<Client>);

impl Sts {
    /// Who asks.
    ///
    /// # Errors
    /// The service's.
    pub async fn identity(&self) -> Result<GetCallerIdentityOutput, AwsError> {
        let mut first = None;
        for client in &self.0 {
            let answer = client.get_caller_identity().send().await;
            let answer = answer.map_err(|error| {
                AwsError::from_sdk("GetCallerIdentity", "the caller's account", &error)
            });
            if let Some(answer) = counting(answer, &mut first) {
                return answer;
            }
        }
        Err(first.unwrap_or_else(nobody))
    }

    /// Assumes a role in `account`.
    ///
    /// # Errors
    /// The service's.
    pub async fn assume(
        &self,
        account: &AccountId,
        role_arn: &str,
        assuming: &Assuming,
    ) -> Result<AssumeRoleOutput, AwsError> {
        let (place, mut first) = (format!("account {account}"), None);
        for client in &self.0 {
            let request = client.assume_role().role_arn(role_arn);
            let request = request.set_external_id(assuming.external_id.clone());
            let answer = request
                .role_session_name(&assuming.session_name)
                .send()
                .await;
            let answer = answer.map_err(|error| AwsError::from_sdk("AssumeRole", &place, &error));
            if let Some(answer) = counting(answer, &mut first) {
                return answer;
            }
        }
        Err(first.unwrap_or_else(nobody))
    }
}

/// The answer, unless another region might give a better one; then the first such error is kept.
fn counting<T>(
    answer: Result<T, AwsError>,
    first: &mut Option<AwsError>,
) -> Option<Result<T, AwsError>> {
    match answer {
        Err(error) if error.is_region_disabled() => {
            first.get_or_insert(error);
            None
        }
        answer => Some(answer),
    }
}

fn nobody() -> AwsError {
    AwsError::new("STS", "no region", "", "there is nobody to ask")
}
