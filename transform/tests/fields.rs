//! docs/fields.md is the tables of fields, as the code has them.
//!
//! `UPDATE_FIELDS=1 cargo test -p transform --test fields` writes it anew.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::fmt::Write;
use std::path::Path;

use transform::document::{COMMON, Kind, Row};
use transform::{cloudtrail, flow_logs, guardduty, plain};

const HEAD: &str = "\
# The documents' fields

Made from the code's tables of fields by a test; a field that is missing in a message is missing in
its document. *by rule* means that it follows from other fields: the rules are the files beside
`fields.rs` in the dataset's folder in `transform/src`. A path with `*` stands for any key there; of
lists, the first element is meant.

";

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Keyword => "text",
        Kind::Long => "whole number",
        Kind::Double => "number",
        Kind::Boolean => "true or false",
        Kind::Date => "date",
        Kind::Ip => "IP address",
        Kind::Lowercase => "text in lower case",
        Kind::Keywords => "texts",
        Kind::Flattened => "free-form object",
        Kind::Array | Kind::List | Kind::Computed | Kind::Constant(_) => "",
    }
}

fn table(out: &mut String, title: &str, rows: &[Row]) {
    write!(
        out,
        "## {title}\n\n| field | from | kind |\n|---|---|---|\n"
    )
    .unwrap();
    let mut written: Vec<&Row> = rows.iter().filter(|row| !row.target.is_empty()).collect();
    // Of a row of every document that the dataset reads from its message, that is told.
    let read = |target: &str| {
        rows.iter()
            .any(|row| row.target == target && !row.source.is_empty())
    };
    written.retain(|row| !row.source.is_empty() || !read(row.target));
    for row in written {
        let from = match row.kind {
            Kind::Constant(json) => format!("always `{json}`"),
            _ if row.source.is_empty() => "*by rule*".to_owned(),
            _ => format!("`{}`", row.source),
        };
        writeln!(out, "| `{}` | {from} | {} |", row.target, kind(row.kind)).unwrap();
    }
    out.push('\n');
}

fn document() -> String {
    let mut out = HEAD.to_owned();
    table(&mut out, "Every document", COMMON);
    let own = |rows: &'static [Row]| &rows[COMMON.len()..];
    table(
        &mut out,
        "VPC and transit gateway flow logs (`aws.vpcflow`)",
        own(flow_logs::FIELDS),
    );
    table(
        &mut out,
        "CloudTrail (`aws.cloudtrail`)",
        own(cloudtrail::FIELDS),
    );
    table(
        &mut out,
        "GuardDuty (`aws.guardduty`)",
        own(guardduty::FIELDS),
    );
    table(
        &mut out,
        "Other log lines, and pipeline errors (`aws.cloudwatch_logs`)",
        own(plain::FIELDS),
    );
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

#[test]
fn the_documented_fields_are_those_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/fields.md");
    if std::env::var_os("UPDATE_FIELDS").is_some() {
        std::fs::write(&path, document()).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap();
    assert!(
        found == document(),
        "docs/fields.md differs: UPDATE_FIELDS=1 cargo test -p transform --test fields"
    );
}

#[test]
fn no_object_of_a_document_is_a_value_too() {
    for rows in [
        flow_logs::FIELDS,
        cloudtrail::FIELDS,
        guardduty::FIELDS,
        plain::FIELDS,
    ] {
        for row in rows.iter().filter(|row| !row.target.is_empty()) {
            let inside = format!("{}.", row.target);
            let clash = rows.iter().find(|other| other.target.starts_with(&inside));
            assert!(clash.is_none(), "{} is an object too", row.target);
        }
    }
}
