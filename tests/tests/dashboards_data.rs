//! Every panel over the demo's data: known fields, an answer, something to see; and the picture of
//! them in a real browser.

use local::dashboards::request::{self, Range};
use local::dashboards::{self, Answer, Board, Panel};
use local::demo::search::Server;
use local::demo::{self, Finished, Options, picture};
use serde_json::{Value, json};
use std::path::Path;
use tests::browser::{Page, browser};
use tests::demo::{LITTLE, options, skipped};

#[tokio::test]
async fn every_panel_of_the_demo_s_data_has_something_to_show_and_is_drawn() {
    let options = options("dashboards", LITTLE).unwrap();
    let Finished { scene, .. } = demo::run(&options).await.unwrap();
    let Some(server) = scene.server() else {
        skipped("the dashboards over the demo's data", &scene.search);
        return;
    };
    let looking = tokio::task::spawn_blocking(move || look(&server, &options));
    looking.await.unwrap();
}

fn look(server: &Server, options: &Options) {
    let boards = dashboards::boards().expect("the committed dashboards");
    let mut complaints = Vec::new();
    for Board { title, panels, .. } in &boards {
        for panel in panels {
            let name = format!("{title}: {}", panel.title);
            complaints.extend(unknown(panel, server).map(|why| format!("{name}: {why}")));
            complaints.extend(emptiness(panel, server).map(|why| format!("{name}: {why}")));
            let columns = panel.columns.iter();
            let nowhere = columns.filter(|column| !has_a_value(panel, column, server));
            complaints.extend(nowhere.map(|column| format!("{name}: {column} is always empty")));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    if let Some(browser) = browser("the picture of the dashboards") {
        drawn(&browser, &options.output.join(picture::PAGE), &boards);
    }
}

/// Fields that no index has, or not in a form that the panel can use.
fn unknown(panel: &Panel, server: &Server) -> Option<String> {
    let index = panel.index.as_ref()?;
    let fields = request::fields(panel);
    let all: Vec<&str> = fields
        .named
        .union(&fields.aggregated)
        .map(String::as_str)
        .collect();
    let path = format!("{index}/_field_caps?fields={}", all.join(","));
    let caps = server.post(&path, &json!({})).expect("field caps");
    let complaint = |field: &&str| {
        let types = caps["fields"][*field].as_object();
        let Some(types) = types.filter(|types| !types.is_empty()) else {
            return Some(format!("{field} is in no mapping"));
        };
        let useless = |of: &Value| of["aggregatable"] != true;
        let aggregated = fields.aggregated.contains(*field);
        (types.len() > 1 || aggregated && types.values().any(useless))
            .then(|| format!("{field} can't be used: {types:?}"))
    };
    all.iter().find_map(complaint)
}

fn emptiness(panel: &Panel, server: &Server) -> Option<String> {
    match Answer::of(panel, server) {
        Ok(Some(answer)) => answer.emptiness(),
        Ok(None) => panel.text.is_empty().then(|| "no text".to_owned()),
        Err(error) => Some(format!("{error:#}")),
    }
}

/// Whether an event of a list has the field of a column: such a name may be one that no document has.
fn has_a_value(panel: &Panel, column: &str, server: &Server) -> bool {
    let index = panel.index.as_ref().expect("a list looks into indices");
    let exists = json!({"query": {"exists": {"field": column}}});
    let filters = panel.filters.iter().cloned().chain([exists]).collect();
    let panel = Panel {
        filters,
        ..panel.clone()
    };
    let search = request::search(&panel, Range::ALL);
    let answer = server.post(&format!("{index}/_search"), &search);
    answer.expect("an answer")["hits"]["total"]["value"].as_u64() > Some(0)
}

/// What the page shows of each panel: its size, marks of a chart, rows, numbers, paragraphs.
const SHOWN: &str = "[...document.querySelectorAll('.panel')].map(panel => ({
    id: panel.id, title: panel.querySelector('h3').textContent,
    area: panel.clientWidth * panel.clientHeight,
    marks: [...panel.querySelectorAll('svg path')].filter(p => !['none', 'transparent', null].includes(p.getAttribute('fill'))).length,
    rows: panel.querySelectorAll('tbody tr').length,
    numbers: [...panel.querySelectorAll('.number b')].filter(n => n.textContent).length,
    paragraphs: panel.querySelectorAll('p').length,
    broken: [...panel.querySelectorAll('a')].filter(a => !document.querySelector(CSS.escape ? '#' + CSS.escape(a.hash.slice(1)) : a.hash)).length,
}))";

fn drawn(browser: &Path, file: &Path, boards: &[Board]) {
    let mut page = Page::open(browser, file).expect("the page opens");
    let shown = page.value(SHOWN).expect("what it shows");
    let panels: Vec<&Panel> = boards.iter().flat_map(|board| &board.panels).collect();
    let shown = shown.as_array().expect("a list of panels");
    assert_eq!(shown.len(), panels.len());
    for (panel, shown) in panels.iter().zip(shown) {
        let what = match panel.kind.as_str() {
            "markdown" => "paragraphs",
            "metric" => "numbers",
            "table" | "search" => "rows",
            _ => "marks",
        };
        assert_eq!(
            (&shown["id"], &shown["title"]),
            (&json!(panel.id), &json!(panel.title))
        );
        assert!(shown["area"].as_u64() > Some(5_000), "{shown}");
        assert!(shown[what].as_u64() > Some(0), "no {what}: {shown}");
        assert_eq!(shown["broken"], 0, "a link leads nowhere: {shown}");
    }
    let url = format!("file://{}", file.display());
    assert_eq!(page.troubles(&url), [""; 0]);
}

#[test]
fn a_page_that_throws_complains_or_asks_the_network_is_found_out() {
    let Some(browser) = browser("the browser's words") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    let url = format!("file://{}", file.display());
    for (script, trouble) in [
        ("", None),
        ("throw new Error('no')", Some("exceptionThrown")),
        ("console.error('no')", Some("consoleAPICalled")),
        (
            "new Image().src = 'http://127.0.0.1:49151/no'",
            Some("requestWillBeSent"),
        ),
    ] {
        let html = format!("<!DOCTYPE html><title>x</title><script>{script}</script>");
        std::fs::write(&file, html).unwrap();
        let troubles = Page::open(&browser, &file).unwrap().troubles(&url);
        match trouble {
            None => assert!(troubles.is_empty(), "{troubles:?}"),
            Some(name) => assert!(troubles.iter().any(|t| t.contains(name)), "{troubles:?}"),
        }
    }
}
