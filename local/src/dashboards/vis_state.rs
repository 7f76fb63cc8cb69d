//! A panel as Dashboards draws it: the type of visualization and its parameters.

use super::aggregations;
use super::source::{Bucket, Counter, Kind, Panel};
use serde_json::{Value, json};

/// The `visState` of a panel; nothing for a list of events, which is a saved search.
pub fn of(panel: &Panel, counters: &[Counter]) -> Option<Value> {
    let (kind, parameters) = match panel.kind {
        Kind::Events | Kind::Counters => return None,
        Kind::Text => ("markdown", text(&panel.text)),
        Kind::Metric => ("metric", metric()),
        Kind::Bars => ("histogram", bars(panel, false)),
        Kind::HorizontalBars => ("horizontal_bar", bars(panel, true)),
        Kind::Donut => ("pie", donut()),
        Kind::Heatmap => ("heatmap", heatmap()),
        Kind::Table => ("table", table(panel)),
    };
    let aggregations = match panel.kind {
        Kind::Text => Vec::new(),
        _ => aggregations::of(panel, counters),
    };
    Some(json!({
        "title": panel.title, "type": kind, "params": parameters, "aggs": aggregations,
    }))
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

fn table(panel: &Panel) -> Value {
    let column = sorted(panel);
    json!({
        "perPage": 10, "showPartialRows": false, "showMetricsAtAllLevels": false,
        "showTotal": false, "totalFunc": "sum", "percentageCol": "",
        "sort": {"columnIndex": column, "direction": column.map(|_| "asc")},
    })
}

/// The number of the column that sorts a table: by what it tells events apart comes first.
fn sorted(panel: &Panel) -> Option<usize> {
    let sorted = panel.sorted.as_ref()?;
    let buckets = panel.buckets.iter().map(|bucket| match bucket {
        Bucket::Field { label, .. } => label.as_str(),
        Bucket::Time | Bucket::Counters => "",
    });
    let metrics = panel.metrics.iter().map(|metric| metric.label.as_str());
    buckets.chain(metrics).position(|label| label == sorted)
}

/// The `uiState` of a panel. Dashboards takes the column that sorts a table from here, and each of its
/// generations under another name.
pub fn ui_state(panel: &Panel) -> Value {
    match sorted(panel) {
        None => json!({}),
        Some(column) => json!({"vis": {
            "sortColumn": {"colIndex": column, "direction": "asc"},
            "params": {"sort": {"columnIndex": column, "direction": "asc"}},
        }}),
    }
}
