//! An organization, its configuration, and what happens to it from outside.

use local::cloud::{Builder, MANAGEMENT, Settings};
use proptest::collection::vec;
use proptest::prelude::*;

use super::change::{Change, changes};
use super::member::{Group, Member, member};
use super::state::is_closed;
use crate::bootstrap::{LOGGING, REGION, SOURCES, State};

/// The unit that may be selected.
pub(super) const UNIT: &str = "ou-exam-00000001";
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
    /// How they do from the second `apply` on.
    pub mode_later: Mode,
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

/// Scenarios of one mode.
pub fn scenarios(mode: Mode) -> impl Strategy<Value = Scenario> {
    let trust = || prop::sample::select(vec![Trust::Organization, Trust::Units, Trust::Accounts]);
    let mode_later = prop::sample::select(vec![mode, mode, Mode::Filters, Mode::Account]);
    let parts = (
        (trust(), trust()),
        mode_later,
        any::<bool>(),
        prop::bool::weighted(0.3),
        vec(member(), 2..=4),
        changes(1..=4),
        changes(0..=2),
    );
    parts.prop_map(
        move |(
            (trust, trust_later),
            mode_later,
            two_regions,
            foreign_stream,
            members,
            between,
            last,
        )| {
            Scenario {
                mode,
                mode_later,
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
        mode_later: Mode::Account,
        trust: Trust::Accounts,
        trust_later: Trust::Organization,
        two_regions: true,
        foreign_stream: false,
        members: vec![member(Vec::new()), member(vec![group(false), group(true)])],
        between: vec![shut],
        last: Vec::new(),
    }
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

    /// The same as it is configured from the second `apply` on.
    pub(super) fn later(&self) -> Self {
        Self {
            mode: self.mode_later,
            trust: self.trust_later,
            ..self.clone()
        }
    }

    /// Whether the configuration selects an account.
    pub(super) fn selects(&self, state: &State, account: &str) -> bool {
        let entry = state.get(&format!("{account} account"));
        self.trust != Trust::Units || entry.is_some_and(|entry| entry.contains(UNIT))
    }

    /// The open accounts that it selects, or those that it leaves out.
    pub(super) fn open(&self, state: &State, selected: bool) -> Vec<String> {
        let accounts = state.keys().filter_map(|key| key.strip_suffix(" account"));
        let open = accounts.filter(|account| !is_closed(state, account));
        open.filter(|account| self.selects(state, account) == selected)
            .map(str::to_owned)
            .collect()
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

    /// The configuration.
    pub(super) fn configuration(&self) -> String {
        let (mode, sources) = match self.mode {
            Mode::Filters => ("filters", SOURCES),
            Mode::Account => ("account", EVERYTHING),
        };
        let (trust, include) = match self.trust {
            Trust::Organization => ("organization", String::new()),
            Trust::Units => ("units", format!("{UNIT:?}")),
            Trust::Accounts => ("accounts", String::new()),
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

/// Where the filters of others send.
pub(super) fn siem(account: &str, region: &str) -> String {
    format!("arn:aws:lambda:{region}:{account}:function:siem")
}
