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
