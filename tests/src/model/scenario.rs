//! An organization, its configuration, and what happens to it from outside.

use local::cloud::{Builder, MANAGEMENT, Settings};
use proptest::collection::vec;
use proptest::prelude::*;

use super::change::{Change, changes};
use super::state::is_closed;
use crate::bootstrap::{LOGGING, REGION, SOURCES, State};

/// The second Region.
pub(super) const SECOND: &str = "eu-west-1";
/// The accounts beside the management account; the first one is the logging account.
const ACCOUNTS: [&str; 4] = [LOGGING, "333333333333", "444444444444", "555555555555"];
/// Names of log groups: wanted by a source, by none, and never to be sent.
pub(super) const NAMES: [&str; 8] = [
    "cwl_vpc_fl_main",
    "/app/cart",
    "/app/checkout",
    "/aws/events/guardduty",
    "/aws/lambda/tributary-transform",
    "/tributary/logs",
    "/other",
    "AWS/reserved",
];
const EVERYTHING: &str = "[[source]]\ndataset = \"flow-logs\"\nlog_groups = [\"cwl_vpc_fl_*\"]\n[[source]]\ndataset = \"any\"\nlog_groups = [\"*\"]\n";

/// `organization.mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A filter on each log group.
    Filters,
    /// A policy for each account.
    Account,
}

/// `organization.trust`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// By the organization's id.
    Organization,
    /// By the path of one unit, which alone is selected.
    Units,
    /// By the accounts' ids.
    Accounts,
}

/// Everything about one case.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// How the log groups send.
    pub mode: Mode,
    /// Whom the destination admits.
    pub trust: Trust,
    /// Whom it admits from the second `apply` on.
    pub trust_later: Trust,
    /// Whether a second Region is configured.
    pub two_regions: bool,
    /// Whether somebody else's stream is used.
    pub foreign_stream: bool,
    /// The logging account, and one to three others.
    pub members: Vec<Member>,
    /// What others do between the first `apply` and the second one.
    pub between: Vec<Change>,
    /// What they do before `destroy`.
    pub last: Vec<Change>,
}

/// An account.
#[derive(Debug, Clone)]
pub struct Member {
    /// How deep it is: in the root, in the unit that may be selected, in the unit under that one.
    depth: usize,
    suspended: bool,
    /// Whether others have a subscription policy there.
    policy: bool,
    groups: Vec<Group>,
}

/// A log group.
#[derive(Debug, Clone)]
struct Group {
    name: &'static str,
    class: &'static str,
    in_second: bool,
    /// Filters of others.
    filters: usize,
    /// Whether one of these has a name of ours.
    imposter: bool,
}

/// Scenarios of one mode.
pub fn scenarios(mode: Mode) -> impl Strategy<Value = Scenario> {
    // From and to units other accounts would be selected; from accounts to the organization, a log group that
    // can't send holds everything back.
    let trust = prop::sample::select(vec![
        (Trust::Organization, Trust::Organization),
        (Trust::Units, Trust::Units),
        (Trust::Accounts, Trust::Accounts),
        (Trust::Organization, Trust::Accounts),
    ]);
    let parts = (
        trust,
        any::<bool>(),
        prop::bool::weighted(0.3),
        vec(member(), 2..=4),
        changes(1..=4),
        changes(0..=2),
    );
    parts.prop_map(
        move |((trust, trust_later), two_regions, foreign_stream, members, between, last)| {
            Scenario {
                mode,
                trust,
                trust_later,
                two_regions,
                foreign_stream,
                members,
                between,
                last,
            }
        },
    )
}

/// The accounts are admitted by their ids, and organization trust is asked for, while somebody has put them
/// out of one Region's access policy: there they can't be made ready before it is changed.
#[must_use]
pub fn one_region_shut() -> Scenario {
    let member = |groups| Member {
        depth: 0,
        suspended: false,
        policy: false,
        groups,
    };
    let group = |in_second| Group {
        name: "/app/cart",
        class: "STANDARD",
        in_second,
        filters: 0,
        imposter: false,
    };
    let shut = Change::AccessReplaced {
        region: 0,
        by_account: true,
    };
    Scenario {
        mode: Mode::Account,
        trust: Trust::Accounts,
        trust_later: Trust::Organization,
        two_regions: true,
        foreign_stream: false,
        members: vec![member(Vec::new()), member(vec![group(false), group(true)])],
        between: vec![shut],
        last: Vec::new(),
    }
}

fn member() -> impl Strategy<Value = Member> {
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

impl Scenario {
    /// The configured Regions.
    pub(super) fn regions(&self) -> &'static [&'static str] {
        if self.two_regions {
            &[REGION, SECOND]
        } else {
            &[REGION]
        }
    }

    /// The accounts beside the management account, the logging account first.
    pub(super) fn accounts(&self) -> impl Iterator<Item = (&'static str, &Member)> {
        ACCOUNTS.into_iter().zip(&self.members)
    }

    /// Whether the configuration selects an account.
    pub(super) fn selects(&self, account: &str) -> bool {
        let mut accounts = self.accounts();
        let within = |(id, member): (&str, &Member)| id == account && depth(id, member) > 0;
        self.trust != Trust::Units || accounts.any(within)
    }

    /// Whether one of the accounts that it selects is open.
    pub(super) fn selects_somebody(&self, state: &State) -> bool {
        let all = [MANAGEMENT]
            .into_iter()
            .chain(self.accounts().map(|(id, _)| id));
        let mut selected = all.filter(|account| self.selects(account));
        selected.any(|account| !is_closed(state, account))
    }

    /// What there is before anything is set up.
    pub(super) fn organization(&self) -> Builder {
        let settings = Settings {
            put_destination_drops_policy: true,
            ..Settings::default()
        };
        let mut builder = Builder::new(settings);
        let root = builder.root().to_owned();
        let unit = builder.unit("Workloads", &root);
        let inner = builder.unit("Shops", &unit);
        let parents = [root, unit, inner];
        builder.log_group(MANAGEMENT, REGION, "/app/console");
        for (id, member) in self.accounts() {
            builder.account(
                id,
                &format!("account-{}", &id[..1]),
                &parents[depth(id, member)],
            );
            if member.suspended && id != LOGGING {
                builder.state(id, "SUSPENDED");
            }
            for group in &member.groups {
                group.build(&mut builder, id);
            }
        }
        builder
    }

    /// The accounts in which others have a subscription policy from the start.
    pub(super) fn with_policy(&self) -> impl Iterator<Item = &'static str> {
        let with = self.accounts().filter(|(_, member)| member.policy);
        with.map(|(id, _)| id)
    }

    /// The configuration with that `organization.trust`.
    pub(super) fn configuration(&self, trust: Trust) -> String {
        let (mode, sources) = match self.mode {
            Mode::Filters => ("filters", SOURCES),
            Mode::Account => ("account", EVERYTHING),
        };
        let (trust, include) = match trust {
            Trust::Organization => ("organization", ""),
            Trust::Units => ("units", "\"ou-exam-00000001\""),
            Trust::Accounts => ("accounts", ""),
        };
        format!(
            "[central]\naccount = \"{LOGGING}\"\nregion = \"{REGION}\"\nstream = \"tributary-logs\"\nshards = 2\n\
             destination = \"tributary\"\n\n[organization]\nmode = \"{mode}\"\ntrust = \"{trust}\"\n\
             include = [{include}]\nregions = {:?}\n{sources}",
            self.regions()
        )
    }
}

/// The logging account is in the root, and the one after it is always in the unit.
fn depth(id: &str, member: &Member) -> usize {
    match id {
        LOGGING => 0,
        id if id == ACCOUNTS[1] => member.depth.max(1),
        _ => member.depth,
    }
}

impl Group {
    fn build(&self, builder: &mut Builder, account: &str) {
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

/// Where the filters of others send.
pub(super) fn siem(account: &str, region: &str) -> String {
    format!("arn:aws:lambda:{region}:{account}:function:siem")
}
