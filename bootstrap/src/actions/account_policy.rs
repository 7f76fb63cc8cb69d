//! The subscription policy that makes every log group of an account send, in one region.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::put::Sending;
use super::{Act, Blocks, Outcome, Sign, Site, put, removed};
use crate::aws::account_policies::AccountPolicy;
use crate::aws::logs::Logs;
use crate::aws::{Answer, AwsError, all_pages};
use crate::output::counted;

/// Puts the account's policy, or brings it back to what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PutAccountPolicy {
    /// The policy as it should be.
    pub policy: AccountPolicy,
    /// The policy of ours that is there now.
    pub before: Option<AccountPolicy>,
}

fn sending(policy: &AccountPolicy) -> Sending<'_> {
    Sending {
        pattern: &policy.pattern,
        role: policy.role_arn.as_deref(),
        distribution: &policy.distribution,
    }
}

impl PutAccountPolicy {
    fn changes(&self, before: &AccountPolicy) -> String {
        let after = &self.policy;
        let mut changes = sending(after).changes_from(&sending(before));
        for (words, these, those) in [
            ("now leaves out", after, before),
            ("no longer leaves out", before, after),
        ] {
            let names = these
                .except
                .iter()
                .filter(|name| !those.except.contains(name));
            let names: Vec<_> = names.map(String::as_str).collect();
            if !names.is_empty() {
                changes.push(format!("{words} {}", names.join(" ")));
            }
        }
        changes.join(", ")
    }
}

impl Act for PutAccountPolicy {
    fn sign(&self) -> Sign {
        put::sign(self.before.as_ref())
    }

    fn summary(&self) -> String {
        let policy = &self.policy;
        if let Some(before) = &self.before {
            return format!("account policy {}: {}", policy.name, self.changes(before));
        }
        let but = match policy.except.len() {
            0 => String::new(),
            number => format!(", but {}", counted(number, "name")),
        };
        let pattern = match policy.pattern.as_str() {
            "" => String::new(),
            pattern => format!("; pattern {pattern:?}"),
        };
        format!(
            "account policy {}: every log group, also those to come{but}{pattern}",
            policy.name
        )
    }

    fn undo(&self) -> String {
        put::undo(
            self.before.as_ref(),
            format!("`destroy` removes the account policy {}", self.policy.name),
        )
    }

    fn blocks(&self) -> Blocks<'_> {
        // The filters that it replaces stay until it is there.
        Blocks::Region
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let logs = site.session.logs(&site.region);
            let policy = &self.policy;
            let none_of_others = || -> Answer<'_, ()> {
                Box::pin(async {
                    let found = all_pages(|token| logs.account_policies(token)).await?;
                    let ours = |it: &AccountPolicy| is(it, &policy.name, &policy.destination_arn);
                    match found.iter().find(|found| !ours(found)) {
                        Some(other) => Err(not_ours(&site.region, other)),
                        None => Ok(()),
                    }
                })
            };
            let put = || logs.put_account_policy(policy);
            let (what, passes) = ("the account policy", |error: &AwsError| site.passes(error));
            site.retry
                .until_ready_while(what, passes, none_of_others, put)
                .await?;
            Ok(Outcome::Done)
        })
    }
}

/// Removes the account's policy of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeleteAccountPolicy {
    /// Its name.
    pub policy: String,
    /// Where it sends, which makes it ours.
    pub destination_arn: String,
    /// Why it goes, where that isn't plain.
    pub because: Option<String>,
}

impl Act for DeleteAccountPolicy {
    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn summary(&self) -> String {
        let because = self.because.as_ref().map(|why| format!(": {why}"));
        format!(
            "account policy {}{}",
            self.policy,
            because.unwrap_or_default()
        )
    }

    fn undo(&self) -> String {
        "`apply` puts it again, where organization.mode is \"account\"".to_owned()
    }

    fn comes_last(&self) -> bool {
        // Where filters replace it, they come first, all of them.
        self.because.is_some()
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let logs = site.session.logs(&site.region);
            match named(&logs, &self.policy).await? {
                None => return Ok(Outcome::Gone),
                Some(found) if found.destination_arn != self.destination_arn => {
                    return Err(not_ours(&site.region, &found));
                }
                Some(_) => {}
            }
            removed(logs.delete_account_policy(&self.policy).await)
        })
    }
}

async fn named(logs: &Arc<dyn Logs>, name: &str) -> Result<Option<AccountPolicy>, AwsError> {
    let policies = all_pages(|token| logs.account_policies(token)).await?;
    Ok(policies.into_iter().find(|policy| policy.name == name))
}

fn is(policy: &AccountPolicy, name: &str, destination_arn: &str) -> bool {
    policy.name == name && policy.destination_arn == destination_arn
}

fn not_ours(region: &str, policy: &AccountPolicy) -> AwsError {
    let message = format!(
        "the account's subscription policy {} sends to {} by now, so it isn't ours and stays as it is; AWS allows one \
         such policy in an account and region",
        policy.name, policy.destination_arn
    );
    AwsError::new("DescribeAccountPolicies", region, "", &message)
}
