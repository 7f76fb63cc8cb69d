//! Fills the stand-in before it starts.

use std::collections::BTreeMap;

use super::call::Place;
use super::services::logs::{Filter, Group, Logs};
use super::services::organizations::{Account, Organization, Unit};
use super::services::{cloudtrail, ec2, events, iam, kinesis, s3, sts};
use super::settings::Settings;
use super::world::World;

/// The account that the organization is managed from.
pub const MANAGEMENT: &str = "111111111111";

const ORGANIZATION: &str = "o-exampleorgid";
const ROOT: &str = "r-exam";
/// The role that AWS Organizations gives to a new account.
pub(super) const ACCESS_ROLE: &str = "OrganizationAccountAccessRole";

/// What the stand-in is to hold from the start. An organization is there with its management account;
/// every account that is added has `OrganizationAccountAccessRole`, which trusts that account.
#[derive(Debug)]
pub struct Builder {
    pub(super) settings: Settings,
    organization: Organization,
    roles: iam::Roles,
    logs: Logs,
    networks: ec2::Networks,
    trails: cloudtrail::Trails,
    streams: kinesis::Streams,
    buckets: s3::Buckets,
}

impl Builder {
    /// An organization of the management account alone.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let mut organization = Organization {
            id: ORGANIZATION.to_owned(),
            management: MANAGEMENT.to_owned(),
            root: ROOT.to_owned(),
            units: BTreeMap::new(),
            accounts: BTreeMap::new(),
            delegated: Vec::new(),
        };
        let management = account("management", ROOT);
        organization
            .accounts
            .insert(MANAGEMENT.to_owned(), management);
        Self {
            settings,
            organization,
            roles: iam::Roles::default(),
            logs: Logs::default(),
            networks: ec2::Networks::default(),
            trails: cloudtrail::Trails::default(),
            streams: kinesis::Streams::default(),
            buckets: s3::Buckets::default(),
        }
    }

    /// The organization's id (`o-…`).
    #[must_use]
    pub fn organization_id(&self) -> &str {
        &self.organization.id
    }

    /// The root's id (`r-…`).
    #[must_use]
    pub fn root(&self) -> &str {
        &self.organization.root
    }

    /// Adds a unit under the root or another unit, and returns its id (`ou-…`).
    pub fn unit(&mut self, name: &str, parent: &str) -> String {
        let id = format!("ou-exam-{:08}", self.organization.units.len() + 1);
        let unit = Unit {
            name: name.to_owned(),
            parent: parent.to_owned(),
        };
        self.organization.units.insert(id.clone(), unit);
        id
    }

    /// Adds an account of twelve digits in the root or a unit.
    pub fn account(&mut self, id: &str, name: &str, parent: &str) {
        self.organization
            .accounts
            .insert(id.to_owned(), account(name, parent));
        self.roles.add_access_role(id, ACCESS_ROLE, MANAGEMENT);
    }

    /// Sets the state of an account: `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`, `PENDING_ACTIVATION`
    /// or `CLOSED`.
    pub fn state(&mut self, id: &str, state: &str) {
        if let Some(account) = self.organization.accounts.get_mut(id) {
            state.clone_into(&mut account.state);
        }
    }

    /// Puts a tag on an account.
    pub fn tag(&mut self, id: &str, key: &str, value: &str) {
        if let Some(account) = self.organization.accounts.get_mut(id) {
            account.tags.insert(key.to_owned(), value.to_owned());
        }
    }

    /// Lets an account beside the management account list the organization.
    pub fn delegate(&mut self, id: &str) {
        self.organization.delegated.push(id.to_owned());
    }

    /// Adds a log group of class `STANDARD`; also one that only AWS itself could create.
    pub fn log_group(&mut self, account: &str, region: &str, name: &str) {
        self.log_group_of_class(account, region, name, "STANDARD");
    }

    /// Adds a log group of a class: `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.
    pub fn log_group_of_class(&mut self, account: &str, region: &str, name: &str, class: &str) {
        let groups = self
            .logs
            .groups
            .entry(Place::new(account, region))
            .or_default();
        groups.insert(name.to_owned(), Group::new(class));
    }

    /// Adds a subscription filter without a role to a log group that is there, whatever `destination`
    /// is: somebody else's.
    pub fn filter(
        &mut self,
        account: &str,
        region: &str,
        group: &str,
        name: &str,
        destination: &str,
    ) {
        let groups = self.logs.groups.get_mut(&Place::new(account, region));
        if let Some(group) = groups.and_then(|groups| groups.get_mut(group)) {
            let filter = Filter {
                destination: destination.to_owned(),
                role: None,
                pattern: String::new(),
                distribution: "ByLogStream".to_owned(),
            };
            group.filters.insert(name.to_owned(), filter);
        }
    }

    /// Adds a VPC that is seen in an account and Region and belongs to `owner`.
    pub fn vpc(&mut self, account: &str, region: &str, id: &str, owner: &str) {
        let key = (Place::new(account, region), id.to_owned());
        self.networks.vpcs.insert(key, owner.to_owned());
    }

    /// Adds a trail of the whole organization and of all Regions, whose home is `region`; it is delivered to
    /// a log group (ARN with `:*`) as a role, or to none.
    pub fn organization_trail(&mut self, region: &str, name: &str, delivery: Option<(&str, &str)>) {
        let trail = cloudtrail::Trail {
            of_organization: true,
            log_group: delivery.map(|(group, _)| group.to_owned()),
            role: delivery.map(|(_, role)| role.to_owned()),
        };
        let key = (Place::new(MANAGEMENT, region), name.to_owned());
        self.trails.insert(key, trail);
    }

    /// Adds an empty bucket, which only its account may use.
    pub fn bucket(&mut self, account: &str, region: &str, name: &str) {
        let bucket = s3::Bucket {
            owner: account.to_owned(),
            region: region.to_owned(),
            ..s3::Bucket::default()
        };
        self.buckets.insert(name.to_owned(), bucket);
    }

    /// Adds a stream with that many shards that keeps records for a day: somebody else's.
    pub fn stream(&mut self, account: &str, region: &str, name: &str, shards: i64) {
        self.streams.add(Place::new(account, region), name, shards);
    }

    /// Puts a tag on a log group that is there.
    pub fn tag_log_group(&mut self, account: &str, region: &str, name: &str, tag: (&str, &str)) {
        let groups = self.logs.groups.get_mut(&Place::new(account, region));
        if let Some(group) = groups.and_then(|groups| groups.get_mut(name)) {
            group.tags.insert(tag.0.to_owned(), tag.1.to_owned());
        }
    }

    pub(super) fn into_world(self) -> World {
        World {
            settings: self.settings,
            organization: self.organization,
            sessions: sts::Sessions::default(),
            roles: self.roles,
            streams: self.streams,
            logs: self.logs,
            networks: self.networks,
            rules: events::Rules::default(),
            trails: self.trails,
            buckets: self.buckets,
        }
    }
}

fn account(name: &str, parent: &str) -> Account {
    Account {
        name: name.to_owned(),
        parent: parent.to_owned(),
        state: "ACTIVE".to_owned(),
        tags: BTreeMap::new(),
    }
}
