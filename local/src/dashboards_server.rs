//! The saved objects API of OpenSearch Dashboards, as far as its documentation says it: `_bulk_get`,
//! `_import` with `overwrite`, and DELETE, each only with the header `osd-xsrf`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::{Method, Request, Response, body::Bytes, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::http_server::{Handler, HttpServer, NoAnswer};
use crate::search_gate::answer;

const PATH: &str = "/api/saved_objects/";

/// Type and id.
type Key = (String, String);

/// A running stand-in on a free port of 127.0.0.1; closed when dropped.
#[derive(Debug)]
pub struct DashboardsServer {
    endpoint: String,
    shared: Arc<Shared>,
    _server: HttpServer,
}

#[derive(Debug, Default)]
struct Shared {
    objects: Mutex<BTreeMap<Key, Value>>,
    tenants: Mutex<BTreeSet<String>>,
    refuses: AtomicBool,
}

impl DashboardsServer {
    /// Starts a server without any saved object.
    ///
    /// # Errors
    /// When the machine doesn't let us listen.
    pub fn start() -> anyhow::Result<Self> {
        let shared = Arc::new(Shared::default());
        let server = HttpServer::start(shared.clone())?;
        Ok(Self {
            endpoint: format!("http://{}", server.address()),
            shared,
            _server: server,
        })
    }

    /// The address, as a user gives it.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Every saved object, by type and id.
    #[must_use]
    pub fn objects(&self) -> BTreeMap<Key, Value> {
        self.shared.objects().clone()
    }

    /// Puts an object as somebody at the screen would.
    pub fn put(&self, object: Value) {
        self.shared.objects().insert(key(&object), object);
    }

    /// Takes an object away, as somebody at the screen would.
    pub fn forget(&self, key: &(String, String)) {
        self.shared.objects().remove(key);
    }

    /// The tenants that requests have named; an empty name for those that named none.
    #[must_use]
    pub fn tenants(&self) -> BTreeSet<String> {
        self.shared.tenants().clone()
    }

    /// From now on nothing is imported: the answer is 500.
    pub fn refuse_imports(&self) {
        self.shared.refuses.store(true, Ordering::Relaxed);
    }

    /// Saves every index pattern as the server does when somebody looks into it: with the list of its fields,
    /// and the formats of fields without parameters that are the default, but with `parsedUrl`.
    pub fn look_into_index_patterns(&self) {
        let mut objects = self.shared.objects();
        for ((kind, _), object) in objects.iter_mut() {
            if kind == "index-pattern" {
                used(&mut object["attributes"]);
            }
        }
    }
}

impl Shared {
    fn objects(&self) -> MutexGuard<'_, BTreeMap<Key, Value>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tenants(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bulk_get(&self, body: &[u8]) -> Response<Bytes> {
        let asked: Vec<Value> = serde_json::from_slice(body).unwrap_or_default();
        let objects = self.objects();
        let found = asked.iter().map(|asked| {
            let missing = || {
                let mut missing = asked.clone();
                missing["error"] =
                    json!({"statusCode": 404, "error": "Not Found", "message": "Not Found"});
                missing
            };
            objects.get(&key(asked)).cloned().unwrap_or_else(missing)
        });
        answer(200, &json!({"saved_objects": found.collect::<Vec<_>>()}))
    }

    fn import(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let kind = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok());
        let Some(file) = kind.and_then(|kind| file(kind, request.body())) else {
            return answer(
                400,
                &json!({"statusCode": 400, "error": "Bad Request", "message": "no file"}),
            );
        };
        let lines = file.lines().filter(|line| !line.trim().is_empty());
        let Ok(imported) = lines
            .map(serde_json::from_str)
            .collect::<Result<Vec<Value>, _>>()
        else {
            return answer(
                400,
                &json!({"statusCode": 400, "error": "Bad Request", "message": "no NDJSON"}),
            );
        };
        let overwrite = request
            .uri()
            .query()
            .is_some_and(|query| query.contains("overwrite=true"));
        let mut objects = self.objects();
        let there = |key: &Key| {
            objects.contains_key(key) || imported.iter().any(|object| self::key(object) == *key)
        };
        let mut errors = Vec::new();
        for object in &imported {
            let references = object["references"].as_array().into_iter().flatten();
            if references
                .into_iter()
                .any(|reference| !there(&key(reference)))
            {
                errors.push(failed(object, "missing_references"));
            } else if !overwrite && objects.contains_key(&key(object)) {
                errors.push(failed(object, "conflict"));
            }
        }
        // As the server does it: what has no error is imported all the same.
        let good = imported
            .iter()
            .filter(|object| !errors.iter().any(|error| key(error) == key(object)));
        let good: Vec<_> = good.cloned().collect();
        let count = good.len();
        objects.extend(
            good.into_iter()
                .map(|object| (key(&object), stored(object))),
        );
        let mut result = json!({"success": errors.is_empty(), "successCount": count});
        if !errors.is_empty() {
            result["errors"] = json!(errors);
        }
        answer(200, &result)
    }
}

/// The server adds these.
fn stored(mut object: Value) -> Value {
    object["updated_at"] = json!("2026-01-01T00:00:00.000Z");
    object["version"] = json!("WzEsMV0=");
    object["namespaces"] = json!(["default"]);
    object
}

fn used(attributes: &mut Value) {
    attributes["fields"] =
        json!(r#"[{"count":2,"name":"cloud.account.id","type":"string","scripted":false}]"#);
    let formats = attributes["fieldFormatMap"].as_str().unwrap_or_default();
    let mut formats: Value = serde_json::from_str(formats).unwrap_or_default();
    for (_, format) in formats.as_object_mut().into_iter().flatten() {
        if let Some(parameters) = format["params"].as_object_mut() {
            parameters.retain(|name, value| name != "type" || value != "a");
            let parsed = json!({"origin": "http://localhost", "pathname": "/app", "basePath": ""});
            parameters.insert("parsedUrl".to_owned(), parsed);
        }
    }
    attributes["fieldFormatMap"] = json!(formats.to_string());
}

fn failed(object: &Value, kind: &str) -> Value {
    json!({"type": object["type"], "id": object["id"], "error": {"type": kind}})
}

fn key(object: &Value) -> Key {
    let text = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
    (text("type"), text("id"))
}

/// The field `file` of a form.
fn file(kind: &str, body: &[u8]) -> Option<String> {
    let boundary = kind.strip_prefix("multipart/form-data; boundary=")?;
    let body = std::str::from_utf8(body).ok()?;
    let separator = format!("--{boundary}");
    let mut parts = body.split(separator.as_str());
    let part = parts.find(|part| part.contains("name=\"file\"") && part.contains(".ndjson\""))?;
    let (_, content) = part.split_once("\r\n\r\n")?;
    content.strip_suffix("\r\n").map(str::to_owned)
}

impl Handler for Shared {
    async fn handle(self: Arc<Self>, request: Request<Bytes>) -> Result<Response<Bytes>, NoAnswer> {
        if !request.headers().contains_key("osd-xsrf") {
            let message = "Request must contain a osd-xsrf header.";
            return Ok(answer(
                400,
                &json!({"statusCode": 400, "error": "Bad Request", "message": message}),
            ));
        }
        let tenant = request.headers().get("securitytenant");
        let tenant = tenant.and_then(|tenant| tenant.to_str().ok());
        self.tenants().insert(tenant.unwrap_or_default().to_owned());
        let path = request
            .uri()
            .path()
            .strip_prefix(PATH)
            .unwrap_or_default()
            .to_owned();
        Ok(match (request.method(), path.as_str()) {
            (&Method::POST, "_bulk_get") => self.bulk_get(request.body()),
            (&Method::POST, "_import") if self.refuses.load(Ordering::Relaxed) => answer(
                500,
                &json!({"statusCode": 500, "error": "Internal Server Error", "message": "no space left"}),
            ),
            (&Method::POST, "_import") => self.import(&request),
            (&Method::DELETE, path) => {
                let gone = path.split_once('/').and_then(|(kind, id)| {
                    self.objects().remove(&(kind.to_owned(), id.to_owned()))
                });
                answer(if gone.is_some() { 200 } else { 404 }, &json!({}))
            }
            _ => answer(
                404,
                &json!({"statusCode": 404, "error": "Not Found", "message": "Not Found"}),
            ),
        })
    }
}
