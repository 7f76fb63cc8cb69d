//! Credentials of an assumed role, taken again before they run out: a chained session lasts an hour at
//! most (IAM User Guide, role chaining), a run over thousands of accounts may last longer.

use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_sts::config::Credentials;
use tokio::sync::Mutex;

use super::AwsError;
use super::sts::{Assuming, Sts};
use crate::names::AccountId;

/// A role in another account.
#[derive(Debug)]
pub struct AssumedRole {
    sts: Sts,
    assuming: Assuming,
    account: AccountId,
    role_arn: String,
    taken: Mutex<Option<Taken>>,
}

#[derive(Debug)]
struct Taken {
    keys: Credentials,
    /// From then on they are taken anew: when a tenth of their time is left.
    until: SystemTime,
}

impl AssumedRole {
    /// The role `role_arn` in `account`, assumed when it is needed, through the first of these clients
    /// whose region the account has enabled.
    pub fn new(sts: Sts, assuming: Assuming, account: &AccountId, role_arn: &str) -> Self {
        Self {
            sts,
            assuming,
            account: account.clone(),
            role_arn: role_arn.to_owned(),
            taken: Mutex::default(),
        }
    }

    /// Credentials that are good for a while.
    ///
    /// # Errors
    /// When the role can't be assumed.
    pub async fn keys(&self) -> Result<Credentials, AwsError> {
        let mut taken = self.taken.lock().await;
        let good = taken
            .as_ref()
            .filter(|taken| taken.until > SystemTime::now());
        if let Some(taken) = good {
            return Ok(taken.keys.clone());
        }
        let keys = self.assume().await?;
        *taken = Some(Taken {
            until: renewed_at(&keys, SystemTime::now()),
            keys: keys.clone(),
        });
        Ok(keys)
    }

    async fn assume(&self) -> Result<Credentials, AwsError> {
        let place = format!("account {}", self.account);
        let assumed = self
            .sts
            .assume(&self.account, &self.role_arn, &self.assuming);
        let answer = assumed.await?;
        let Some(keys) = answer.credentials() else {
            let message = "answered without credentials";
            return Err(AwsError::new("AssumeRole", &place, "", message));
        };
        let token = Some(keys.session_token().to_owned());
        let expiry = (*keys.expiration()).try_into().ok();
        let (id, secret) = (keys.access_key_id(), keys.secret_access_key());
        Ok(Credentials::new(id, secret, token, expiry, "AssumeRole"))
    }
}

/// When credentials that were taken at `now` are taken anew.
fn renewed_at(keys: &Credentials, now: SystemTime) -> SystemTime {
    let lasts = keys.expiry().and_then(|end| end.duration_since(now).ok());
    now + lasts.unwrap_or(Duration::ZERO).mul_f64(0.9)
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            self.keys().await.map_err(CredentialsError::provider_error)
        })
    }
}
