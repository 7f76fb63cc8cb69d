//! The tables at the end.

use super::archive::Archive;
use super::arrivals::Arrivals;
use super::console::Console;
use super::pipeline::Done;
use super::report::Report;
use super::traffic::Expected;
use crate::organization::Organization;
use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use std::collections::BTreeMap;
use std::path::Path;

/// Sent and arrived, by dataset and account.
pub fn table(
    console: Console,
    organization: &Organization,
    expected: &[&Expected],
    archive: &Arrivals,
    search: Option<&Arrivals>,
) {
    let mut rows: BTreeMap<(&str, &str), [usize; 3]> = BTreeMap::new();
    for expected in expected {
        let row = rows
            .entry((expected.dataset, &expected.account))
            .or_default();
        row[0] += 1;
        let times = |place: &Arrivals| {
            place
                .get(&expected.document_id)
                .map_or(0, |found| found.times)
        };
        row[1] += times(archive);
        row[2] += search.map_or(0, times);
    }
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header([
        "dataset",
        "account",
        "sent",
        "in the archive",
        "in OpenSearch",
    ]);
    let mut total = [0; 3];
    for ((dataset, account), row) in &rows {
        let name = organization
            .members
            .iter()
            .find(|m| m.id == *account)
            .map_or("", |m| &m.name);
        table.add_row(cells(
            dataset,
            &format!("{account} {name}"),
            row,
            search.is_some(),
        ));
        total.iter_mut().zip(row).for_each(|(sum, n)| *sum += n);
    }
    table.add_row(cells("all", "", &total, search.is_some()));
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    console.say(table.to_string());
}

fn cells(
    dataset: &str,
    account: &str,
    [sent, archived, found]: &[usize; 3],
    search: bool,
) -> [String; 5] {
    let found = if search {
        found.to_string()
    } else {
        "no server".to_owned()
    };
    [
        dataset.to_owned(),
        account.to_owned(),
        sent.to_string(),
        archived.to_string(),
        found,
    ]
}

/// What became of everything else, and where it lies.
pub fn rest(console: Console, report: &Report, archive: &Archive, done: &Done, output: &Path) {
    console.say(format!(
        "{} control messages sent, {} records dropped by the function: these, and nothing else, should be.\n\
         {} records under the error prefix, each with its original bytes: the payloads that were damaged.",
        report.control_messages, done.archive.dropped, report.documents_failed,
    ));
    if report.payloads_put_back > 0 {
        console.say(format!(
            "{} events ({} payloads) put back by the function, because their documents would have burst the\n  \
             6,291,556 bytes of one answer: they came to it again.",
            report.events_put_back, report.payloads_put_back,
        ));
    }
    console.say(format!(
        "The function was called {} times. {:.0} events per second from the first one sent to the last one\n  \
         found in place.",
        report.invocations, report.events_per_second,
    ));
    console.say(format!(
        "\nArchive: {} objects, {} KB; copies in {}\nErrors: copies in {}\nReport: {}",
        archive.objects,
        archive.bytes / 1000,
        output.join("archive").display(),
        output.join("errors").display(),
        output.join("report.json").display(),
    ));
}
