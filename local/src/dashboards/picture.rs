//! A picture of the dashboards: one HTML page that needs neither a server nor a network, each panel
//! drawn from the search server's answer to it.

use super::answer::Answer;
use super::read::{Board, Panel};
use crate::demo::search::Server;
use crate::layout::project_root;
use anyhow::Context;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

const PAGE: &str = include_str!("picture.html");
const SCRIPT: &str = include_str!("picture.js");
/// Where set-up puts the library that draws the charts.
const LIBRARY: &str = "target/local/charts/echarts.min.js";

/// Draws the dashboards with the library for charts; the page.
///
/// # Errors
/// When a panel can't be asked for.
pub fn page(boards: &[Board], server: &Server, library: &str) -> anyhow::Result<String> {
    let boards: Vec<Value> = boards
        .iter()
        .map(|board| self::board(board, server))
        .collect::<anyhow::Result<_>>()?;
    let boards = format!("const boards = {};", Value::from(boards));
    Ok(PAGE
        .replace("/* script */", SCRIPT)
        .replace("/* boards */", &closed(&boards))
        .replace("/* charts */", &closed(library)))
}

/// The library for charts, as set-up has fetched it.
///
/// # Errors
/// When it isn't there: with the reason.
pub fn library() -> Result<String, NoLibrary> {
    let file: PathBuf = project_root().join(LIBRARY);
    fs::read_to_string(&file).map_err(|_| {
        let why = fs::read_to_string(file.with_file_name("UNAVAILABLE"));
        NoLibrary(why.map_or_else(
            |_| "`make setup` fetches it".to_owned(),
            |why| why.trim_end().to_owned(),
        ))
    })
}

/// Why there is no library for charts.
#[derive(Debug, thiserror::Error)]
#[error("the library for charts is not here: {0}")]
pub struct NoLibrary(String);

/// A script that can't end the element it stands in.
fn closed(script: &str) -> String {
    script.replace("</", "<\\/")
}

fn board(board: &Board, server: &Server) -> anyhow::Result<Value> {
    let panels = board.panels.iter().map(|panel| self::panel(panel, server));
    let panels = panels
        .collect::<anyhow::Result<Vec<Value>>>()
        .with_context(|| format!("the dashboard {}", board.title))?;
    Ok(json!({
        "id": board.id, "title": board.title, "description": board.description, "panels": panels,
    }))
}

fn panel(panel: &Panel, server: &Server) -> anyhow::Result<Value> {
    let answer = Answer::of(panel, server)?;
    Ok(json!({
        "id": panel.id, "title": panel.title, "kind": panel.kind, "place": panel.place,
        "text": html(&panel.text), "answer": answer,
    }))
}

/// The little Markdown of our texts as HTML: paragraphs, links to dashboards, code.
fn html(markdown: &str) -> String {
    let escaped = markdown.replace('&', "&amp;").replace('<', "&lt;");
    let code = |(at, part): (usize, &str)| match at % 2 {
        1 => format!("<code>{part}</code>"),
        _ => links(part),
    };
    let paragraph = |text: &str| {
        let parts: String = text.split('`').enumerate().map(code).collect();
        format!("<p>{parts}</p>")
    };
    let paragraphs = escaped.split("\n\n").filter(|text| !text.trim().is_empty());
    paragraphs.map(paragraph).collect()
}

fn links(text: &str) -> String {
    let mut html = String::new();
    for part in text.split('[') {
        let link = part.split_once("](#/view/").and_then(|(label, rest)| {
            let (id, after) = rest.split_once(')')?;
            Some(format!("<a href=\"#{id}\">{label}</a>{after}"))
        });
        html += &link.unwrap_or_else(|| part.to_owned());
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_of_texts_becomes_html() {
        assert_eq!(
            html("A `b` <c>\n\n[D](#/view/e) | [F](#/view/g)."),
            "<p>A <code>b</code> &lt;c></p><p><a href=\"#e\">D</a> | <a href=\"#g\">F</a>.</p>"
        );
    }
}
