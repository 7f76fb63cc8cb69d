//! The figures of a run, as `target/demo/report.json`.

use serde::Serialize;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The figures of a run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Log events that filters sent on their way.
    pub events_sent: usize,
    /// Payloads by which CloudWatch Logs checked the destination.
    pub control_messages: u64,
    /// Documents in the archive's objects.
    pub documents_in_archive: usize,
    /// Documents in OpenSearch; absent where there is no search server.
    pub documents_in_search: Option<usize>,
    /// Payloads under an error prefix: those that were damaged on purpose.
    pub documents_failed: usize,
    /// Members that send.
    pub accounts_onboarded: usize,
    /// Subscription filters that lead to the destination.
    pub filters_created: usize,
    /// Payloads that the function put back because their documents didn't fit into its answer.
    pub payloads_put_back: u64,
    /// Events in them, by the function's own metrics.
    pub events_put_back: u64,
    /// Calls of the function.
    pub invocations: u64,
    /// Events through the whole way, from the first one sent to the last document in place.
    pub events_per_second: f64,
    /// Seconds of each stage, in their order.
    pub seconds: Stages,
    /// The first figures for each dataset.
    pub datasets: BTreeMap<String, DatasetReport>,
    /// What is unaccounted for; empty in a good run.
    pub complaints: Vec<String>,
}

/// The figures of one dataset.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DatasetReport {
    /// Events sent.
    pub events_sent: usize,
    /// Documents in the archive.
    pub documents_in_archive: usize,
    /// Documents in OpenSearch; absent where there is no search server.
    pub documents_in_search: Option<usize>,
    /// Events sent, by account.
    pub accounts: BTreeMap<String, usize>,
}

/// How long each stage took.
#[derive(Debug, Clone, Default)]
pub struct Stages(Vec<(&'static str, Duration)>);

impl Stages {
    /// Notes that the stage `name` took from `start` until now.
    pub fn ended(&mut self, name: &'static str, start: Instant) {
        self.0.push((name, start.elapsed()));
    }

    /// All stages together.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.0.iter().map(|(_, took)| *took).sum()
    }

    /// The stages in words.
    #[must_use]
    pub fn text(&self) -> String {
        let stage = |(name, took): &(&str, Duration)| format!("{name} {:.1} s", took.as_secs_f64());
        self.0.iter().map(stage).collect::<Vec<_>>().join(", ")
    }
}

impl Serialize for Stages {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rounded = |took: Duration| (took.as_secs_f64() * 100.0).round() / 100.0;
        let stages = self.0.iter().map(|(name, took)| (*name, rounded(*took)));
        serializer.collect_map(stages.chain([("total", rounded(self.total()))]))
    }
}
