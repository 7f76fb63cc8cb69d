//! The saved objects for Dashboards: what the sources make, whole in themselves.

use local::dashboards::{self, Board, SavedObjects};
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};
use std::fs;

/// The datasets of the function; a document's link to its dashboard has the dataset's name in it.
const DATASETS: [&str; 4] = [
    "aws.vpcflow",
    "aws.cloudtrail",
    "aws.guardduty",
    "aws.cloudwatch_logs",
];

#[test]
fn the_committed_saved_objects_are_what_the_sources_make() {
    let made = dashboards::ndjson().unwrap();
    if std::env::var_os("UPDATE_DASHBOARDS").is_some() {
        fs::write(dashboards::file(), &made).unwrap();
    }
    let committed = fs::read_to_string(dashboards::file()).unwrap_or_default();
    assert!(
        made == committed,
        "the sources were changed: UPDATE_DASHBOARDS=1 cargo test --workspace --test dashboards"
    );
}

#[test]
fn ids_are_unique_and_references_lead_to_objects_that_are_imported_with_them() {
    let objects = dashboards::committed().unwrap();
    let mut ids = HashSet::new();
    for object in objects.all() {
        let id = (object["type"].to_string(), object["id"].to_string());
        assert!(ids.insert(id), "twice: {}", object["id"]);
    }
    let used: BTreeSet<(String, String)> = references(&objects);
    for (kind, id) in &used {
        assert!(objects.get(kind, id).is_some(), "{kind} {id} is missing");
    }
    for object in objects.all() {
        let (kind, id) = (text(&object["type"]), text(&object["id"]));
        let needless = kind != "dashboard" && !used.contains(&(kind.clone(), id.clone()));
        assert!(!needless, "nothing refers to {kind} {id}");
    }
}

#[test]
fn panels_stand_beside_each_other_in_48_columns() {
    for Board { title, panels, .. } in dashboards::committed().unwrap().boards().unwrap() {
        let mut cells = HashSet::new();
        for panel in &panels {
            let [x, y, width, height] = panel.place;
            assert!(x + width <= 48, "{title}: {} is too wide", panel.title);
            for cell in (x..x + width).flat_map(|x| (y..y + height).map(move |y| (x, y))) {
                assert!(
                    cells.insert(cell),
                    "{title}: {} lies over another",
                    panel.title
                );
            }
        }
    }
}

#[test]
fn links_of_texts_and_fields_lead_to_dashboards_that_exist() {
    let objects = dashboards::committed().unwrap();
    let boards = objects.boards().unwrap();
    let mut links = BTreeSet::new();
    for panel in boards.iter().flat_map(|board| &board.panels) {
        links.extend(targets(&panel.text));
    }
    for pattern in objects
        .all()
        .iter()
        .filter(|o| o["type"] == "index-pattern")
    {
        let formats = text(&pattern["attributes"]["fieldFormatMap"]);
        for dataset in DATASETS {
            links.extend(targets(
                &formats.replace("tributary-{{value}}", &format!("tributary-{dataset}")),
            ));
        }
    }
    for id in &links {
        assert!(objects.get("dashboard", id).is_some(), "no dashboard {id}");
    }
    for board in &boards {
        assert!(links.contains(&board.id), "nothing leads to {}", board.id);
    }
}

#[test]
fn the_link_of_an_account_brings_a_filter_and_the_overview_s_range_of_time() {
    let objects = dashboards::committed().unwrap();
    let overview = objects.get("dashboard", "tributary-overview").unwrap();
    let from = text(&overview["attributes"]["timeFrom"]);
    let pattern = objects.get("index-pattern", "tributary").unwrap();
    let formats = text(&pattern["attributes"]["fieldFormatMap"]);
    let formats: Value = serde_json::from_str(&formats).unwrap();
    let link = text(&formats["cloud.account.id"]["params"]["urlTemplate"]);
    // Dashboards takes all of its global state from the link: what is missing there is reset.
    let (_, state) = link.split_once("?_g=").unwrap();
    assert!(
        state.contains("match_phrase:(cloud.account.id:'{{value}}')"),
        "{state}"
    );
    assert!(
        state.ends_with(&format!(",time:(from:{from},to:now))")),
        "{state}"
    );
    assert_eq!(
        state.matches('(').count(),
        state.matches(')').count(),
        "{state}"
    );
}

#[test]
fn panels_look_into_the_daily_indices_and_no_other_agent_s() {
    let boards = dashboards::committed().unwrap().boards().unwrap();
    for dataset in DATASETS {
        let looking = |index: &str| {
            let index = index.replace("DATASET", dataset);
            let looks = |board: &&Board| board.panels.iter().any(|panel| panel.looks_into(&index));
            boards.iter().filter(looks).map(|b| b.id.clone()).collect()
        };
        let of_all = ["tributary-overview", "tributary-account"];
        let own = format!("tributary-{dataset}");
        let days: Vec<String> = looking("logs-DATASET-2024-02-03");
        for id in of_all.into_iter().chain([own.as_str()]) {
            assert!(
                days.iter().any(|one| one == id),
                "{id} sees nothing of {dataset}"
            );
        }
        let others: Vec<String> = looking("logs-DATASET-default");
        assert_eq!(
            others, [""; 0],
            "another agent's {dataset} would be counted"
        );
    }
}

#[test]
fn cis_counters_have_as_many_calls_as_the_benchmark_s_metric_filters() {
    let boards = dashboards::committed().unwrap().boards().unwrap();
    let counters = boards.iter().find(|b| b.id == "tributary-cis").unwrap();
    for (number, calls) in [
        ("3.4 ", 16),
        ("3.5 ", 5),
        ("3.7 ", 2),
        ("3.8 ", 9),
        ("3.9 ", 4),
        ("3.10 ", 6),
        ("3.11 ", 6),
        ("3.12 ", 6),
        ("3.13 ", 7),
        ("3.14 ", 11),
        ("4.15 ", 18),
    ] {
        let mut panels = counters.panels.iter();
        let panel = panels.find(|p| p.title.starts_with(number)).unwrap();
        let (_, names) = panel.query.split_once("event.action:(").unwrap();
        assert_eq!(names.split(" OR ").count(), calls, "{}", panel.title);
    }
}

/// The ids in addresses of dashboards.
fn targets(text: &str) -> impl Iterator<Item = String> {
    let after = text.split("#/view/").skip(1);
    after.map(|rest| {
        let end = rest.find([')', '?', '"', '\\']).unwrap_or(rest.len());
        rest[..end].to_owned()
    })
}

fn references(objects: &SavedObjects) -> BTreeSet<(String, String)> {
    let all = objects.all().iter();
    let references = all.flat_map(|object| object["references"].as_array().into_iter().flatten());
    references
        .map(|reference| (text(&reference["type"]), text(&reference["id"])))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
