//! Every field that a panel asks for is in each index from the index's first moment: a panel over a
//! field that no document has had yet would be an error in Dashboards.

use std::collections::BTreeSet;

use local::dashboards::{self, Panel, request};
use local::search_gate::Guard;
use serde_json::Value;
use tests::search_setup::Cluster;

type Tested = anyhow::Result<()>;

/// An index of each dataset that the function writes.
const INDICES: [&str; 4] = [
    "logs-aws.vpcflow-2024-02-03",
    "logs-aws.cloudtrail-2024-02-03",
    "logs-aws.guardduty-2024-02-03",
    "logs-aws.cloudwatch_logs-2024-02-03",
];

#[test]
fn an_index_without_a_document_has_every_field_that_a_panel_asks_for() -> Tested {
    let Some(cluster) = Cluster::start("fields of panels", Guard::Nobody)? else {
        return Ok(());
    };
    cluster.ends(0, &[])?;
    let boards = dashboards::committed()?.boards()?;
    let panels: Vec<&Panel> = boards.iter().flat_map(|board| &board.panels).collect();
    let mut looked = 0;
    for index in INDICES {
        let mappings = cluster.simulated(index)?["mappings"].clone();
        for panel in panels.iter().filter(|panel| panel.looks_into(index)) {
            for field in asked_for(panel) {
                assert!(
                    has(&mappings, &field),
                    "{index} has no {field}, for which {:?} asks",
                    panel.title
                );
                looked += 1;
            }
        }
    }
    assert!(looked > 200, "{looked}");
    Ok(())
}

/// What a field has to be there for: a query over a field that isn't finds nothing, and is no error.
fn asked_for(panel: &Panel) -> BTreeSet<String> {
    let mut fields = request::fields(panel).aggregated;
    fields.extend(panel.columns.iter().cloned());
    fields.retain(|field| field != "_source");
    fields
}

fn has(mappings: &Value, field: &str) -> bool {
    let mut node = mappings;
    for key in field.split('.') {
        node = &node["properties"][key];
    }
    node.get("type").is_some()
}
