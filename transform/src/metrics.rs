//! One line of CloudWatch metrics per invocation.
//!
//! CloudWatch turns such a line, written to standard output, into metrics (AWS, "Embedded metric
//! format specification"). A dimension has one value in a line, so that datasets and reasons stand
//! in the metrics' names; totals are there always, the others where they aren't zero.

use crate::catalog;
use crate::dataset::Dataset;
use crate::json::write_quoted;
use crate::outcome::{Dropped, Failed};
use crate::tally::Tally;

/// The metrics' namespace.
pub const NAMESPACE: &str = "Tributary";

/// What a line says beside the counts.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The function, the metrics' one dimension.
    pub function: &'a str,
    /// Firehose's id of the invocation, for finding its log line.
    pub invocation_id: &'a str,
    /// Now, in milliseconds since 1970.
    pub timestamp: u64,
    /// How long the invocation took, in milliseconds.
    pub duration: f64,
    /// How it stands with the catalog, where one is set and documents were made.
    pub catalog: Option<catalog::State>,
    /// What went wrong on the way to streams, and in records.
    pub errors: &'a [String],
}

/// The line for one invocation, without a line end.
#[must_use]
pub fn line(tally: &Tally, about: &About<'_>) -> Vec<u8> {
    let mut counts = counts(tally);
    counts.extend(about.catalog.iter().flat_map(of_catalog));
    let mut out = format!(
        r#"{{"_aws":{{"Timestamp":{},"CloudWatchMetrics":[{{"Namespace":"{NAMESPACE}","Dimensions":[["FunctionName"]],"Metrics":["#,
        about.timestamp
    )
    .into_bytes();
    for (name, unit, _) in &counts {
        out.extend_from_slice(format!(r#"{{"Name":"{name}","Unit":"{unit}"}},"#).as_bytes());
    }
    out.extend_from_slice(br#"{"Name":"Duration","Unit":"Milliseconds"}]}]}"#);
    for (name, text) in [
        ("FunctionName", about.function),
        ("InvocationId", about.invocation_id),
    ] {
        out.extend_from_slice(format!(r#","{name}":"#).as_bytes());
        write_quoted(&mut out, text.as_bytes());
    }
    for (name, _, count) in &counts {
        out.extend_from_slice(format!(r#","{name}":{count}"#).as_bytes());
    }
    out.extend_from_slice(format!(r#","Duration":{:.3}"#, about.duration).as_bytes());
    if !about.errors.is_empty() {
        out.extend_from_slice(br#","Errors":["#);
        for (index, error) in about.errors.iter().enumerate() {
            out.extend_from_slice(if index > 0 { b"," } else { b"" });
            write_quoted(&mut out, error.as_bytes());
        }
        out.push(b']');
    }
    out.push(b'}');
    out
}

/// The metrics of the catalog. That it is there is said too: an alarm then knows data from none.
fn of_catalog(state: &catalog::State) -> Vec<(String, &'static str, u64)> {
    let flags = [
        ("CatalogUnavailable", u64::from(state.missing)),
        ("CatalogStale", u64::from(state.stale)),
    ];
    let mut metrics = flags
        .map(|(name, value)| (name.to_owned(), "Count", value))
        .to_vec();
    if let Some(age) = state.age {
        metrics.push(("CatalogAgeSeconds".to_owned(), "Seconds", age));
    }
    if state.left_out > 0 {
        let left_out = state.left_out as u64;
        metrics.push(("CatalogEntriesLeftOut".to_owned(), "Count", left_out));
    }
    metrics
}

/// All metrics of an invocation but its duration: name, unit, value.
fn counts(tally: &Tally) -> Vec<(String, &'static str, u64)> {
    let mut counts: Vec<(String, &str, u64)> = [
        ("RecordsIn", tally.records),
        ("EventsIn", tally.events),
        ("DocumentsOut", tally.documents_out()),
        ("DocumentsReturned", tally.returned),
        ("PipelineErrors", tally.pipeline_errors),
        ("Ok", tally.ok),
        ("Dropped", tally.records_dropped()),
        ("Failed", tally.records_failed()),
        ("EventsFailed", tally.events_failed),
        ("EventsEmpty", tally.empty),
        ("ControlMessages", tally.control_messages),
        ("PutBackEvents", tally.put_back),
        ("PutBackRecords", tally.put_back_records),
        ("DocumentsSent", tally.documents_sent),
    ]
    .map(|(name, count)| (name.to_owned(), "Count", count))
    .to_vec();
    counts.push(("BytesIn".to_owned(), "Bytes", tally.bytes_in));
    counts.push(("BytesOut".to_owned(), "Bytes", tally.bytes_out));
    let datasets = Dataset::ALL.iter().map(|dataset| {
        (
            "DocumentsOut",
            dataset.name(),
            tally.documents[dataset.index()],
        )
    });
    let dropped = Dropped::ALL
        .iter()
        .map(|&reason| ("Dropped", reason.name(), tally.dropped[reason as usize]));
    let failed = Failed::ALL
        .iter()
        .map(|&reason| ("Failed", reason.name(), tally.failed[reason as usize]));
    for (name, value, count) in datasets
        .chain(dropped)
        .chain(failed)
        .filter(|&(_, _, count)| count > 0)
    {
        counts.push((
            format!("{name}_{}", value.replace('.', "_")),
            "Count",
            count,
        ));
    }
    counts
}
