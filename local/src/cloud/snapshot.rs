//! The state of everything, kept aside to begin from again.

use std::collections::BTreeMap;

use super::Cloud;
use super::aim::Aims;
use super::throttle::Buckets;
use super::world::World;

/// All accounts and Regions as they were at a moment.
#[derive(Debug, Clone)]
pub struct Snapshot(World);

impl Cloud {
    /// Everything as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.shared.state().world.clone())
    }

    /// Makes everything as it was, and forgets all calls, rules and aims.
    pub fn restore(&self, snapshot: &Snapshot) {
        let mut state = self.shared.state();
        state.world = snapshot.0.clone();
        state.buckets = Buckets::default();
        state.rules = Vec::new();
        state.aims = Aims::default();
        state.seen = Vec::new();
        state.by_operation = BTreeMap::new();
    }
}
