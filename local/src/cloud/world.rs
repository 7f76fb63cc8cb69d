//! The state of everything, by service.

use std::collections::BTreeMap;

use super::services::{cloudtrail, ec2, events, iam, kinesis, logs, organizations, s3, sts};
use super::settings::Settings;

/// All accounts and Regions.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub settings: Settings,
    pub organization: organizations::Organization,
    pub sessions: sts::Sessions,
    pub roles: iam::Roles,
    pub streams: kinesis::Streams,
    pub logs: logs::Logs,
    pub networks: ec2::Networks,
    pub rules: events::Rules,
    pub trails: cloudtrail::Trails,
    pub buckets: s3::Buckets,
}

impl World {
    /// Everything by a name that says where it is, without times.
    pub(super) fn dump(&self) -> BTreeMap<String, String> {
        let mut dump = BTreeMap::new();
        self.organization.dump(&mut dump);
        self.roles.dump(&mut dump);
        self.streams.dump(&mut dump);
        self.logs.dump(&mut dump);
        self.networks.dump(&mut dump);
        self.rules.dump(&mut dump);
        cloudtrail::dump(&self.trails, &mut dump);
        s3::dump(&self.buckets, &mut dump);
        dump
    }
}
