//! The saved objects of the sources: index patterns, saved searches, visualizations, dashboards.
//!
//! Their form is that of Kibana 7.10, from which OpenSearch Dashboards comes: both import it, and
//! take it on to their own versions by `migrationVersion`.

use super::aggregations::LANGUAGE;
use super::grid::Grid;
use super::source::{Counter, Dashboard, Kind, Panel, Patterns, Sources};
use super::vis_state;
use anyhow::Context;
use serde_json::{Value, json};

/// The name of the reference from a panel's search to its index pattern.
const INDEX: &str = "kibanaSavedObjectMeta.searchSourceJSON.index";

/// All saved objects, those first that others refer to.
///
/// # Errors
/// When a panel can't be made, with its dashboard.
pub fn of(sources: &Sources) -> anyhow::Result<Vec<Value>> {
    let mut objects = patterns(&sources.patterns);
    let mut boards = Vec::new();
    for dashboard in &sources.dashboards {
        let panels = panels(dashboard);
        for panel in &panels {
            let object = object(panel, dashboard);
            objects.push(object.with_context(|| format!("the dashboard {}", dashboard.id))?);
        }
        boards.push(board(dashboard, &panels));
    }
    objects.extend(boards);
    Ok(objects)
}

fn patterns(patterns: &Patterns) -> Vec<Value> {
    let format = |url: &String| {
        json!({
            "id": "url",
            "params": {"type": "a", "urlTemplate": url, "labelTemplate": "{{value}}", "openLinkInCurrentTab": true},
        })
    };
    let formats = patterns.links.iter().map(|(f, url)| (f, format(url)));
    let formats: Value = formats.map(|(f, v)| (f.clone(), v)).collect();
    let object = |pattern: &super::source::Pattern| {
        json!({
            "type": "index-pattern", "id": pattern.id,
            "attributes": {
                "title": pattern.title, "timeFieldName": "@timestamp", "fieldFormatMap": formats.to_string(),
            },
            "references": [], "migrationVersion": {"index-pattern": "7.6.0"},
        })
    };
    patterns.patterns.iter().map(object).collect()
}

/// The panels, with one for each counter in the place of the panel `counters`.
fn panels(dashboard: &Dashboard) -> Vec<Panel> {
    let one = |panel: &Panel, counter: &Counter| Panel {
        title: counter.label.clone(),
        kind: Kind::Metric,
        query: counter.query.clone(),
        ..panel.clone()
    };
    let expand = |panel: &Panel| match panel.kind {
        Kind::Counters => dashboard.counters.iter().map(|c| one(panel, c)).collect(),
        _ => vec![panel.clone()],
    };
    dashboard.panels.iter().flat_map(expand).collect()
}

fn object(panel: &Panel, dashboard: &Dashboard) -> anyhow::Result<Value> {
    let mut source = json!({"query": {"query": panel.query, "language": LANGUAGE}, "filter": []});
    let mut attributes = json!({"title": title(panel, dashboard), "description": "", "version": 1});
    let (mut references, kind) = (
        vec![reference(INDEX, "index-pattern", &dashboard.index)],
        kind(panel),
    );
    source["indexRefName"] = json!(INDEX);
    if let Some(state) = vis_state::of(panel, &dashboard.counters)? {
        attributes["visState"] = json!(state.to_string());
        attributes["uiStateJSON"] = json!(vis_state::ui_state(panel)?.to_string());
    } else {
        attributes["columns"] = json!(panel.columns);
        attributes["sort"] = json!([["@timestamp", "desc"]]);
        attributes["hits"] = json!(0);
    }
    if panel.kind == Kind::Text {
        // It looks into nothing.
        references.clear();
        source = json!({"query": {"query": "", "language": LANGUAGE}, "filter": []});
    }
    attributes["kibanaSavedObjectMeta"] = json!({"searchSourceJSON": source.to_string()});
    Ok(json!({
        "type": kind, "id": id(panel, dashboard), "attributes": attributes, "references": references,
        "migrationVersion": {kind: if kind == "search" { "7.9.3" } else { "7.10.0" }},
    }))
}

fn kind(panel: &Panel) -> &'static str {
    if panel.kind == Kind::Events {
        "search"
    } else {
        "visualization"
    }
}

/// Titles of saved objects stand in one list for all dashboards.
fn title(panel: &Panel, dashboard: &Dashboard) -> String {
    format!("{}: {}", dashboard.title, panel.title)
}

fn id(panel: &Panel, dashboard: &Dashboard) -> String {
    let letter = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            ' '
        }
    };
    let words: String = panel.title.chars().map(letter).collect();
    let words: Vec<&str> = words.split_whitespace().collect();
    format!("{}-{}", dashboard.id, words.join("-"))
}

fn reference(name: &str, kind: &str, id: &str) -> Value {
    json!({"name": name, "type": kind, "id": id})
}

fn board(dashboard: &Dashboard, panels: &[Panel]) -> Value {
    let mut grid = Grid::default();
    let (mut placed, mut references) = (Vec::new(), Vec::new());
    for (number, panel) in panels.iter().enumerate() {
        let (x, y) = grid.place(panel.size);
        let [width, height] = panel.size;
        let name = format!("panel_{number}");
        placed.push(json!({
            "version": "7.10.0", "panelIndex": number.to_string(), "panelRefName": name,
            "gridData": {"x": x, "y": y, "w": width, "h": height, "i": number.to_string()},
            "title": panel.title, "embeddableConfig": {"title": panel.title},
        }));
        references.push(reference(&name, kind(panel), &id(panel, dashboard)));
    }
    let search = json!({"query": {"query": "", "language": LANGUAGE}, "filter": []});
    let mut attributes = json!({
        "title": dashboard.title, "description": dashboard.description, "hits": 0, "version": 1,
        "panelsJSON": Value::Array(placed).to_string(),
        "optionsJSON": json!({"hidePanelTitles": false, "useMargins": true}).to_string(),
        "timeRestore": dashboard.from.is_some(),
        "kibanaSavedObjectMeta": {"searchSourceJSON": search.to_string()},
    });
    if let Some(from) = &dashboard.from {
        attributes["timeFrom"] = json!(from);
        attributes["timeTo"] = json!("now");
    }
    json!({
        "type": "dashboard", "id": dashboard.id, "attributes": attributes, "references": references,
        "migrationVersion": {"dashboard": "7.9.3"},
    })
}
