//! The search server is a real OpenSearch with the modules that the ingest pipeline needs.

#![expect(clippy::unwrap_used, reason = "a step that fails fails the test")]

use std::time::Duration;

use local::{http::Http, opensearch::OpenSearch};
use serde_json::{Value, json};

struct Search<'a> {
    url: &'a str,
    http: Http,
}

impl Search<'_> {
    fn put(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/{path}", self.url);
        let reply = self
            .http
            .put(&url, "application/json", body.to_string().as_bytes())
            .unwrap();
        assert!(reply.is_success(), "{}", reply.text());
        serde_json::from_slice(&reply.body).unwrap()
    }

    fn bulk(&self, index: &str, document: &Value) -> Value {
        let url = format!("{}/_bulk", self.url);
        let action = json!({"index": {"_index": index}});
        let body = format!("{action}\n{document}\n");
        let reply = self
            .http
            .post(&url, "application/x-ndjson", body.as_bytes())
            .unwrap();
        let answer: Value = serde_json::from_slice(&reply.body).unwrap();
        answer["items"][0]["index"].clone()
    }

    fn get(&self, path: &str) -> Value {
        let reply = self.http.get(&format!("{}/{path}", self.url)).unwrap();
        assert!(reply.is_success(), "{}", reply.text());
        serde_json::from_slice(&reply.body).unwrap()
    }
}

/// The way of the index template: an id from the document, an index from its dataset and time.
fn pipeline() -> Value {
    json!({
        "processors": [
            {"set": {"field": "_id", "value": "{{{event.id}}}"}},
            {"script": {"lang": "painless", "source": "ctx.seen = ctx.event.id.length()"}},
            {"date_index_name": {
                "field": "@timestamp",
                "date_formats": ["ISO8601"],
                "index_name_prefix": "logs-{{{event.dataset}}}-",
                "date_rounding": "d",
            }},
        ]
    })
}

fn template() -> Value {
    json!({
        "index_patterns": ["logs*"],
        "template": {
            "settings": {"number_of_replicas": 0, "default_pipeline": "logs"},
            "mappings": {"properties": {
                "@timestamp": {"type": "date"},
                "source": {"properties": {"ip": {"type": "ip"}}},
                "parameters": {"type": "flat_object"},
            }},
        },
    })
}

#[test]
fn a_document_indexed_twice_stands_once_where_its_dataset_and_time_say() {
    let Some(server) = OpenSearch::start_or_skip("a document indexed twice stands once") else {
        return;
    };
    let search = Search {
        url: server.url(),
        http: Http::new(Duration::from_secs(30)),
    };
    search.put("_ingest/pipeline/logs", &pipeline());
    search.put("_index_template/logs", &template());
    let document = json!({
        "@timestamp": "2024-05-06T07:08:09.010Z",
        "event": {"id": "e-1", "dataset": "aws.cloudtrail"},
        "source": {"ip": "192.0.2.1"},
        "parameters": {"filter": {"name": "a"}},
    });

    let first = search.bulk("logs", &document);
    assert_eq!(first["result"], "created", "{first}");
    assert_eq!(first["_index"], "logs-aws.cloudtrail-2024-05-06");
    assert_eq!(first["_id"], "e-1");
    let second = search.bulk("logs", &document);
    assert_eq!(second["result"], "updated", "{second}");
    assert_eq!(second["_version"], 2);

    search.get("_refresh");
    let found =
        search.get("logs-*/_search?q=parameters.filter.name:a%20AND%20source.ip:192.0.2.0%5C/24");
    assert_eq!(found["hits"]["total"]["value"], 1, "{found}");
    assert_eq!(found["hits"]["hits"][0]["_source"]["seen"], 3);

    let wrong = json!({
        "@timestamp": "2024-05-06T07:08:09.010Z",
        "event": {"id": "e-2", "dataset": "aws.cloudtrail"},
        "source": {"ip": "cloudtrail.amazonaws.com"},
    });
    let refused = search.bulk("logs", &wrong);
    assert_eq!(refused["status"], 400, "{refused}");
}

#[test]
fn our_own_server_is_stopped_when_dropped() {
    if std::env::var_os("OPENSEARCH_URL").is_some() {
        return;
    }
    let Some(server) = OpenSearch::start_or_skip("our own server is stopped when dropped") else {
        return;
    };
    let url = server.url().to_owned();
    assert!(url.starts_with("http://127.0.0.1:"));
    drop(server);
    assert!(Http::new(Duration::from_secs(5)).get(&url).is_err());
}
