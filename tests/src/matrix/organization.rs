//! The organization of the matrix: small, with something of everything that `bootstrap` writes.

use std::path::Path;

use local::cloud::{Builder, MANAGEMENT, Settings};

use crate::bootstrap::{LOGGING, REGION, SOURCES};

/// The second Region.
const SECOND: &str = "eu-west-1";
pub(super) const SHOP: &str = "333333333333";
pub(super) const PAYMENTS: &str = "444444444444";
const RETIRED: &str = "555555555555";
/// The accounts that send, and the logging account.
pub(super) const ACCOUNTS: [&str; 4] = [MANAGEMENT, LOGGING, SHOP, PAYMENTS];

/// The bucket of the catalog, in the logging account.
const BUCKET: &str = "catalog";
/// What a canary that was killed leaves.
const CANARY: &str = "/tributary-canary/tributary";
const KEY: &str = "arn:aws:kms:eu-central-1:222222222222:key/00000000-0000-4000-8000-000000000000";
const EVERYTHING: &str = "[[source]]\ndataset = \"flow-logs\"\nlog_groups = [\"cwl_vpc_fl_*\"]\n[[source]]\ndataset = \"any\"\nlog_groups = [\"*\"]\n";
const MADE: &str =
    "[flow_logs]\ncreate = true\nlog_group = \"cwl_vpc_fl_made\"\nretention_days = 30\n";
const FINDINGS: &str = "[guardduty]\nrule = true\naccount = \"333333333333\"\nregions = [\"eu-central-1\"]\n\
                        [cloudtrail]\ncreate_log_group = true\n";

/// How the accounts are to send. Each is set up first in one way, and then changed to another: the accounts
/// are trusted one by one, later the organization is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// By filters, into a stream of ours on demand, which is encrypted later and gets shards; with everything that
    /// makes logs.
    Filters,
    /// By one policy in each account, into somebody else's stream; the catalog is in S3.
    AccountPolicy,
}

/// What there is before anything is set up.
pub(super) fn organization(setting: Setting) -> Builder {
    let mut builder = Builder::new(Settings {
        put_destination_drops_policy: true,
        ..Settings::default()
    });
    let root = builder.root().to_owned();
    let workloads = builder.unit("Workloads", &root);
    builder.account(LOGGING, "log-archive", &root);
    builder.account(SHOP, "shop", &root);
    builder.account(PAYMENTS, "payments", &workloads);
    builder.account(RETIRED, "retired", &workloads);
    builder.state(RETIRED, "SUSPENDED");
    builder.tag(SHOP, "owner", "checkout");
    let groups = [
        (MANAGEMENT, REGION, "aws-cloudtrail-logs-other"),
        (LOGGING, REGION, "/app/console"),
        (SHOP, REGION, "cwl_vpc_fl_main"),
        (SHOP, REGION, "/app/checkout"),
        (SHOP, SECOND, "/app/checkout"),
        (PAYMENTS, REGION, "cwl_vpc_fl_main"),
        (PAYMENTS, SECOND, "/aws/events/guardduty"),
    ];
    for (account, region, name) in groups {
        builder.log_group(account, region, name);
    }
    builder.vpc(PAYMENTS, SECOND, "vpc-1", PAYMENTS);
    builder.log_group(SHOP, REGION, CANARY);
    builder.tag_log_group(SHOP, REGION, CANARY, ("tributary:created-by", "tributary"));
    match setting {
        Setting::Filters => builder.organization_trail(REGION, "organization", None),
        Setting::AccountPolicy => {
            builder.stream(LOGGING, REGION, "tributary-logs", 2);
            builder.bucket(LOGGING, SECOND, BUCKET);
        }
    }
    let siem = "arn:aws:logs:eu-central-1:999999999999:destination:siem";
    builder.filter(SHOP, REGION, "cwl_vpc_fl_main", "siem", siem);
    builder
}

/// Whether it is what somebody else's run has left, which goes and doesn't come back.
pub(super) fn is_left_over(key: &str) -> bool {
    key.contains(CANARY)
}

impl Setting {
    /// The configuration, at first or later, with the catalog in that file where it is in one.
    pub(super) fn configuration(self, catalog: &Path, later: bool) -> String {
        let sources = match self {
            Self::Filters => format!("{SOURCES}{FINDINGS}"),
            Self::AccountPolicy => EVERYTHING.to_owned(),
        };
        let (mode, location) = match self {
            Self::Filters => ("filters", catalog.display().to_string()),
            Self::AccountPolicy => ("account", format!("s3://{BUCKET}/catalog.json")),
        };
        let text = format!(
            "[central]\naccount = \"{LOGGING}\"\nregion = \"{REGION}\"\nstream = \"tributary-logs\"\non_demand = true\n\
             retention_hours = 48\ndestination = \"tributary\"\n\n[organization]\nmode = \"{mode}\"\n\
             trust = \"accounts\"\nregions = [\"{REGION}\", \"{SECOND}\"]\n\n{sources}\n\
             [catalog]\nlocation = \"{location}\"\n\n{MADE}"
        );
        if !later {
            return text;
        }
        let key = format!("shards = 8\nkms_key = \"{KEY}\"");
        let text = text
            .replace("on_demand = true", &key)
            .replace("retention_hours = 48", "retention_hours = 72")
            .replace("retention_days = 30", "retention_days = 60")
            .replace("trust = \"accounts\"", "trust = \"organization\"");
        // AWS wants one pattern of all sources of an account's policy.
        let each = |line| format!("{line}\nfilter_pattern = \"-DEBUG\"\n");
        let lines = text.lines().map(|line| match line {
            line if line.starts_with("dataset = ") => each(line),
            line => format!("{line}\n"),
        });
        lines.collect()
    }
}
