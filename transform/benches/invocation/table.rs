//! What was measured, as Markdown tables.
#![allow(
    clippy::cast_precision_loss,
    reason = "sizes of some megabytes, shown with a few digits"
)]

use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};

use crate::events::Kind;
use crate::rounds::Measured;

const MIB: f64 = 1_048_576.0;

/// What went in.
pub fn inputs(measured: &[(Kind, Measured)]) -> Table {
    let head = [
        "one event of",
        "records",
        "log events",
        "request MiB",
        "gzip ratio",
        "text MiB",
        "answer MiB",
    ];
    let row = |of: &Measured| {
        vec![
            of.records.to_string(),
            of.events.to_string(),
            mib(of.body),
            format!("{:.1}", of.text as f64 / of.compressed as f64),
            mib(of.text),
            mib(of.answer),
        ]
    };
    table(&head, measured, row)
}

/// What it took.
pub fn results(measured: &[(Kind, Measured)]) -> Table {
    let head = [
        "processor time",
        "floor ms",
        "ndjson ms",
        "of the floor's speed",
        "log events/s",
        "text MiB/s",
        "ndjson-gzip ms",
        "gzip/ndjson",
    ];
    let row = |of: &Measured| {
        let seconds = of.ndjson.as_secs_f64();
        vec![
            ms(of.floor),
            ms(of.ndjson),
            format!("{:.0} %", 100.0 / of.ndjson_by_floor),
            format!("{:.0}", of.events as f64 / seconds),
            format!("{:.0}", of.text as f64 / MIB / seconds),
            ms(of.gzip),
            format!("{:.2}", of.gzip_by_ndjson),
        ]
    };
    table(&head, measured, row)
}

/// What reading alone takes, and what half of the floor's speed would leave for each log event.
pub fn bounds(measured: &[(Kind, Measured)]) -> Table {
    let head = [
        "processor time",
        "floor ms",
        "frame ms",
        "frame and walk ms",
        "twice the floor ms",
        "leaves after the frame, ns/event",
        "the walk takes, ns/event",
        "all of ndjson, ns/event",
    ];
    let row = |of: &Measured| {
        let each = |time: f64| format!("{:.0}", time * 1e9 / of.events as f64);
        let frame = of.frame.as_secs_f64();
        let twice = 2.0 * of.floor.as_secs_f64();
        vec![
            ms(of.floor),
            ms(of.frame),
            ms(of.walk),
            format!("{:.2}", twice * 1000.0),
            each(twice - frame),
            each(of.walk.as_secs_f64() - frame),
            each(of.ndjson.as_secs_f64() - frame),
        ]
    };
    table(&head, measured, row)
}

fn table(
    head: &[&str],
    measured: &[(Kind, Measured)],
    row: impl Fn(&Measured) -> Vec<String>,
) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(head);
    for (kind, of) in measured {
        table.add_row([vec![kind.name().to_owned()], row(of)].concat());
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn mib(bytes: usize) -> String {
    format!("{:.2}", bytes as f64 / MIB)
}

fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1000.0)
}
