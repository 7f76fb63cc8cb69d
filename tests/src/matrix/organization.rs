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

const ENCRYPTED: &str = "kms_key = \"arn:aws:kms:eu-central-1:222222222222:key/00000000-0000-4000-8000-000000000000\"\n";
const EVERYTHING: &str = "[[source]]\ndataset = \"flow-logs\"\nlog_groups = [\"cwl_vpc_fl_*\"]\n[[source]]\ndataset = \"any\"\nlog_groups = [\"*\"]\n";

/// How the accounts are to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// By filters; the stream is encrypted, the organization is trusted.
    Filters,
    /// By one policy in each account; the accounts are trusted one by one.
    AccountPolicy,
}

/// What there is before anything is set up.
pub(super) fn organization() -> Builder {
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
        (MANAGEMENT, REGION, "aws-cloudtrail-logs-organization"),
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
    let siem = "arn:aws:logs:eu-central-1:999999999999:destination:siem";
    builder.filter(SHOP, REGION, "cwl_vpc_fl_main", "siem", siem);
    builder
}

impl Setting {
    /// The configuration, with the catalog in that file.
    pub(super) fn configuration(self, catalog: &Path) -> String {
        let (central, organization, sources) = match self {
            Self::Filters => (ENCRYPTED, "", SOURCES),
            Self::AccountPolicy => ("", "mode = \"account\"\ntrust = \"accounts\"\n", EVERYTHING),
        };
        format!(
            "[central]\naccount = \"{LOGGING}\"\nregion = \"{REGION}\"\nstream = \"tributary-logs\"\nshards = 2\n\
             destination = \"tributary\"\n{central}\n[organization]\nregions = [\"{REGION}\", \"{SECOND}\"]\n\
             {organization}\n{sources}\n[catalog]\nlocation = \"{}\"\n\n[flow_logs]\ncreate = true\n\
             log_group = \"cwl_vpc_fl_made\"\nretention_days = 30\n",
            catalog.display()
        )
    }
}
