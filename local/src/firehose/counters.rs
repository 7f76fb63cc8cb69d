//! Counts every record from its reading to its one outcome, and knows when nothing is left to do.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What a delivery stream has done so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    /// Records read from the source, those inside of aggregated records each for itself.
    pub read: u64,
    /// Records delivered to the destination.
    pub delivered: u64,
    /// Records that the function dropped.
    pub dropped: u64,
    /// Records kept under an error prefix, by their error code.
    pub failed: BTreeMap<String, u64>,
    /// Records lost: the bucket refused them to the end, or an HTTP endpoint answered 413, after which
    /// Firehose neither tries again nor keeps them.
    pub undelivered: u64,
    /// Calls of the function.
    pub invocations: u64,
    /// How many of them followed one that failed.
    pub retries: u64,
    /// The sums of the metrics in the function's log, by name.
    pub metrics: BTreeMap<String, f64>,
    /// The last thing that went wrong with a service.
    pub problem: Option<String>,
}

impl Snapshot {
    /// Records kept under an error prefix.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failed.values().sum()
    }

    /// Records that have had their outcome.
    #[must_use]
    pub fn settled(&self) -> u64 {
        self.delivered + self.dropped + self.failures() + self.undelivered
    }
}

/// The one outcome of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is at the destination.
    Delivered,
    /// The function dropped it.
    Dropped,
    /// It is under an error prefix, with that code.
    Failed(String),
    /// Neither destination nor error prefix has it.
    Undelivered,
}

/// The counters of a delivery stream.
#[derive(Debug)]
pub struct Counters(Mutex<State>);

#[derive(Debug)]
struct State {
    now: Snapshot,
    last_settled: Option<Instant>,
    /// For each shard, when the last request began that found nothing.
    found_nothing: Vec<Option<Instant>>,
}

impl Counters {
    /// For a source of so many shards.
    #[must_use]
    pub fn new(shards: usize) -> Self {
        Self(Mutex::new(State {
            now: Snapshot::default(),
            last_settled: None,
            found_nothing: vec![None; shards],
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The figures of this moment.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.state().now.clone()
    }

    /// `shard` gave `records` (each one of an aggregated record counts) to a request that began at
    /// `asked`.
    pub fn read(&self, shard: usize, records: usize, asked: Instant) {
        let mut state = self.state();
        state.now.read += records as u64;
        state.found_nothing[shard] = (records == 0).then_some(asked);
    }

    /// Records have had their outcome.
    pub fn settle(&self, outcomes: impl IntoIterator<Item = Outcome>) {
        let mut state = self.state();
        for outcome in outcomes {
            match outcome {
                Outcome::Delivered => state.now.delivered += 1,
                Outcome::Dropped => state.now.dropped += 1,
                Outcome::Failed(code) => *state.now.failed.entry(code).or_default() += 1,
                Outcome::Undelivered => state.now.undelivered += 1,
            }
        }
        state.last_settled = Some(Instant::now());
    }

    /// The function was called, for the `attempt`th time (from 1) with the same records, and logged
    /// `log`.
    pub fn invoked(&self, attempt: u32, log: &str) {
        let mut state = self.state();
        state.now.invocations += 1;
        state.now.retries += u64::from(attempt > 1);
        for (name, value) in log.lines().filter_map(embedded_metrics).flatten() {
            *state.now.metrics.entry(name).or_default() += value;
        }
    }

    /// A service refused something that will be tried again, or given up.
    pub fn problem(&self, text: String) {
        self.state().now.problem = Some(text);
    }

    /// Whether everything that the source held at `since` (and all that the function put back
    /// meanwhile) is through: no record is under way, and since the last one ended each shard was
    /// asked once more and had nothing.
    #[must_use]
    pub fn is_through(&self, since: Instant) -> bool {
        let state = self.state();
        let from = state.last_settled.map_or(since, |last| last.max(since));
        state.now.read == state.now.settled()
            && state
                .found_nothing
                .iter()
                .all(|asked| asked.is_some_and(|asked| asked > from))
    }
}

/// The metrics of a log line in CloudWatch's embedded metric format.
fn embedded_metrics(line: &str) -> Option<Vec<(String, f64)>> {
    let start = line.find("{\"_aws\"")?;
    let line: serde_json::Value = serde_json::from_str(&line[start..]).ok()?;
    let mut sums = BTreeMap::new();
    for directive in line["_aws"]["CloudWatchMetrics"].as_array()? {
        for metric in directive["Metrics"].as_array().into_iter().flatten() {
            let name = metric["Name"].as_str()?;
            if let Some(value) = line[name].as_f64() {
                sums.insert(name.to_owned(), value);
            }
        }
    }
    Some(sums.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_through_only_when_its_shards_were_asked_again_after_the_last_outcome() {
        let counters = Counters::new(2);
        let start = Instant::now();
        assert!(!counters.is_through(start), "never asked");
        counters.read(0, 1, Instant::now());
        counters.read(1, 0, Instant::now());
        assert!(!counters.is_through(start), "one is under way");
        counters.settle([Outcome::Delivered]);
        counters.read(0, 0, Instant::now());
        assert!(
            !counters.is_through(start),
            "the other shard was asked before the outcome"
        );
        counters.read(1, 0, Instant::now());
        assert!(counters.is_through(start));
        assert!(
            !counters.is_through(Instant::now()),
            "something may have been put since"
        );
    }

    #[test]
    fn embedded_metrics_are_summed_by_name() {
        let counters = Counters::new(0);
        let line = r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"T","Dimensions":[[]],"Metrics":[{"Name":"PutBack","Unit":"Count"},{"Name":"Absent"}]}]},"PutBack":3,"Other":9}"#;
        counters.invoked(1, &format!("START\n{line}\nEND"));
        counters.invoked(2, line);
        let snapshot = counters.snapshot();
        assert_eq!(
            snapshot.metrics,
            BTreeMap::from([("PutBack".to_owned(), 6.0)])
        );
        assert_eq!((snapshot.invocations, snapshot.retries), (2, 1));
    }
}
