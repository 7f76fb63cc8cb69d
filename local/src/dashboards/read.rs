//! Reads dashboards and their panels back out of saved objects.

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::wildcard::like;

/// Saved objects as they are imported.
#[derive(Debug)]
pub struct SavedObjects {
    objects: Vec<Value>,
}

/// A dashboard.
#[derive(Debug)]
pub struct Board {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it answers.
    pub description: String,
    /// Its panels in their order.
    pub panels: Vec<Panel>,
}

/// A panel of a dashboard.
#[derive(Debug, Clone)]
pub struct Panel {
    /// The id of its visualization or saved search.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Column, row, width and height.
    pub place: [u64; 4],
    /// The type of its visualization, or `search` for a list of events.
    pub kind: String,
    /// The patterns of the indices that it looks into, with commas between them; none for a text.
    pub index: Option<String>,
    /// Its query.
    pub query: String,
    /// Its filters.
    pub filters: Vec<Value>,
    /// Its aggregations, metrics and buckets, in their order.
    pub aggregations: Vec<Aggregation>,
    /// The columns of a list of events.
    pub columns: Vec<String>,
    /// The number of the column whose values sort a table, the smallest first.
    pub sorted: Option<usize>,
    /// Markdown of a text.
    pub text: String,
}

/// An aggregation of a panel.
#[derive(Debug, Clone)]
pub struct Aggregation {
    /// Its number in the panel.
    pub id: String,
    /// Its type, such as `terms`.
    pub kind: String,
    /// What it is for: `metric`, or `segment`, `group` or `bucket`.
    pub schema: String,
    /// Its parameters.
    pub parameters: Value,
}

impl SavedObjects {
    /// Reads one JSON object a line.
    ///
    /// # Errors
    /// When a line is none.
    pub fn parse(ndjson: &str) -> anyhow::Result<Self> {
        let objects = ndjson.lines().map(serde_json::from_str);
        let objects = objects.collect::<Result<_, _>>();
        Ok(Self {
            objects: objects.context("a saved object is no JSON")?,
        })
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Value] {
        &self.objects
    }

    /// The one of that type and id.
    #[must_use]
    pub fn get(&self, kind: &str, id: &str) -> Option<&Value> {
        let same = |object: &&Value| object["type"] == kind && object["id"] == id;
        self.objects.iter().find(same)
    }

    /// The dashboards with their panels.
    ///
    /// # Errors
    /// When a reference leads nowhere, or an object isn't as Dashboards wants it.
    pub fn boards(&self) -> anyhow::Result<Vec<Board>> {
        let boards = self.objects.iter().filter(|o| o["type"] == "dashboard");
        boards
            .map(|object| {
                self.board(object)
                    .with_context(|| format!("the dashboard {}", object["id"]))
            })
            .collect()
    }

    fn board(&self, object: &Value) -> anyhow::Result<Board> {
        let attributes = &object["attributes"];
        let panels = inner(&attributes["panelsJSON"])?;
        let panels = panels.as_array().context("panelsJSON is no list")?;
        let panel = |panel: &Value| {
            let referred = self.referred(object, text(&panel["panelRefName"]))?;
            self.panel(panel, referred)
                .with_context(|| format!("the panel {}", referred["id"]))
        };
        Ok(Board {
            id: text(&object["id"]).to_owned(),
            title: text(&attributes["title"]).to_owned(),
            description: text(&attributes["description"]).to_owned(),
            panels: panels.iter().map(panel).collect::<anyhow::Result<_>>()?,
        })
    }

    /// The object that `from` refers to by that name.
    fn referred(&self, from: &Value, name: &str) -> anyhow::Result<&Value> {
        let references = from["references"].as_array().context("no references")?;
        let reference = references.iter().find(|r| r["name"] == name);
        let reference = reference.with_context(|| format!("no reference is called {name:?}"))?;
        self.get(text(&reference["type"]), text(&reference["id"]))
            .with_context(|| format!("{reference} leads nowhere"))
    }

    fn panel(&self, placed: &Value, object: &Value) -> anyhow::Result<Panel> {
        let attributes = &object["attributes"];
        let source = inner(&attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])?;
        ensure!(
            source["query"]["language"] == "lucene",
            "its query is not in Lucene's language"
        );
        let index = match source["indexRefName"].as_str() {
            Some(name) => Some(self.referred(object, name)?),
            None => None,
        };
        let (state, ui_state) = match object["type"].as_str() {
            Some("search") => (Value::Null, Value::Null),
            _ => (
                inner(&attributes["visState"])?,
                inner(&attributes["uiStateJSON"])?,
            ),
        };
        let place = ["x", "y", "w", "h"].map(|k| placed["gridData"][k].as_u64());
        Ok(Panel {
            id: text(&object["id"]).to_owned(),
            title: text(&placed["title"]).to_owned(),
            place: place.map(Option::unwrap_or_default),
            kind: state["type"].as_str().unwrap_or("search").to_owned(),
            index: index.map(|index| text(&index["attributes"]["title"]).to_owned()),
            query: text(&source["query"]["query"]).to_owned(),
            filters: list(&source["filter"]).to_vec(),
            aggregations: list(&state["aggs"]).iter().map(aggregation).collect(),
            columns: texts(&attributes["columns"]),
            sorted: sorted(&state["params"]["sort"], &ui_state["vis"])?,
            text: text(&state["params"]["markdown"]).to_owned(),
        })
    }
}

impl Panel {
    /// Whether it looks into an index of that name.
    #[must_use]
    pub fn looks_into(&self, index: &str) -> bool {
        let mut patterns = self.index.iter().flat_map(|all| all.split(','));
        patterns.any(|pattern| like(pattern, index))
    }

    /// Its metrics.
    pub fn metrics(&self) -> impl Iterator<Item = &Aggregation> {
        self.aggregations.iter().filter(|a| a.schema == "metric")
    }

    /// By what it tells events apart, from the outside in.
    #[must_use]
    pub fn buckets(&self) -> impl DoubleEndedIterator<Item = &Aggregation> {
        self.aggregations.iter().filter(|a| a.schema != "metric")
    }
}

impl Aggregation {
    /// A parameter that is a text; empty where it is missing.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        text(&self.parameters[name])
    }
}

fn aggregation(state: &Value) -> Aggregation {
    Aggregation {
        id: text(&state["id"]).to_owned(),
        kind: text(&state["type"]).to_owned(),
        schema: text(&state["schema"]).to_owned(),
        parameters: state["params"].clone(),
    }
}

/// The column that sorts a table, as every generation of Dashboards has to find it: in the parameters,
/// and twice in the state of the interface.
fn sorted(parameters: &Value, interface: &Value) -> anyhow::Result<Option<usize>> {
    let column = &parameters["columnIndex"];
    ensure!(
        interface["sortColumn"]["colIndex"] == *column
            && interface["params"]["sort"]["columnIndex"] == *column,
        "a table is sorted by different columns: {parameters} {interface}"
    );
    Ok(column.as_u64().and_then(|column| column.try_into().ok()))
}

/// JSON that stands in a text.
fn inner(value: &Value) -> anyhow::Result<Value> {
    let text = value
        .as_str()
        .context("a text with JSON in it is missing")?;
    serde_json::from_str(text).context("a text holds no JSON")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn texts(value: &Value) -> Vec<String> {
    list(value).iter().map(|v| text(v).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_s_stars_are_any_text() {
        let dated = "logs-a-2*-*";
        assert!(like(dated, "logs-a-2024-02-03"));
        assert!(like(dated, "logs-a-2024-02"));
        assert!(!like(dated, "logs-a-default"));
        assert!(!like(dated, "logs-a-other-days"));
        assert!(!like(dated, "logs-b-2024-02-03"));
        assert!(like("logs-a", "logs-a") && !like("logs-a", "logs-ab"));
    }
}
