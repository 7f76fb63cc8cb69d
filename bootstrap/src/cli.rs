//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::canary::Archive;
use crate::names::AccountId;
use crate::output::Color;
use crate::verbs::SearchSetup;

/// The configuration where none is named.
pub const CONFIG_FILE: &str = "tributary.toml";

/// Onboards the accounts of an AWS organization: who may send logs to the central account, and who sends.
///
/// Exit status: 0 nothing to do, or done; 2 `plan`, `verify` or a dry run found differences; 1 it failed.
#[derive(Debug, Parser)]
#[command(name = "bootstrap", version, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// What every verb knows.
    #[command(flatten)]
    pub common: Common,
}

/// What every verb knows.
#[derive(Debug, Args)]
pub struct Common {
    /// The configuration
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        default_value = CONFIG_FILE
    )]
    pub config: PathBuf,
    /// Answer in JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// When to use colour
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto"
    )]
    pub color: Color,
    /// Tell more on standard error; twice for every call's details
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Accounts that are worked in at once
    #[arg(long, global = true, value_name = "NUMBER", default_value = "32", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub concurrency: u16,
    /// Seconds to wait for what AWS makes visible only after a while
    #[arg(
        long,
        global = true,
        value_name = "SECONDS",
        default_value = "180",
        env = "TRIBUTARY_DEADLINE",
        hide = true
    )]
    pub deadline: u64,
    /// Milliseconds before what failed is tried a second time; every further pause is longer
    #[arg(
        long,
        global = true,
        value_name = "MILLISECONDS",
        default_value = "1000",
        env = "TRIBUTARY_FIRST_PAUSE",
        hide = true
    )]
    pub first_pause: u64,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show every account, whether it is to send, and whether it can be worked in
    Accounts,
    /// Show what apply would do
    Plan {
        /// Save the plan, so that apply does exactly this
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Only in these accounts, and leave the central account as it is
        #[arg(long, visible_alias = "account", value_name = "ID,ID", value_delimiter = ',', value_parser = account)]
        accounts: Vec<AccountId>,
    },
    /// Set up what is missing
    Apply {
        /// A plan that was saved with plan --out; refused if anything changed since
        #[arg(value_name = "FILE")]
        saved: Option<PathBuf>,
        /// Don't ask
        #[arg(long)]
        yes: bool,
        /// With --yes: also force the access policy from accounts to the organization, where the plan says so
        #[arg(long)]
        force_access_policy: bool,
        /// Only in these accounts, and leave the central account as it is
        #[arg(long, visible_alias = "account", value_name = "ID,ID", value_delimiter = ',', value_parser = account, conflicts_with = "saved")]
        accounts: Vec<AccountId>,
    },
    /// Compare what exists with what should, and show who really sends
    Verify {
        /// Put an event into a log group of our own in every account that sends, and wait until it comes out of
        /// the central stream; the log group goes again afterwards
        #[arg(long)]
        canary: bool,
        /// Wait until the event stands in an object of the archive, instead: the prefix under
        /// which Firehose writes, up to the dates in it
        #[arg(long, value_name = "s3://BUCKET/PREFIX", requires = "canary")]
        archive: Option<Archive>,
        /// Seconds to wait for such an event [default: 180, with --archive 900]
        #[arg(long, value_name = "SECONDS", requires = "canary", value_parser = clap::value_parser!(u64).range(1..=86_400))]
        timeout: Option<u64>,
        /// Only in these accounts, and leave the central account as it is
        #[arg(long, visible_alias = "account", value_name = "ID,ID", value_delimiter = ',', value_parser = account)]
        accounts: Vec<AccountId>,
    },
    /// Take back what apply set up
    Destroy {
        /// Don't ask
        #[arg(long)]
        yes: bool,
        /// Leave the stream, even if apply created it
        #[arg(long)]
        keep_stream: bool,
        /// Delete the log groups that apply created, with the logs in them
        #[arg(long)]
        delete_logs: bool,
        /// Only in these accounts, selected or not, also those that have left the organization, and leave the
        /// central account as it is
        #[arg(long, visible_alias = "account", value_name = "ID,ID", value_delimiter = ',', value_parser = account)]
        accounts: Vec<AccountId>,
    },
    /// Print the IAM policies that running this takes
    Policies {
        /// Also what verify --canary takes
        #[arg(long)]
        canary: bool,
        /// Also what verify --canary --archive takes
        #[arg(long, value_name = "s3://BUCKET/PREFIX", requires = "canary")]
        archive: Option<Archive>,
    },
    /// Put templates, pipeline, lifecycle and dashboards into an OpenSearch or Elasticsearch cluster; asks AWS for
    /// nothing and needs no configuration
    SearchSetup(Box<SearchSetup>),
}

fn account(text: &str) -> Result<AccountId, String> {
    AccountId::parse(text).ok_or_else(|| "an account has twelve digits".to_owned())
}
