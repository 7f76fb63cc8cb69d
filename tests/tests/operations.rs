//! `docs/operations.md` knows every alarm, and says what the script that measures says.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context, ensure};
use local::layout::project_root;
use serde_json::json;
use tests::template::{of_kind, output, template, templates};

type Tested = anyhow::Result<()>;

fn document() -> anyhow::Result<String> {
    Ok(std::fs::read_to_string(
        project_root().join("docs/operations.md"),
    )?)
}

/// The alarms of each row of the document's first table, and the whole row.
fn rows(document: &str) -> Vec<(Vec<&str>, &str)> {
    let lines = document.lines().filter(|line| line.starts_with("| `"));
    let named = lines.map(|line| {
        let cell = line.trim_start_matches("| ").split(" | ").next();
        let names = cell.unwrap_or_default().split(", ");
        let names = names.map(|name| name.trim_matches('`'));
        let alarms = names.filter(|name| name.ends_with("Alarm"));
        (alarms.collect::<Vec<_>>(), line)
    });
    named.filter(|(alarms, _)| !alarms.is_empty()).collect()
}

#[test]
fn every_alarm_of_the_templates_is_explained_and_no_other() -> Tested {
    let mut alarms = BTreeSet::new();
    for name in templates()? {
        let template = template(&name)?;
        let resources = template["Resources"].as_object().context("resources")?;
        let of_type = resources
            .iter()
            .filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm");
        alarms.extend(of_type.map(|(name, _)| name.clone()));
    }
    let document = document()?;
    let rows = rows(&document);
    let all = rows.iter().flat_map(|(alarms, _)| alarms);
    let explained: BTreeSet<String> = all.map(|name| (*name).to_owned()).collect();
    let missing: Vec<&String> = alarms.difference(&explained).collect();
    assert_eq!(missing, Vec::<&String>::new(), "not in docs/operations.md");
    // A second name is that of another template, which need not be there; so need one that the row names.
    let is_there =
        |file: &str| templates().is_ok_and(|names| names.iter().any(|name| name == file));
    for (row, line) in rows {
        let elsewhere = line.split('`').find(|text| text.contains(".yaml"));
        if elsewhere.is_none_or(is_there) {
            assert!(row.iter().any(|name| alarms.contains(*name)), "{row:?}");
        }
    }
    Ok(())
}

#[test]
fn the_alarms_that_tell_nobody_without_a_topic_are_named_above_the_table() -> Tested {
    let document = document()?;
    let (above, _) = document.split_once("\n| alarm |").context("no table")?;
    for name in templates()? {
        for (id, alarm) in of_kind(&template(&name)?, "AWS::CloudWatch::Alarm") {
            let own_topic = alarm["Properties"]["AlarmActions"] == json!([{"Ref": "Alarms"}]);
            assert!(own_topic || above.contains(&format!("`{id}`")), "{id}");
        }
    }
    Ok(())
}

/// The cells of all lines of tables, without those under headings.
fn cells(text: &str) -> Vec<Vec<&str>> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("| "));
    lines
        .map(|line| line.trim_end_matches(" |").split(" | ").collect())
        .collect()
}

/// Whether both are the same text, or numbers that differ by less than a twentieth, as gzip's
/// implementations do.
fn is_near(one: &str, other: &str) -> bool {
    let numbers = (one.parse::<f64>(), other.parse::<f64>());
    match numbers {
        (Ok(one), Ok(other)) => (one - other).abs() <= 0.05 * other.abs().max(1.0),
        _ => one == other,
    }
}

#[test]
fn the_tables_of_costs_are_what_the_script_says() -> Tested {
    let mut command = Command::new("python3");
    command
        .arg(project_root().join("local/cost.py"))
        .arg(tests::binary("reshape")?);
    let printed = String::from_utf8(output(command)?)?;
    let document = document()?;
    let written = cells(&document);
    let measured = cells(&printed);
    ensure!(measured.len() > 20, "{printed}");
    for row in measured {
        let same = written.iter().find(|other| other[0] == row[0]);
        let same = same.with_context(|| format!("{row:?} is not in docs/operations.md"))?;
        assert!(
            row.len() == same.len() && row.iter().zip(same).all(|(one, other)| is_near(one, other)),
            "measured {row:?}, written {same:?}: `make cost` prints the tables"
        );
    }
    Ok(())
}

/// The anchor of a heading, as it is made where Markdown is shown.
fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn what_the_document_links_to_is_there() -> Tested {
    let document = document()?;
    let links = document.split("](").skip(1);
    let links = links.filter_map(|rest| rest.split(')').next());
    for link in links.filter(|link| !link.starts_with("https://")) {
        let (file, place) = link.split_once('#').unwrap_or((link, ""));
        let path = project_root().join("docs").join(if file.is_empty() {
            "operations.md"
        } else {
            file
        });
        ensure!(path.exists(), "{link}");
        if place.is_empty() {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        let mut headings = text.lines().filter(|line| line.starts_with('#'));
        let found = headings.any(|line| anchor(line.trim_start_matches('#').trim()) == place);
        ensure!(found, "{link}");
    }
    Ok(())
}
