//! The saved objects for Dashboards: what the sources make, whole in themselves.

use local::dashboards::{self, Board, SavedObjects};
use local::layout::project_root;
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};
use std::fs;

/// The datasets of the function, in the order of the index patterns; a document's link to its dashboard
/// has the dataset's name in it.
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
    for Board { title, panels, .. } in dashboards::boards().unwrap() {
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
fn panels_look_into_indices_of_days_months_and_other_days_and_no_other_agent_s() {
    let boards = dashboards::boards().unwrap();
    for dataset in DATASETS {
        let looking = |index: &str| -> Vec<String> {
            let index = index.replace("DATASET", dataset);
            let looks = |board: &&Board| board.panels.iter().any(|panel| panel.looks_into(&index));
            boards.iter().filter(looks).map(|b| b.id.clone()).collect()
        };
        let own = format!("tributary-{dataset}");
        for index in [
            "logs-DATASET-2024-02-03",
            "logs-DATASET-2024-02",
            "logs-DATASET-other-days",
        ] {
            let looking = looking(index);
            for id in ["tributary-overview", "tributary-account", own.as_str()] {
                assert!(
                    looking.iter().any(|one| one == id),
                    "{id} sees nothing of {index} of {dataset}"
                );
            }
        }
        assert_eq!(
            looking("logs-DATASET-default"),
            [""; 0],
            "another agent's {dataset} would be counted"
        );
    }
}

#[test]
fn index_patterns_are_those_of_the_index_templates_one_of_all_and_one_for_each_dataset() {
    let objects = dashboards::committed().unwrap();
    let patterns = objects
        .all()
        .iter()
        .filter(|o| o["type"] == "index-pattern");
    let (all, each): (Vec<_>, Vec<_>) = patterns.partition(|o| o["id"] == "tributary");
    let titles = |of: &[&Value]| -> Vec<String> {
        let titles = of.iter().map(|o| text(&o["attributes"]["title"]));
        titles.flat_map(|all| indices(&all)).collect()
    };
    let of_templates = templates();
    let in_order = DATASETS.map(|dataset| {
        [
            format!("logs-{dataset}-2*-*"),
            format!("logs-{dataset}-other-days"),
        ]
    });
    assert_eq!(titles(&all), in_order.concat());
    assert_eq!(
        titles(&all).into_iter().collect::<BTreeSet<_>>(),
        of_templates
    );
    assert_eq!(
        titles(&each).into_iter().collect::<BTreeSet<_>>(),
        of_templates
    );
    assert_eq!(each.len(), DATASETS.len());
}

/// The indices in the title of an index pattern. That of other days stands there as a pattern too,
/// since one that finds nothing is no error.
fn indices(title: &str) -> Vec<String> {
    let index = |pattern: &str| match pattern.strip_suffix("-other-days*") {
        Some(start) => format!("{start}-other-days"),
        None => pattern.to_owned(),
    };
    title.split(',').map(index).collect()
}

/// The indices of datasets that the index templates are for: beside them there are the name that
/// Firehose sends to, and what the pipeline couldn't place.
fn templates() -> BTreeSet<String> {
    let folder = project_root().join("dashboards/index-templates");
    let files = fs::read_dir(folder).expect("the index templates");
    let patterns = files.flat_map(|file| {
        let file = file.expect("a file").path();
        let template = fs::read_to_string(file).expect("a template");
        let template: Value = serde_json::from_str(&template).expect("JSON");
        let patterns = template["index_patterns"].as_array();
        let patterns = patterns.expect("index patterns").iter();
        patterns.map(text).collect::<Vec<_>>()
    });
    patterns
        .filter(|pattern| pattern.starts_with("logs-aws."))
        .collect()
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
