//! Three questions that analysts ask, and what OpenSearch answers.

use super::console::Console;
use super::search::Server;
use serde_json::{Value, json};

struct Question {
    asks: &'static str,
    index: &'static str,
    body: Value,
    rows: fn(&Value) -> Vec<String>,
}

/// Asks all three and shows each as a command and its condensed answer; says so where the server
/// doesn't stay up afterwards.
///
/// # Errors
/// When the server doesn't answer.
pub fn show(server: &Server, stays: bool, console: Console) -> anyhow::Result<()> {
    if !stays {
        console.say(
            "(the server ends with the demo: `make demo ARGS=--keep` leaves it up to be asked)",
        );
    }
    for Question {
        asks,
        index,
        body,
        rows,
    } in questions()
    {
        let answer = server.post(&format!("{index}/_search"), &body)?;
        console.say(format!("\n# {asks}"));
        console.say(format!(
            "curl -s '{}/{index}/_search' -H 'Content-Type: application/json' -d '{body}'",
            server.url()
        ));
        let took = answer["took"].as_u64().unwrap_or_default();
        let hits = &answer["hits"]["total"]["value"];
        console.say(format!("  {hits} documents match, {took} ms"));
        for row in rows(&answer) {
            console.say(format!("  {row}"));
        }
    }
    Ok(())
}

fn questions() -> [Question; 3] {
    [refused(), talkers(), critical()]
}

fn refused() -> Question {
    Question {
        asks: "Who was refused what, most often? (CloudTrail)",
        index: "logs-aws.cloudtrail-*",
        body: json!({
            "size": 0,
            "query": {"term": {"event.outcome": "failure"}},
            "aggs": {"by": {"multi_terms": {
                "size": 5,
                "terms": [{"field": "user.name"}, {"field": "event.action"}, {"field": "error.code"}],
            }}},
        }),
        rows: |answer| {
            let row = |bucket: &Value| {
                let who = text(&bucket["key_as_string"]).replace('|', "  ");
                format!("{:>6}  {who}", bucket["doc_count"].to_string())
            };
            buckets(answer).map(row).collect()
        },
    }
}

fn talkers() -> Question {
    Question {
        asks: "Which addresses sent the most bytes into the network? (VPC flow logs)",
        index: "logs-aws.vpcflow-*",
        body: json!({
            "size": 0,
            "track_total_hits": true,
            "query": {"term": {"event.action": "accept"}},
            "aggs": {"by": {
                "terms": {"field": "source.ip", "size": 5, "order": {"bytes": "desc"}},
                "aggs": {"bytes": {"sum": {"field": "source.bytes"}}},
            }},
        }),
        rows: |answer| {
            let row = |bucket: &Value| {
                let bytes = bucket["bytes"]["value"].as_f64().unwrap_or_default();
                let flows = bucket["doc_count"].to_string();
                format!(
                    "{bytes:>10} bytes in {flows:>6} flows  {}",
                    text(&bucket["key"])
                )
            };
            buckets(answer).map(row).collect()
        },
    }
}

fn critical() -> Question {
    Question {
        asks: "Which critical findings are there, in how many accounts, and when last? (GuardDuty)",
        index: "logs-aws.guardduty-*",
        body: json!({
            "size": 0,
            "query": {"term": {"aws.guardduty.severity.value": "Critical"}},
            "aggs": {"by": {
                "terms": {"field": "aws.guardduty.title", "size": 5},
                "aggs": {
                    "accounts": {"cardinality": {"field": "cloud.account.id"}},
                    "last": {"max": {"field": "@timestamp"}},
                },
            }},
        }),
        rows: |answer| {
            let row = |bucket: &Value| {
                let (accounts, last) = (
                    &bucket["accounts"]["value"],
                    text(&bucket["last"]["value_as_string"]),
                );
                format!("{accounts} accounts, last {last}  {}", text(&bucket["key"]))
            };
            buckets(answer).map(row).collect()
        },
    }
}

fn buckets(answer: &Value) -> impl Iterator<Item = &Value> {
    answer["aggregations"]["by"]["buckets"]
        .as_array()
        .into_iter()
        .flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
