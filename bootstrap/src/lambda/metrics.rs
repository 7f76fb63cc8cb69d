//! One line of CloudWatch metrics per invocation, as the function `transform` writes them (AWS, "Embedded
//! metric format specification").

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::answer::Counts;

/// The metrics' namespace, the same as the other function's.
const NAMESPACE: &str = "Tributary";

/// The line for one invocation of `function`, without a line end.
pub fn line(function: &str, counts: &Counts, failed: bool, took: Duration) -> String {
    let metrics = [
        ("Accounts", counts.accounts),
        ("AccountsFailed", counts.accounts_failed),
        ("FiltersAdded", counts.filters_added),
        ("ActionsDone", counts.actions_done),
        ("ActionsFailed", counts.actions_failed),
        ("ActionsLeft", counts.actions_left),
        ("RemovalsHeld", counts.removals_held),
        ("Blocked", counts.blocked),
        ("Failures", usize::from(failed)),
    ];
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let mut names: Vec<Value> = metrics
        .iter()
        .map(|(name, _)| json!({"Name": name, "Unit": "Count"}))
        .collect();
    names.push(json!({"Name": "Duration", "Unit": "Milliseconds"}));
    let mut line = json!({
        "_aws": {
            "Timestamp": u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
            "CloudWatchMetrics": [
                {"Namespace": NAMESPACE, "Dimensions": [["FunctionName"]], "Metrics": names},
            ],
        },
        "FunctionName": function,
        "Duration": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    });
    for (name, value) in metrics {
        line[name] = value.into();
    }
    line.to_string()
}
