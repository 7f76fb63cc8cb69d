//! An account of a scenario, with its log groups.

use local::cloud::Builder;
use proptest::collection::vec;
use proptest::prelude::*;

use super::scenario::{NAMES, SECOND, siem};
use crate::bootstrap::REGION;

/// An account.
#[derive(Debug, Clone)]
pub struct Member {
    /// How deep it is: in the root, in the unit that may be selected, in the unit under that one.
    pub(super) depth: usize,
    pub(super) suspended: bool,
    /// Whether others have a subscription policy there.
    pub(super) policy: bool,
    pub(super) groups: Vec<Group>,
}

/// A log group.
#[derive(Debug, Clone)]
pub struct Group {
    pub(super) name: &'static str,
    pub(super) class: &'static str,
    pub(super) in_second: bool,
    /// Filters of others.
    pub(super) filters: usize,
    /// Whether one of these has a name of ours.
    pub(super) imposter: bool,
}

pub(super) fn member() -> impl Strategy<Value = Member> {
    let parts = (
        0..3_usize,
        prop::bool::weighted(0.15),
        prop::bool::weighted(0.15),
        vec(group(), 0..=6),
    );
    parts.prop_map(|(depth, suspended, policy, groups)| Member {
        depth,
        suspended,
        policy,
        groups,
    })
}

fn group() -> impl Strategy<Value = Group> {
    let class =
        prop_oneof![6 => Just("STANDARD"), 1 => Just("INFREQUENT_ACCESS"), 1 => Just("DELIVERY")];
    let filters = prop_oneof![5 => Just(0_usize), 2 => 1..=4_usize, 2 => Just(5)];
    let name = prop::sample::select(NAMES.to_vec());
    let parts = (
        name,
        class,
        any::<bool>(),
        filters,
        prop::bool::weighted(0.15),
    );
    parts.prop_map(|(name, class, in_second, filters, imposter)| Group {
        name,
        class,
        in_second,
        filters,
        imposter,
    })
}

impl Group {
    pub(super) fn build(&self, builder: &mut Builder, account: &str) {
        let region = if self.in_second { SECOND } else { REGION };
        builder.log_group_of_class(account, region, self.name, self.class);
        if self.class != "STANDARD" {
            return;
        }
        let to = siem(account, region);
        for number in 0..self.filters {
            let name = match number {
                0 if self.imposter => "tributary-any".to_owned(),
                _ => format!("siem-{number}"),
            };
            builder.filter(account, region, self.name, &name, &to);
        }
    }
}
