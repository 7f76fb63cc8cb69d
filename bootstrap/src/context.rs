//! What every verb works with: the configuration, AWS, and how patient to be.

use std::path::PathBuf;
use std::sync::Arc;

use crate::aws::AwsError;
use crate::aws::organizations::{OrganizationInfo, Organizations};
use crate::aws::sessions::{Caller, Session, Sessions};
use crate::config::{Config, ConfigError};
use crate::desired::{Desired, unit_paths};
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::names::{AccountId, Names, partition_of};
use crate::organization::{Decision, Member, Walked, decide_all, select, walk};
use crate::output::{Progress, counted};
use crate::retry::Retry;

/// What every verb works with.
pub struct Context {
    /// `tributary.toml`, checked.
    pub config: Arc<Config>,
    /// The file that it was read from, as it was named.
    pub config_file: PathBuf,
    /// The organization.
    pub organizations: Arc<dyn Organizations>,
    /// Ways into accounts.
    pub sessions: Arc<dyn Sessions>,
    /// How long to wait for what isn't ready.
    pub retry: Retry,
    /// Where to say what is going on.
    pub progress: Progress,
    /// Whether somebody asked to stop.
    pub interrupt: Interrupt,
    /// Accounts that are worked in at once.
    pub concurrency: usize,
}

/// The organization as it is now, and what should exist in it.
#[derive(Debug, Clone)]
pub struct Situation {
    /// Who runs this.
    pub caller: Caller,
    /// The organization.
    pub organization: OrganizationInfo,
    /// Every account, with what was decided about it.
    pub members: Vec<Member>,
    /// Where every account stands.
    pub walked: Walked,
    /// What should exist.
    pub desired: Desired,
}

impl Context {
    /// Finds out who runs this, walks the organization and decides about every account.
    ///
    /// # Errors
    /// When the organization can't be read, or the configuration doesn't fit it.
    pub async fn situation(&self) -> Result<Situation, Error> {
        self.situation_by(|walked| select(walked, &self.config))
            .await
    }

    /// The same for taking back, which goes on where the configuration names accounts that have left the
    /// organization or a central account that is no longer active.
    ///
    /// # Errors
    /// When the organization can't be read.
    pub async fn situation_to_destroy(&self) -> Result<Situation, Error> {
        self.situation_by(|walked| Ok(decide_all(walked, &self.config)))
            .await
    }

    async fn situation_by(
        &self,
        select: impl Fn(&Walked) -> Result<Vec<Member>, ConfigError>,
    ) -> Result<Situation, Error> {
        self.progress.line("reading the organization");
        let caller = self.sessions.caller().await?;
        same_partition(&self.config, &caller)?;
        let organization = self.organizations.organization().await?;
        let walked = walk(&self.organizations)
            .await
            .map_err(|error| explain_denied(error, &caller, &organization))?;
        let members = select(&walked)?;
        let selected = members
            .iter()
            .filter(|member| member.decision == Decision::Selected);
        let accounts: Vec<_> = selected.map(|member| member.account.clone()).collect();
        self.progress.line(&format!(
            "organization {}: {}, {} selected",
            organization.id,
            counted(members.len(), "account"),
            accounts.len()
        ));
        let names = Names::new(&self.config, &caller.partition);
        let units = unit_paths(&organization.id, &self.config.organization.include, &walked);
        let desired = Desired::new(Arc::clone(&self.config), names, &organization.id, accounts);
        let desired = desired.in_units(units);
        Ok(Situation {
            caller,
            organization,
            members,
            walked,
            desired,
        })
    }

    /// A way into `account`: the caller's own credentials in the caller's account, the access role in
    /// every other.
    ///
    /// # Errors
    /// When the role can't be assumed.
    pub async fn open(
        &self,
        situation: &Situation,
        account: &AccountId,
    ) -> Result<Arc<dyn Session>, AwsError> {
        if *account == situation.caller.account {
            return Ok(self.sessions.own(account));
        }
        let role = situation.desired.names.access_role_arn(account);
        self.sessions.assume(account, &role).await.map_err(|error| {
            if error.code().is_empty() {
                // It never got to AWS: the role may be as it should be.
                return error;
            }
            let message = format!(
                "{} (wanted {role}). AWS makes this role only in accounts that the organization created: create it \
                 there, name another with organization.access_role, or exclude the account. If its trust policy wants \
                 an external id, write organization.external_id",
                error.message()
            );
            AwsError::new("AssumeRole", &format!("account {account}"), error.code(), &message)
        })
    }
}

/// Credentials of one partition are nothing to the others.
fn same_partition(config: &Config, caller: &Caller) -> Result<(), ConfigError> {
    let region = &config.central.region;
    let wanted = partition_of(region);
    if wanted == caller.partition {
        return Ok(());
    }
    let problem = format!(
        "is {region}, which is in the partition {wanted}, and the credentials are those of {}",
        caller.partition
    );
    let remedy =
        "use credentials of that partition (AWS_PROFILE), or write a region of the other one";
    Err(ConfigError::value("central.region", problem, remedy))
}

/// Only the management account and delegated administrators may list an organization's accounts.
fn explain_denied(error: AwsError, caller: &Caller, organization: &OrganizationInfo) -> AwsError {
    if !error.is_denied() || caller.account == organization.management_account {
        return error;
    }
    let message = format!(
        "{} The credentials are those of account {}: use the management account's, {} (AWS_PROFILE), or a delegated \
         administrator's.",
        error.message(),
        caller.account,
        organization.management_account
    );
    AwsError::new("Organizations", "the organization", error.code(), &message)
}

impl Situation {
    /// The name of an account.
    pub fn name_of(&self, account: &AccountId) -> &str {
        let found = self
            .members
            .iter()
            .find(|member| member.account == *account);
        found.map_or("", |member| member.name.as_str())
    }
}
