//! One policy instead of many filters: which accounts it is for, and what it says.

use std::collections::BTreeSet;

use super::Desired;
use crate::aws::account_policies::AccountPolicy;
use crate::config::Mode;
use crate::names::AccountId;
use crate::observed::ObservedGroup;
use ::catalog::glob::Glob;

impl Desired {
    /// Whether one policy makes the log groups of `account` send. Never in the central account: a policy
    /// leaves out names, and the delivery's own log groups of tomorrow have no names today, so that the
    /// first one that is made there would be sent into the very stream that it is about.
    pub fn sends_by_policy(&self, account: &AccountId) -> bool {
        self.config.organization.mode == Mode::Account && *account != self.config.central.account
    }

    /// The policy of `account` in `region`, where there are these log groups and, by its name, `before`.
    ///
    /// It leaves out what mustn't be sent: names without wildcards as they stand in the configuration, and
    /// what is there and matches. A name that it leaves out stays out while a rule keeps it out, also when
    /// its log group is gone, so that it doesn't send if it comes again.
    pub fn account_policy(
        &self,
        account: &AccountId,
        region: &str,
        groups: &[ObservedGroup],
        before: Option<&AccountPolicy>,
    ) -> AccountPolicy {
        let settings = &self.config.organization;
        let globs = settings
            .delivery_log_groups
            .iter()
            .chain(&settings.exclude_log_groups);
        let configured = globs
            .map(Glob::as_str)
            .filter(|glob| !glob.contains(['*', '?']));
        let there = groups
            .iter()
            .filter(|found| {
                found.group.class == "STANDARD" && !found.group.name.starts_with("AWS/")
            })
            .map(|found| found.group.name.as_str());
        let left_out = before.into_iter().flat_map(|policy| &policy.except);
        let kept_out = there
            .chain(left_out.map(String::as_str))
            .filter(|name| self.reason_to_keep_out(account, name).is_some());
        let except: BTreeSet<_> = configured.chain(kept_out).collect();
        // All sources say the same here: the configuration is checked for it.
        let source = self.config.sources.first();
        AccountPolicy {
            name: self.names.account_policy(),
            destination_arn: self.names.destination_arn(region),
            role_arn: self.sends_with(account),
            pattern: source
                .map(|source| source.filter_pattern.clone())
                .unwrap_or_default(),
            distribution: source
                .map(|source| source.distribution)
                .unwrap_or_default()
                .to_string(),
            except: except.into_iter().map(str::to_owned).collect(),
        }
    }
}
