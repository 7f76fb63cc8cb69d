//! A panel as Dashboards draws it: the type of visualization and its parameters.

use super::aggregations;
use super::source::{Bucket, Counter, Kind, Panel};
use anyhow::{Context, ensure};
use serde_json::{Value, json};

/// The `visState` of a panel; nothing for a list of events, which is a saved search.
///
/// # Errors
/// When it is to be sorted and can't be.
pub fn of(panel: &Panel, counters: &[Counter]) -> anyhow::Result<Option<Value>> {
    let column = sorted(panel)?;
    let (kind, parameters) = match panel.kind {
        Kind::Events | Kind::Counters => return Ok(None),
        Kind::Text => ("markdown", text(&panel.text)),
        Kind::Metric => ("metric", metric()),
        Kind::Bars => ("histogram", bars(panel, false)),
        Kind::HorizontalBars => ("horizontal_bar", bars(panel, true)),
        Kind::Donut => ("pie", donut()),
        Kind::Heatmap => ("heatmap", heatmap()),
        Kind::Table => ("table", table(column)),
    };
    let aggregations = match panel.kind {
        Kind::Text => Vec::new(),
        _ => aggregations::of(panel, counters),
    };
    Ok(Some(json!({
        "title": panel.title, "type": kind, "params": parameters, "aggs": aggregations,
    })))
}

fn text(markdown: &str) -> Value {
    json!({"fontSize": 12, "openLinksInNewTab": false, "markdown": markdown.trim_end()})
}

fn metric() -> Value {
    json!({
        "type": "metric", "addTooltip": true, "addLegend": false,
        "metric": {
            "percentageMode": false, "useRanges": false, "colorSchema": "Green to Red",
            "metricColorMode": "None", "colorsRange": [{"from": 0, "to": 10000}],
            "labels": {"show": true}, "invertColors": false,
            "style": {"bgFill": "#000", "bgColor": false, "labelColor": false, "subText": "", "fontSize": 36},
        },
    })
}

/// Bars, stacked. The values' axis stands where the categories don't.
fn bars(panel: &Panel, lying: bool) -> Value {
    let (kind, categories, values) = if lying {
        ("horizontal_bar", "left", "bottom")
    } else {
        ("histogram", "bottom", "left")
    };
    let label = panel.metrics.first().map_or("Events", |m| m.label.as_str());
    json!({
        "type": kind, "grid": {"categoryLines": false},
        "categoryAxes": [{
            "id": "CategoryAxis-1", "type": "category", "position": categories, "show": true,
            "style": {}, "scale": {"type": "linear"}, "title": {},
            "labels": {"show": true, "filter": !lying, "truncate": 200},
        }],
        "valueAxes": [{
            "id": "ValueAxis-1", "name": "LeftAxis-1", "type": "value", "position": values, "show": true,
            "style": {}, "scale": {"type": "linear", "mode": "normal"}, "title": {"text": label},
            "labels": {"show": true, "rotate": 0, "filter": lying, "truncate": 100},
        }],
        "seriesParams": [{
            "show": true, "type": "histogram", "mode": "stacked", "data": {"label": label, "id": "1"},
            "valueAxis": "ValueAxis-1", "drawLinesBetweenPoints": true, "lineWidth": 2, "showCircles": true,
        }],
        "addTooltip": true, "addLegend": panel.buckets.len() > 1, "legendPosition": "right",
        "times": [], "addTimeMarker": false, "labels": {"show": false},
        "thresholdLine": {"show": false, "value": 10, "width": 1, "style": "full", "color": "#E7664C"},
    })
}

fn donut() -> Value {
    json!({
        "type": "pie", "addTooltip": true, "addLegend": true, "legendPosition": "right", "isDonut": true,
        "labels": {"show": false, "values": true, "last_level": true, "truncate": 100},
    })
}

fn heatmap() -> Value {
    json!({
        "type": "heatmap", "addTooltip": true, "addLegend": true, "enableHover": false,
        "legendPosition": "right", "times": [], "colorsNumber": 5, "colorSchema": "Blues",
        "setColorRange": false, "colorsRange": [], "invertColors": false, "percentageMode": false,
        "valueAxes": [{
            "show": false, "id": "ValueAxis-1", "type": "value",
            "scale": {"type": "linear", "defaultYExtents": false},
            "labels": {"show": false, "rotate": 0, "overwriteColor": false, "color": "black"},
        }],
    })
}

fn table(column: Option<usize>) -> Value {
    json!({
        "perPage": 10, "showPartialRows": false, "showMetricsAtAllLevels": false,
        "showTotal": false, "totalFunc": "sum", "percentageCol": "",
        "sort": {"columnIndex": column, "direction": column.map(|_| "asc")},
    })
}

/// The number of the column that sorts a table: by what it tells events apart comes first.
fn sorted(panel: &Panel) -> anyhow::Result<Option<usize>> {
    let Some(sorted) = &panel.sorted else {
        return Ok(None);
    };
    let title = &panel.title;
    ensure!(
        panel.kind == Kind::Table,
        "the panel {title:?} is sorted by {sorted:?}, but is no table"
    );
    let buckets = panel.buckets.iter().map(|bucket| match bucket {
        Bucket::Field { label, .. } => label.as_str(),
        Bucket::Time | Bucket::Counters => "",
    });
    let metrics = aggregations::metrics(panel);
    let metrics = metrics.iter().map(|metric| metric.label.as_str());
    let column = buckets.chain(metrics).position(|label| label == sorted);
    let column = column.with_context(|| {
        format!("the panel {title:?} is sorted by {sorted:?}, which no column is called")
    })?;
    Ok(Some(column))
}

/// The `uiState` of a panel. Dashboards takes the column that sorts a table from here, and each of its
/// generations under another name.
///
/// # Errors
/// When it is to be sorted and can't be.
pub fn ui_state(panel: &Panel) -> anyhow::Result<Value> {
    Ok(match sorted(panel)? {
        None => json!({}),
        Some(column) => json!({"vis": {
            "sortColumn": {"colIndex": column, "direction": "asc"},
            "params": {"sort": {"columnIndex": column, "direction": "asc"}},
        }}),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(kind: &str, sorted: &str) -> Panel {
        let text = format!(
            r#"
            title   = "Who sends"
            kind    = "{kind}"
            size    = [24, 12]
            sorted  = "{sorted}"
            buckets = [{{ by = "field", field = "a", label = "Account" }}]
            "#
        );
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn a_table_is_sorted_by_the_column_of_that_label() {
        let column = |label| sorted(&panel("table", label)).unwrap();
        assert_eq!([column("Account"), column("Events")], [Some(0), Some(1)]);
    }

    #[test]
    fn a_label_that_no_column_has_is_an_error_with_panel_and_label() {
        let error = of(&panel("table", "Accounts"), &[])
            .unwrap_err()
            .to_string();
        assert!(error.contains("\"Who sends\""), "{error}");
        assert!(error.contains("\"Accounts\""), "{error}");
    }

    #[test]
    fn nothing_but_a_table_can_be_sorted() {
        for kind in ["bars", "heatmap", "metric", "events", "text"] {
            let error = of(&panel(kind, "Account"), &[]).unwrap_err().to_string();
            assert!(error.contains("no table"), "{kind}: {error}");
        }
    }
}
