//! Plans that look at some accounts only, or at a single log group.

use crate::aws::organizations::AccountState;
use crate::error::Error;
use crate::names::AccountId;
use crate::organization::{Decision, Member};

/// What a plan to set up looks at. The central account's part belongs to plans of everything alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Only {
    /// These accounts, which the configuration has to select; empty for everything.
    pub accounts: Vec<AccountId>,
    /// In them this log group and no other. Such a plan removes nothing, since it sees nothing else.
    pub log_group: Option<OneLogGroup>,
}

impl Only {
    /// These accounts; everything if there are none.
    pub fn these(accounts: Vec<AccountId>) -> Self {
        Self {
            accounts,
            log_group: None,
        }
    }
}

/// A log group in its region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneLogGroup {
    /// The region.
    pub region: String,
    /// Its name.
    pub name: String,
}

/// The members with just `accounts` selected; as they are if there are none.
///
/// # Errors
/// When an account is not in the organization, or the configuration leaves it out.
pub(super) fn only_these(
    mut members: Vec<Member>,
    accounts: &[AccountId],
) -> Result<Vec<Member>, Error> {
    for account in accounts {
        let found = members.iter().find(|member| member.account == *account);
        let Some(found) = found else {
            let account = account.clone();
            return Err(Error::NotInOrganization { account });
        };
        if let Decision::Skipped(reason) = &found.decision {
            return Err(Error::LeftOut {
                account: account.clone(),
                reason: reason.clone(),
                comes: found.state == AccountState::PendingActivation,
            });
        }
    }
    if !accounts.is_empty() {
        for member in &mut members {
            if !accounts.contains(&member.account) {
                member.decision = Decision::Skipped("not in --accounts".to_owned());
            }
        }
    }
    Ok(members)
}
