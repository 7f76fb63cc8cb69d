//! Which accounts are to send, and why the others are not.

use serde::Serialize;

use super::Walked;
use crate::aws::organizations::AccountState;
use crate::config::{Config, ConfigError, Scope};
use crate::names::AccountId;

/// An account with what was decided about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Member {
    /// Its id.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Names of the units above it.
    pub path: String,
    /// Where it is in its life.
    pub state: AccountState,
    /// Whether it is to send.
    #[serde(flatten)]
    pub decision: Decision,
}

/// Whether an account is to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "decision", content = "reason", rename_all = "lowercase")]
pub enum Decision {
    /// It is.
    Selected,
    /// It isn't, for this reason.
    Skipped(String),
}

/// Decides about every account of the organization.
///
/// # Errors
/// When `include` or `exclude` names what the organization doesn't have, when nothing is left, or when
/// the central account is not an active account of the organization.
pub fn select(walked: &Walked, config: &Config) -> Result<Vec<Member>, ConfigError> {
    let (include, exclude) = (&config.organization.include, &config.organization.exclude);
    for (key, scopes) in [
        ("organization.include", include),
        ("organization.exclude", exclude),
    ] {
        for scope in scopes {
            must_exist(walked, key, scope)?;
        }
    }
    central_must_be_active(walked, config)?;
    let members = decide_all(walked, config);
    if !members
        .iter()
        .any(|member| member.decision == Decision::Selected)
    {
        let remedy = "loosen organization.include and organization.exclude; `bootstrap accounts` shows every account";
        return Err(ConfigError::value(
            "organization",
            "selects no account",
            remedy,
        ));
    }
    Ok(members)
}

/// The same without checks, for taking back: what a configuration names may have left the organization.
pub fn decide_all(walked: &Walked, config: &Config) -> Vec<Member> {
    let (include, exclude) = (&config.organization.include, &config.organization.exclude);
    let members = walked.accounts.iter().map(|account| Member {
        account: account.id.clone(),
        name: account.name.clone(),
        path: walked.path_of(&account.id),
        state: account.state,
        decision: decide(walked, &account.id, account.state, include, exclude),
    });
    members.collect()
}

fn decide(
    walked: &Walked,
    account: &AccountId,
    state: AccountState,
    include: &[Scope],
    exclude: &[Scope],
) -> Decision {
    let covered = |scopes: &[Scope]| {
        scopes
            .iter()
            .find(|scope| covers(walked, scope, account))
            .map(ToString::to_string)
    };
    if state != AccountState::Active {
        return Decision::Skipped(state.as_str().to_owned());
    }
    if let Some(scope) = covered(exclude) {
        let by = if scope == account.as_str() {
            "organization.exclude"
        } else {
            scope.as_str()
        };
        return Decision::Skipped(format!("excluded by {by}"));
    }
    if include.is_empty() || covered(include).is_some() {
        return Decision::Selected;
    }
    Decision::Skipped("not in organization.include".to_owned())
}

fn covers(walked: &Walked, scope: &Scope, account: &AccountId) -> bool {
    match scope {
        Scope::Account(id) => id == account,
        Scope::Unit(id) => walked
            .above
            .get(account)
            .is_some_and(|above| above.contains(id)),
    }
}

fn must_exist(walked: &Walked, key: &str, scope: &Scope) -> Result<(), ConfigError> {
    let exists = match scope {
        Scope::Account(id) => walked.accounts.iter().any(|account| account.id == *id),
        Scope::Unit(id) => walked.units.contains_key(id),
    };
    if exists {
        return Ok(());
    }
    let remedy =
        "correct it, or take it out; `bootstrap accounts` with an empty list shows every account";
    Err(ConfigError::value(
        key,
        format!("names {scope}, which is not in the organization"),
        remedy,
    ))
}

fn central_must_be_active(walked: &Walked, config: &Config) -> Result<(), ConfigError> {
    let central = &config.central.account;
    let problem = match walked
        .accounts
        .iter()
        .find(|account| account.id == *central)
    {
        Some(account) if account.state == AccountState::Active => return Ok(()),
        Some(account) => format!("is {central}, which is {}", account.state.as_str()),
        None => format!("is {central}, which is not in the organization of these credentials"),
    };
    let remedy = "name an active account of the organization, or use credentials of the other organization (AWS_PROFILE)";
    Err(ConfigError::value("central.account", problem, remedy))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::aws::organizations::Account;

    fn id(digit: u8) -> AccountId {
        AccountId::parse(&digit.to_string().repeat(12)).unwrap()
    }

    /// 1 and 2 in the root, 3 in ou-a, 4 in ou-b under ou-a, 5 (suspended) in ou-a.
    fn walked() -> Walked {
        let account = |digit| Account {
            id: id(digit),
            name: format!("account {digit}"),
            state: if digit == 5 {
                AccountState::Suspended
            } else {
                AccountState::Active
            },
            paths: Vec::new(),
        };
        let chain = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
        let above = BTreeMap::from([
            (id(1), chain(&["r-1"])),
            (id(2), chain(&["r-1"])),
            (id(3), chain(&["r-1", "ou-a"])),
            (id(4), chain(&["r-1", "ou-a", "ou-b"])),
            (id(5), chain(&["r-1", "ou-a"])),
        ]);
        let units =
            ["r-1", "ou-a", "ou-b", "ou-empty"].map(|id| (id.to_owned(), id.to_uppercase()));
        Walked {
            accounts: (1..=5).map(account).collect(),
            above,
            units: units.into(),
            unit_paths: BTreeMap::new(),
        }
    }

    fn selected(include: &[&str], exclude: &[&str]) -> Result<String, ConfigError> {
        let text = format!(
            "[central]\naccount = \"222222222222\"\nregion = \"eu-central-1\"\nstream = \"s\"\nshards = 1\n\
             destination = \"d\"\n[organization]\ninclude = {include:?}\nexclude = {exclude:?}\n\
             [[source]]\ndataset = \"any\"\nlog_groups = [\"*\"]"
        );
        let members = select(&walked(), &Config::parse(&text).unwrap())?;
        let chosen = members
            .into_iter()
            .filter(|member| member.decision == Decision::Selected);
        Ok(chosen
            .map(|member| member.account.as_str()[..1].to_owned())
            .collect())
    }

    #[test]
    fn an_empty_include_selects_every_active_account() {
        assert_eq!(selected(&[], &[]).unwrap(), "1234");
    }

    #[test]
    fn a_unit_covers_everything_under_it_and_exclude_wins() {
        assert_eq!(selected(&["ou-a"], &[]).unwrap(), "34");
        assert_eq!(
            selected(&["ou-a", "111111111111"], &["ou-b"]).unwrap(),
            "13"
        );
        assert_eq!(selected(&["r-1"], &["444444444444"]).unwrap(), "123");
    }

    #[test]
    fn a_suspended_account_is_skipped_even_when_it_is_included_by_id() {
        let error = selected(&["555555555555"], &[]).unwrap_err().to_string();
        assert!(error.contains("selects no account"), "{error}");
    }

    #[test]
    fn what_the_organization_does_not_have_is_refused_by_name() {
        for (include, exclude, key) in [
            (
                &["ou-nowhere"][..],
                &[][..],
                "organization.include names ou-nowhere",
            ),
            (
                &[],
                &["999999999999"],
                "organization.exclude names 999999999999",
            ),
        ] {
            let error = selected(include, exclude).unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        }
    }

    #[test]
    fn the_reason_of_a_skip_says_which_setting_did_it() {
        let exclude = [Scope::Unit("ou-a".into())];
        let decide = |digit, include: &[Scope], exclude: &[Scope], state| {
            decide(&walked(), &id(digit), state, include, exclude)
        };
        let reason = |text: &str| Decision::Skipped(text.to_owned());
        assert_eq!(
            decide(4, &[], &exclude, AccountState::Active),
            reason("excluded by ou-a")
        );
        let include = [Scope::Account(id(1))];
        assert_eq!(
            decide(4, &include, &[], AccountState::Active),
            reason("not in organization.include")
        );
        assert_eq!(
            decide(4, &[], &[], AccountState::PendingClosure),
            reason("being closed")
        );
    }
}
