//! A Dashboards server: which of our saved objects it has, importing them, taking them away.
//!
//! By the saved objects API of OpenSearch Dashboards, which Kibana has as well: `_bulk_get`, `_import`
//! (a form with a file of one object a line) and DELETE. Each wants a header against requests that a
//! browser was tricked into: `osd-xsrf` the one, `kbn-xsrf` the other.

use serde::Serialize;
use serde_json::{Value, json};

use super::saved_objects::{SavedObject, VERSION, is_same, version};
use super::{Client, SearchError};
use super::{multipart, saved_objects};

const OBJECTS: &str = "api/saved_objects";

/// A Dashboards server.
#[derive(Debug)]
pub struct Dashboards {
    client: Client,
    objects: Vec<SavedObject>,
}

/// How our saved objects stand, and what became of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SavedObjects {
    /// The Dashboards server.
    pub url: String,
    /// Their version there, where any has one.
    pub standing_version: Option<u64>,
    /// Their version in this program.
    pub version: u64,
    /// Those that stand there as they belong.
    pub unchanged: usize,
    /// Those that were imported, or would be.
    pub imported: usize,
    /// Those that were taken away, or would be.
    pub removed: usize,
    /// Those that are left because they aren't as this program imports them: type and id.
    pub left: Vec<String>,
    /// Those that a newer program has imported: none is imported beside them.
    pub newer: Vec<String>,
    /// What went wrong, with what to do.
    pub failed: Option<String>,
}

/// How one of our saved objects stands.
enum Standing {
    Absent,
    /// As it belongs there, with the version in its description where it has one.
    Same(Option<u64>),
    Other(Option<u64>),
}

impl Dashboards {
    /// A Dashboards server; `tenant` where its objects are kept apart by tenants.
    ///
    /// # Errors
    /// When a saved object in this program is damaged.
    pub fn new(client: Client, tenant: Option<&str>) -> Result<Self, SearchError> {
        let mut client = client
            .with_header("osd-xsrf", "true".to_owned())
            .with_header("kbn-xsrf", "true".to_owned());
        if let Some(tenant) = tenant {
            client = client.with_header("securitytenant", tenant.to_owned());
        }
        Ok(Self {
            client,
            objects: saved_objects::saved_objects()?,
        })
    }

    /// Asks the server for our saved objects, only to see whether it answers.
    ///
    /// # Errors
    /// When it doesn't, or is something else.
    pub async fn reach(&self) -> Result<(), SearchError> {
        self.standing().await.map(drop)
    }

    /// Imports what is missing or of an older version; with `force` also what somebody has changed, and over
    /// a newer version. What goes wrong is in the answer.
    pub async fn import(&self, force: bool, dry_run: bool) -> SavedObjects {
        let standing = match self.standing().await {
            Ok(standing) => standing,
            Err(error) => return self.answer(&[]).failed(&error),
        };
        let mut answer = self.answer(&standing);
        let there = answer.standing_version;
        let newer = !force && there.is_some_and(|version| version > VERSION);
        let outdated = there.is_some_and(|version| version < VERSION);
        let mut wanted = Vec::new();
        for (object, standing) in self.objects.iter().zip(&standing) {
            match standing {
                Standing::Same(_) => answer.unchanged += 1,
                Standing::Other(there) if newer && there.is_none_or(|it| it > VERSION) => {
                    answer.newer.push(object.name());
                }
                Standing::Other(there)
                    if newer || !force && !there.map_or(outdated, |there| there < VERSION) =>
                {
                    answer.left.push(object.name());
                }
                Standing::Absent if newer => {}
                Standing::Absent | Standing::Other(_) => wanted.push(object),
            }
        }
        answer.imported = wanted.len();
        if dry_run || wanted.is_empty() {
            return answer;
        }
        match self.send(&wanted).await {
            Ok(()) => answer,
            Err(NotAll { imported, error }) => SavedObjects { imported, ..answer }.failed(&error),
        }
    }

    /// Takes our saved objects away, but for those that aren't as this program imports them, unless `force`
    /// says so: of another version nobody can tell whether somebody has changed it. What goes wrong is in the
    /// answer.
    pub async fn remove(&self, force: bool, dry_run: bool) -> SavedObjects {
        let standing = match self.standing().await {
            Ok(standing) => standing,
            Err(error) => return self.answer(&[]).failed(&error),
        };
        let mut answer = self.answer(&standing);
        for (object, standing) in self.objects.iter().zip(&standing) {
            match standing {
                Standing::Absent => continue,
                Standing::Other(_) if !force => {
                    answer.left.push(object.name());
                    continue;
                }
                Standing::Same(_) | Standing::Other(_) => {}
            }
            if !dry_run && let Err(error) = self.delete(object).await {
                return answer.failed(&error);
            }
            answer.removed += 1;
        }
        answer
    }

    async fn delete(&self, object: &SavedObject) -> Result<(), SearchError> {
        let path = format!("{OBJECTS}/{}/{}", object.kind, object.id);
        let gone = self.client.delete(&path).await?;
        if matches!(gone.status, 200 | 404) {
            return Ok(());
        }
        Err(self.client.unexpected("DELETE", &path, &gone))
    }

    fn answer(&self, standing: &[Standing]) -> SavedObjects {
        let versions = standing.iter().filter_map(|standing| match standing {
            Standing::Same(version) | Standing::Other(version) => *version,
            Standing::Absent => None,
        });
        SavedObjects {
            url: self.client.url().to_owned(),
            standing_version: versions.max(),
            version: VERSION,
            unchanged: 0,
            imported: 0,
            removed: 0,
            left: Vec::new(),
            newer: Vec::new(),
            failed: None,
        }
    }

    async fn standing(&self) -> Result<Vec<Standing>, SearchError> {
        let path = format!("{OBJECTS}/_bulk_get");
        let asked: Value = self
            .objects
            .iter()
            .map(|object| json!({"type": object.kind, "id": object.id}))
            .collect();
        let answer = self
            .client
            .post(&path, "application/json", asked.to_string().as_bytes())
            .await?;
        if answer.status != 200 {
            return Err(self.no_dashboards(&path, &answer));
        }
        let there = answer.json();
        let there = there["saved_objects"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let of = |object: &SavedObject| {
            let mut there = there.iter();
            let found = there.find(|other| {
                other["id"] == object.id.as_str() && other["type"] == object.kind.as_str()
            });
            match found {
                Some(found) if found["error"].is_object() => Standing::Absent,
                Some(found) if is_same(&object.object, found) => Standing::Same(version(found)),
                Some(found) => Standing::Other(version(found)),
                None => Standing::Absent,
            }
        };
        Ok(self.objects.iter().map(of).collect())
    }

    async fn send(&self, objects: &[&SavedObject]) -> Result<(), NotAll> {
        let lines: Vec<_> = objects
            .iter()
            .map(|object| object.object.to_string())
            .collect();
        let (kind, body) = multipart::form("tributary.ndjson", &(lines.join("\n") + "\n"));
        // What it overwrites was looked at before: only ours is in the file.
        let path = format!("{OBJECTS}/_import?overwrite=true");
        let answer = self.client.post(&path, &kind, &body).await?;
        if answer.status != 200 {
            return Err(self.no_dashboards(&path, &answer).into());
        }
        ended(&answer.json()).map_err(|(imported, said)| NotAll {
            imported,
            error: SearchError::Answer {
                url: self.client.url().to_owned(),
                method: "POST",
                path,
                status: answer.status,
                said,
                remedy: String::new(),
            },
        })
    }

    fn no_dashboards(&self, path: &str, answer: &super::answer::Answer) -> SearchError {
        // A search server, for one, says "no handler found".
        if matches!(answer.status, 404 | 405) || answer.said().contains("no handler found") {
            return SearchError::Product {
                url: self.client.url().to_owned(),
                what: format!("no Dashboards server ({} to POST {path})", answer.status),
                remedy: "Give the address at which a browser finds it to --dashboards; Amazon's domains have it at \
                         /_dashboards."
                    .to_owned(),
            };
        }
        self.client.unexpected("POST", path, answer)
    }
}

impl SavedObjects {
    fn failed(mut self, error: &SearchError) -> Self {
        self.failed = Some(error.to_string());
        self
    }
}

/// An import that failed, and what came all the same.
struct NotAll {
    imported: usize,
    error: SearchError,
}

impl From<SearchError> for NotAll {
    fn from(error: SearchError) -> Self {
        Self { imported: 0, error }
    }
}

/// How an import ended by its answer: the server imports what has no error, whatever the others have, and
/// says of how many that was.
fn ended(answer: &Value) -> Result<(), (usize, String)> {
    if answer["success"] == true {
        return Ok(());
    }
    let errors = answer["errors"].as_array().into_iter().flatten();
    let said = errors.map(|error| format!("{} {}: {}", error["type"], error["id"], error["error"]));
    let said = said.collect::<Vec<_>>().join("; ");
    let imported = answer["successCount"].as_u64().unwrap_or_default();
    Err((
        usize::try_from(imported).unwrap_or_default(),
        format!("not everything was imported: {said}"),
    ))
}

impl SavedObject {
    fn name(&self) -> String {
        format!("{} {}", self.kind, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_that_partly_failed_says_how_many_came_and_what_did_not() {
        assert_eq!(ended(&json!({"success": true, "successCount": 3})), Ok(()));
        let error =
            json!({"type": "dashboard", "id": "tributary-x", "error": {"type": "conflict"}});
        let partly = json!({"success": false, "successCount": 2, "errors": [error]});
        let (imported, said) = ended(&partly).unwrap_err();
        assert_eq!(imported, 2);
        assert!(
            said.contains("tributary-x") && said.contains("conflict"),
            "{said}"
        );
    }
}
