//! The canary: an event in a log group of our own in every account that sends, and whether it comes out
//! of the central stream, or into the archive. It touches no log group of anybody else.

mod archive;
mod group;
mod marker;
mod run;
mod watch;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::bounded::bounded;
use crate::context::{Context, Situation};
use crate::names::AccountId;
use crate::plan::{Plan, Status};
pub use archive::Archive;
use watch::Arrivals;

/// How much earlier than now the stream is read from: the clocks of two machines differ.
const CLOCKS_DIFFER: Duration = Duration::from_mins(2);

/// How it is tried.
#[derive(Debug, Clone)]
pub struct CanaryOptions {
    /// How long to wait for an event, from when it can be put.
    pub timeout: Duration,
    /// The archive to wait for it in, instead of the stream.
    pub archive: Option<Archive>,
}

impl CanaryOptions {
    /// Waits for so many seconds; by default three minutes for the stream, and fifteen for the archive, which
    /// is as long as Firehose's longest buffer.
    pub fn new(seconds: Option<u64>, archive: Option<Archive>) -> Self {
        let usual = if archive.is_some() { 900 } else { 180 };
        Self {
            timeout: Duration::from_secs(seconds.unwrap_or(usual)),
            archive,
        }
    }
}

/// Where an event came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum CameOut {
    /// Of the central stream.
    Stream,
    /// In an object of the archive.
    Archive,
}

/// One account and region.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CanaryRun {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// The region.
    pub region: String,
    /// How it ended.
    #[serde(flatten)]
    pub result: CanaryResult,
    /// What was left behind, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "result", rename_all = "lowercase")]
pub enum CanaryResult {
    /// The event came out.
    Arrived {
        /// Where.
        at: CameOut,
        /// After so many seconds.
        seconds: f64,
    },
    /// It didn't come in time.
    Missing {
        /// What that can mean.
        reason: String,
    },
    /// It could not be put.
    Failed {
        /// Why.
        reason: String,
    },
    /// There is nothing to try.
    Skipped {
        /// Why.
        reason: String,
    },
}

impl CanaryRun {
    /// What is wrong, if something is.
    pub fn problems(&self) -> impl Iterator<Item = &str> {
        let reason = match &self.result {
            CanaryResult::Missing { reason } | CanaryResult::Failed { reason } => {
                Some(reason.as_str())
            }
            CanaryResult::Arrived { .. } | CanaryResult::Skipped { .. } => None,
        };
        reason.into_iter().chain(self.left.as_deref())
    }
}

/// Tries it in every account of the plan that is to send, in every region.
pub async fn try_everywhere(
    context: &Arc<Context>,
    situation: &Arc<Situation>,
    plan: &Plan,
    options: CanaryOptions,
) -> Vec<CanaryRun> {
    let sites = sites(situation, plan);
    if sites.is_empty() {
        return Vec::new();
    }
    // From here on, a signal lets us clear away what we made.
    context.interrupt.begin_work();
    context.progress.start("canary", sites.len());
    let run = marker::run();
    let arrivals = Arc::new(Arrivals::new());
    let since = SystemTime::now() - CLOCKS_DIFFER;
    let watcher = tokio::spawn(watch::watch(
        Arc::clone(context),
        Arc::clone(situation),
        options.archive.clone(),
        (run.clone(), since),
        Arc::clone(&arrivals),
    ));
    let runs = bounded(sites, context.concurrency, |site| {
        let (context, situation) = (Arc::clone(context), Arc::clone(situation));
        let (arrivals, run) = (Arc::clone(&arrivals), run.clone());
        let options = options.clone();
        async move {
            let ended = run::try_it(&context, &situation, &arrivals, site, (&run, &options)).await;
            if ended.problems().next().is_some() {
                context.progress.failed();
            }
            context.progress.tick();
            ended
        }
    });
    let runs = runs.await;
    watcher.abort();
    context.progress.finish();
    runs
}

/// An account and a region to try it in.
#[derive(Debug, Clone)]
struct Site {
    account: AccountId,
    name: String,
    region: String,
}

/// Every region of every account that has something to send, or will have by its policy.
fn sites(situation: &Situation, plan: &Plan) -> Vec<Site> {
    let desired = &situation.desired;
    let regions = &desired.config.organization.regions;
    let sending = plan.members.iter().filter(|part| {
        part.status == Status::Ready
            && (part.log_groups.selected > 0 || desired.sends_by_policy(&part.account))
    });
    let of_part = |part: &crate::plan::Part| {
        let (account, name) = (part.account.clone(), part.name.clone());
        let site = move |region: &String| Site {
            account: account.clone(),
            name: name.clone(),
            region: region.clone(),
        };
        regions.iter().map(site).collect::<Vec<_>>()
    };
    sending.flat_map(of_part).collect()
}
