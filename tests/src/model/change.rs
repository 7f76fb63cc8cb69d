//! What others may do. Accounts, Regions and log groups are told by numbers, which count those that are
//! there, over and over.

use std::ops::RangeInclusive;

use proptest::collection::vec;
use proptest::prelude::*;

/// One thing that somebody else does; where there is nothing to do it to, nothing happens.
#[derive(Debug, Clone)]
pub enum Change {
    /// A filter of ours is deleted: of the accounts', the n-th.
    FilterDeleted(usize),
    /// Its pattern is changed.
    PatternChanged(usize),
    /// It is turned elsewhere, and isn't ours any more.
    FilterTurned(usize),
    /// Our policy of an account is deleted.
    PolicyDeleted(usize),
    /// Another one takes its place.
    PolicyTaken(usize),
    /// The destination's access policy is replaced by one for an account, or for another organization.
    AccessReplaced {
        /// The destination's Region.
        region: usize,
        /// For an account.
        by_account: bool,
    },
    /// A destination is deleted.
    DestinationDeleted(usize),
    /// The policy of a role of ours is replaced.
    RolePolicyReplaced(usize),
    /// The trust of a role of ours is replaced.
    RoleTrustReplaced(usize),
    /// A role of ours is deleted.
    RoleDeleted(usize),
    /// The stream's retention is lowered to a day.
    RetentionLowered,
    /// An account is closed, but neither the management account nor the logging account.
    AccountClosed(usize),
    /// An account is moved: into the root, the unit that may be selected, the unit under that one.
    AccountMoved {
        /// The account.
        account: usize,
        /// How deep.
        depth: usize,
    },
    /// An account is made, with a log group; in the root, or in a new unit under the one that may be selected.
    AccountCreated {
        /// The name of its log group.
        name: usize,
        /// Whether there is a new unit for it.
        in_unit: bool,
    },
    /// A log group is deleted.
    GroupVanished(usize),
    /// A log group is made.
    GroupCreated {
        /// Its account.
        account: usize,
        /// Its Region.
        region: usize,
        /// Its name, of those that log groups have here.
        name: usize,
    },
    /// A filter of others is put on a log group.
    FilterAdded {
        /// The log group.
        group: usize,
        /// Its number, which is in its name.
        number: usize,
    },
    /// A filter of others is deleted.
    FilterRemoved(usize),
}

pub(super) fn changes(count: RangeInclusive<usize>) -> impl Strategy<Value = Vec<Change>> {
    vec(change(), count)
}

fn change() -> impl Strategy<Value = Change> {
    let n = || 0..12_usize;
    let ours = prop_oneof![
        2 => n().prop_map(Change::FilterDeleted),
        1 => n().prop_map(Change::PatternChanged),
        1 => n().prop_map(Change::FilterTurned),
        1 => n().prop_map(Change::PolicyDeleted),
        1 => n().prop_map(Change::PolicyTaken),
        2 => (n(), any::<bool>())
            .prop_map(|(region, by_account)| Change::AccessReplaced { region, by_account }),
        1 => n().prop_map(Change::DestinationDeleted),
        1 => n().prop_map(Change::RolePolicyReplaced),
        1 => n().prop_map(Change::RoleTrustReplaced),
        1 => n().prop_map(Change::RoleDeleted),
        1 => Just(Change::RetentionLowered),
    ];
    let theirs = prop_oneof![
        1 => n().prop_map(Change::AccountClosed),
        1 => (n(), 0..3_usize)
            .prop_map(|(account, depth)| Change::AccountMoved { account, depth }),
        1 => (n(), any::<bool>())
            .prop_map(|(name, in_unit)| Change::AccountCreated { name, in_unit }),
        1 => n().prop_map(Change::GroupVanished),
        1 => (n(), n(), n())
            .prop_map(|(account, region, name)| Change::GroupCreated { account, region, name }),
        1 => (n(), 0..5_usize).prop_map(|(group, number)| Change::FilterAdded { group, number }),
        1 => n().prop_map(Change::FilterRemoved),
    ];
    prop_oneof![3 => ours, 2 => theirs]
}
