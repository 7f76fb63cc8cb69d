//! Accounts that `destroy --accounts` names: also those that are closed or have left the organization.

use crate::aws::organizations::AccountState;
use crate::context::Situation;
use crate::names::AccountId;
use crate::organization::{Decision, Member};

/// Selects just `accounts`, where there are some.
pub(super) fn select_named(situation: &mut Situation, accounts: &[AccountId]) {
    if accounts.is_empty() {
        return;
    }
    for member in &mut situation.members {
        member.decision = match member.state {
            _ if !accounts.contains(&member.account) => {
                Decision::Skipped("not in --accounts".to_owned())
            }
            AccountState::Active => Decision::Selected,
            state => Decision::Skipped(out_of_reach(state)),
        };
    }
    for account in accounts {
        if !situation
            .members
            .iter()
            .any(|member| member.account == *account)
        {
            situation.members.push(Member {
                account: account.clone(),
                name: "(not in the organization)".to_owned(),
                path: String::new(),
                state: AccountState::Unknown,
                // The access role may still be there, and still trust whoever runs this.
                decision: Decision::Selected,
            });
        }
    }
}

/// Why nothing can be taken back in an account that isn't active.
pub(super) fn out_of_reach(state: AccountState) -> String {
    format!(
        "it is {}: AWS lets nobody work in it, so what is ours there stays, and goes when AWS deletes the account. If \
         it is opened again, run this again",
        state.as_str()
    )
}

/// What to do by hand in an account that has left the organization and that the access role doesn't lead
/// into; nothing for one that is in it.
pub(super) fn by_hand(situation: &Situation, account: &AccountId) -> Option<String> {
    if situation
        .walked
        .accounts
        .iter()
        .any(|found| found.id == *account)
    {
        return None;
    }
    let (names, settings) = (&situation.desired.names, &situation.desired.config);
    let regions = settings.organization.regions.join(", ");
    Some(format!(
        "The account has left the organization, so its own administrators have to take back what is there: in {regions}, \
         the subscription filters whose names begin with {}- and that lead to the destination {} of account {}; the \
         account policy {} with that destination; and the role {}",
        settings.central.destination,
        settings.central.destination,
        settings.central.account,
        names.account_policy(),
        names.sender_role(),
    ))
}
