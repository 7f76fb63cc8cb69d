//! What can't be done any more, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::PartReport;
use crate::actions::Blocks;
use crate::plan::{Part, Step};

/// What can't be done, since something that it needs failed.
#[derive(Debug, Clone, Default)]
pub(super) struct Blocked {
    everything: Option<String>,
    regions: BTreeMap<String, String>,
    /// By region and name.
    log_groups: BTreeMap<(String, String), String>,
    /// Whether roles or policies were changed moments ago.
    pub(super) fresh: bool,
}

impl Blocked {
    pub(super) fn nothing(fresh: bool) -> Self {
        Self {
            fresh,
            ..Self::default()
        }
    }

    /// What else the central account can't do after the first of its steps: regions don't matter to it.
    pub(super) fn of_central(central: &PartReport) -> Self {
        let mut blocked = Self::by_central(central);
        blocked.regions.clear();
        blocked
    }

    /// What members can't do after the central account's part.
    pub(super) fn by_central(central: &PartReport) -> Self {
        let mut blocked = Self::nothing(!central.steps.is_empty());
        if central.problem.is_some() {
            blocked.everything = Some("the central account can't be worked in".to_owned());
        }
        for step in central.steps.iter().filter(|step| !step.result.is_good()) {
            match (step.action.act().blocks(), &step.region) {
                (Blocks::Everything, _) => {
                    blocked.everything = Some("the central account isn't set up".to_owned());
                }
                (Blocks::Region, Some(region)) => {
                    let reason = format!("the destination in {region} isn't set up");
                    blocked.regions.insert(region.clone(), reason);
                }
                (Blocks::Region | Blocks::LogGroup(_) | Blocks::Nothing, _) => {}
            }
        }
        blocked
    }

    /// The same, and nothing at all while one of these accounts, which send already, isn't ready.
    pub(super) fn by_senders(mut self, planned: &[Part], senders: &[PartReport]) -> Self {
        let failed = senders.iter().filter(|part| part.failure().is_some());
        let failed = failed.map(|part| part.account.as_str());
        // A filter of ours that can't be put again stays as it is, perhaps without a role.
        let stuck = planned
            .iter()
            .filter(|part| part.keeps_sending || part.skipped.iter().any(|skip| skip.blocked));
        let stuck = stuck.map(|part| part.account.as_str());
        let left: BTreeSet<_> = failed.chain(stuck).collect();
        let left: Vec<_> = left.into_iter().collect();
        if !left.is_empty() {
            let why = format!(
                "{} may still send without a role, and would stop: mend or exclude them and run apply again",
                left.join(", ")
            );
            self.everything.get_or_insert(why);
        }
        self
    }

    /// What either of them blocks.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.merge(other);
        self
    }

    /// What the central account can't do after the members' parts.
    pub(super) fn by_members(members: &[PartReport]) -> Self {
        let left: Vec<_> = members
            .iter()
            .filter(|part| part.failure().is_some())
            .map(|part| part.account.as_str())
            .collect();
        let everything = (!left.is_empty()).then(|| {
            format!(
                "{} may still send here: run destroy again once that is mended, or exclude them",
                left.join(", ")
            )
        });
        Self {
            everything,
            ..Self::default()
        }
    }

    /// Why a step can't be done; nothing where it can.
    pub(super) fn reason(&self, step: &Step) -> Option<String> {
        let region = step.region.as_ref();
        let of_region = || self.regions.get(region?).cloned();
        let of_group = || {
            let group = step.action.act().log_group()?.to_owned();
            self.log_groups.get(&(region?.clone(), group)).cloned()
        };
        self.everything.clone().or_else(of_region).or_else(of_group)
    }

    /// Blocks also what the other one blocks.
    pub(super) fn merge(&mut self, other: Self) {
        self.everything = self.everything.take().or(other.everything);
        self.regions.extend(other.regions);
        self.log_groups.extend(other.log_groups);
        self.fresh |= other.fresh;
    }

    /// Notes what can't go on after that step.
    pub(super) fn failed(&mut self, step: &Step) {
        let reason = format!("this failed before it: {}", step.summary);
        match (step.action.act().blocks(), step.region.clone()) {
            (Blocks::Everything, _) => self.everything = Some(reason),
            (Blocks::Region, Some(region)) => drop(self.regions.insert(region, reason)),
            (Blocks::LogGroup(group), Some(region)) => {
                self.log_groups.insert((region, group.to_owned()), reason);
            }
            (Blocks::Region | Blocks::LogGroup(_), None) | (Blocks::Nothing, _) => {}
        }
    }
}
