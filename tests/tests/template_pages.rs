//! `cloudformation/README.md` has each template's parameters, resources and outputs: those of the
//! template itself. `UPDATE_TEMPLATES=1` writes them.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Context;
use serde_json::Value;
use tests::template::{folder, template, templates};

type Tested = anyhow::Result<()>;

/// The tables of one template.
fn tables(name: &str) -> anyhow::Result<String> {
    let template = template(name)?;
    let mut out = String::from("\n| parameter | default | |\n|---|---|---|\n");
    for (parameter, about) in template["Parameters"].as_object().into_iter().flatten() {
        let default = match &about["Default"] {
            Value::Null => "required".to_owned(),
            Value::String(text) if text.is_empty() => "empty".to_owned(),
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        writeln!(out, "| `{parameter}` | {default} | {} |", described(about))?;
    }
    out.push_str("\n| resources | |\n|---|---|\n");
    let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (id, resource) in template["Resources"].as_object().into_iter().flatten() {
        let kind = resource["Type"].as_str().unwrap_or_default();
        let condition = resource["Condition"].as_str();
        let condition = condition.map_or_else(String::new, |it| format!(" (where {it})"));
        let entry = kinds.entry(kind).or_default();
        entry.push(format!("`{id}`{condition}"));
    }
    for (kind, ids) in kinds {
        writeln!(out, "| {kind} | {} |", ids.join(", "))?;
    }
    let outputs = template["Outputs"].as_object();
    if let Some(outputs) = outputs {
        out.push_str("\n| output | |\n|---|---|\n");
        for (output, about) in outputs {
            writeln!(out, "| `{output}` | {} |", described(about))?;
        }
    }
    Ok(out + "\n")
}

fn described(about: &Value) -> String {
    let text = about["Description"].as_str().unwrap_or_default().trim();
    text.replace('|', "\\|").replace('\n', " ")
}

#[test]
fn the_page_has_what_is_in_each_template() -> Tested {
    let path = folder().join("README.md");
    let mut page = std::fs::read_to_string(&path)?;
    for name in templates()? {
        let start = format!("<!-- tables of {name} -->\n");
        let (before, after) = page.split_once(&start).context(start.clone())?;
        let (old, after) = after.split_once("<!-- end -->").context(name.clone())?;
        let new = tables(&name)?;
        if std::env::var_os("UPDATE_TEMPLATES").is_some() {
            page = format!("{before}{start}{new}<!-- end -->{after}");
            continue;
        }
        assert_eq!(old, new, "{name}: UPDATE_TEMPLATES=1 writes the page");
    }
    if std::env::var_os("UPDATE_TEMPLATES").is_some() {
        std::fs::write(path, page)?;
    }
    Ok(())
}

#[test]
fn every_parameter_and_output_says_what_it_is() -> Tested {
    for name in templates()? {
        let template = template(&name)?;
        for section in ["Parameters", "Outputs"] {
            for (id, about) in template[section].as_object().into_iter().flatten() {
                assert!(described(about).len() > 5, "{name} {section} {id}");
            }
        }
    }
    Ok(())
}
