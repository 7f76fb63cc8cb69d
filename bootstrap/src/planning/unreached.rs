//! Logs that nobody makes, since the account that they are made in isn't onboarded.

use crate::context::Situation;
use crate::names::AccountId;
use crate::organization::Decision;

/// What isn't made for that reason, and what to do about it.
pub(super) fn unreached(situation: &Situation) -> Vec<String> {
    let conflicts = [findings_unreached(situation), trails_unreached(situation)];
    conflicts.into_iter().flatten().collect()
}

fn findings_unreached(situation: &Situation) -> Option<String> {
    let settings = situation.desired.config.guardduty.as_ref();
    let account = &settings.filter(|made| made.rule)?.account;
    let reason = left_out(situation, account)?;
    Some(format!(
        "GuardDuty's findings aren't sent, since the account {account} isn't onboarded: {reason}; select it, or name \
         another in guardduty.account"
    ))
}

fn trails_unreached(situation: &Situation) -> Option<String> {
    let settings = situation.desired.config.cloudtrail.as_ref();
    settings.filter(|made| made.create_log_group)?;
    let account = &situation.organization.management_account;
    let reason = left_out(situation, account)?;
    Some(format!(
        "no log group is made for the organization's trail, since the management account {account} isn't onboarded: \
         {reason}; select it, or take [cloudtrail] out"
    ))
}

/// Why an account isn't onboarded; nothing if it is.
fn left_out<'a>(situation: &'a Situation, account: &AccountId) -> Option<&'a str> {
    let mut members = situation.members.iter();
    let found = members.find(|member| member.account == *account);
    match found.map(|member| &member.decision) {
        Some(Decision::Selected) => None,
        Some(Decision::Skipped(reason)) => Some(reason),
        None => Some("it is not in the organization"),
    }
}
