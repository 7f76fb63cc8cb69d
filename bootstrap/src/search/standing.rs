//! What stands in a cluster under the name of an object, putting the object there, and taking it away.

use serde::Serialize;
use serde_json::{Value, json};

use super::compare::{is_same, outline};
use super::objects::{mark, policy};
use super::{Ages, Client, Dialect, Kind, Object, Replicas, SearchError};

/// What stands under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum State {
    /// Nothing.
    Absent,
    /// Something of ours.
    Ours {
        /// Its version.
        version: u64,
        /// Whether it is what would be put.
        same: bool,
    },
    /// Something that doesn't have our mark.
    Foreign,
}

/// What stands under a name, with what it takes to replace it.
#[derive(Debug, Clone)]
pub struct Found {
    /// Whose it is.
    pub state: State,
    /// The object, without its outermost name.
    pub content: Option<Value>,
    /// Of the user's own template: whether nobody has changed it, whatever number of replicas we gave it.
    pub untouched: bool,
    /// Of a policy: whether somebody has changed more in it than its ages.
    pub changed: bool,
    /// Of a policy: whether it has the ages that would be put.
    pub ages_stand: bool,
    /// Of a policy of `OpenSearch`: its sequence number and primary term, without which it can't be
    /// replaced.
    revision: Option<(u64, u64)>,
}

/// Looks at what stands under the name of an object.
///
/// # Errors
/// When the server doesn't answer as it should, or knows nothing of lifecycles.
pub async fn find(
    client: &Client,
    dialect: &Dialect,
    object: &Object,
) -> Result<Found, SearchError> {
    let path = object.path(dialect);
    let answer = client.get(&path).await?;
    let json = answer.json();
    match answer.status {
        200 => found(dialect, object, &json),
        // A server without the plugin says "no handler found"; one that has it, that there is no such policy.
        404 if !json.to_string().contains("no handler found") => Ok(Found {
            state: State::Absent,
            content: None,
            untouched: false,
            changed: false,
            ages_stand: false,
            revision: None,
        }),
        400 | 404 | 405 | 410 if object.kind == Kind::LifecyclePolicy => {
            Err(SearchError::NoLifecycle {
                url: client.url().to_owned(),
                what: dialect.lifecycle_part,
            })
        }
        _ => Err(client.unexpected("GET", &path, &answer)),
    }
}

fn found(dialect: &Dialect, object: &Object, answer: &Value) -> Result<Found, SearchError> {
    let at = match object.kind {
        Kind::LifecyclePolicy => dialect.lifecycle_answer.replace("{}", object.name),
        Kind::IngestPipeline => format!("/{}", object.name),
        Kind::ComponentTemplate => "/component_templates/0/component_template".to_owned(),
        Kind::IndexTemplate => "/index_templates/0/index_template".to_owned(),
    };
    let content = answer.pointer(&at).cloned().unwrap_or_default();
    let is_policy = object.kind == Kind::LifecyclePolicy;
    let wanted = if is_policy {
        &object.body["policy"]
    } else {
        &object.body
    };
    let state = match mark(&content) {
        Some(version) => State::Ours {
            version,
            same: is_same(object.kind, wanted, &content),
        },
        None => State::Foreign,
    };
    let untouched = object.yours && is_same(object.kind, &as_noted(wanted, &content), &content);
    let changed = is_policy && is_changed(dialect, object.version, &content)?;
    let ages = |policy| Ages::of(dialect.product, policy);
    let ages_stand = is_policy && ages(wanted) == ages(&content);
    let number = |name: &str| answer[name].as_u64();
    let revision = number("_seq_no").zip(number("_primary_term"));
    Ok(Found {
        state,
        content: Some(content),
        untouched,
        changed,
        ages_stand,
        revision,
    })
}

/// Whether a policy is another one than ours with its own ages; of another version than `version`, whether its
/// outline is.
fn is_changed(dialect: &Dialect, version: u64, standing: &Value) -> Result<bool, SearchError> {
    let Some(ages) = Ages::of(dialect.product, standing) else {
        return Ok(true);
    };
    let ours = policy(dialect, ages)?;
    let ours = &ours.body["policy"];
    Ok(if mark(standing) == Some(version) {
        !is_same(Kind::LifecyclePolicy, ours, standing)
    } else {
        outline(ours) != outline(standing)
    })
}

/// The user's own template as it was put, by the number of replicas that is noted in what stands there.
fn as_noted(wanted: &Value, standing: &Value) -> Value {
    let mut as_put = wanted.clone();
    as_put["template"] = json!({});
    Replicas::forget(&mut as_put);
    let noted = Replicas::noted(standing);
    noted.apply(&mut as_put);
    noted.note(&mut as_put);
    as_put
}

/// Puts an object, in the place of what was found.
///
/// Servers take conditions for some kinds only: new templates (`create`), policies of `OpenSearch`
/// (their revision). For the others, what stands there is looked at once more right before.
///
/// # Errors
/// [`SearchError::Meanwhile`] when something else stands there now; when the server refuses it.
pub async fn put(
    client: &Client,
    dialect: &Dialect,
    object: &Object,
    found: &Found,
) -> Result<(), SearchError> {
    let now = find(client, dialect, object).await?;
    if now.content != found.content {
        return as_wanted(object, &now);
    }
    let mut path = object.path(dialect);
    let is_template = matches!(object.kind, Kind::ComponentTemplate | Kind::IndexTemplate);
    if let Some((sequence, term)) = found.revision {
        path = format!("{path}?if_seq_no={sequence}&if_primary_term={term}");
    } else if is_template && found.state == State::Absent {
        path = format!("{path}?create=true");
    }
    let answer = client.put(&path, &object.body).await?;
    match answer.status {
        200 | 201 => Ok(()),
        409 => as_wanted(object, &find(client, dialect, object).await?),
        400 if answer.said().contains("already exists") => {
            as_wanted(object, &find(client, dialect, object).await?)
        }
        // OpenSearch's AwarenessReplicaBalance: "... a multiple of total awareness attributes [3]".
        400 if answer.said().contains("awareness attributes") => Err(SearchError::Zones {
            url: client.url().to_owned(),
            path,
            said: answer.said(),
        }),
        // Index State Management: "New policy ... matching existing policy templates, please use a different
        // priority than ...".
        400 if answer
            .json()
            .to_string()
            .contains("existing policy templates") =>
        {
            let ours = &object.body["policy"]["ism_template"][0]["priority"];
            Err(SearchError::Priority {
                url: client.url().to_owned(),
                priority: ours.as_u64().unwrap_or_default(),
                path,
                said: answer.said(),
            })
        }
        _ => Err(client.unexpected("PUT", &path, &answer)),
    }
}

/// What came meanwhile is no trouble where it is what would have been put: two of us at once.
fn as_wanted(object: &Object, now: &Found) -> Result<(), SearchError> {
    match now.state {
        State::Ours {
            version,
            same: true,
        } if version == object.version => Ok(()),
        _ => Err(SearchError::Meanwhile),
    }
}

/// Takes an object away that was found so; says whether it is gone, or stays because something uses it.
///
/// # Errors
/// [`SearchError::Meanwhile`] when something else stands there now; when the server refuses it.
pub async fn remove(
    client: &Client,
    dialect: &Dialect,
    object: &Object,
    found: &Found,
) -> Result<bool, SearchError> {
    let now = find(client, dialect, object).await?;
    if now.state == State::Absent {
        // Two of us at once.
        return Ok(true);
    }
    if now.content != found.content {
        return Err(SearchError::Meanwhile);
    }
    let path = object.path(dialect);
    let answer = client.delete(&path).await?;
    match answer.status {
        200 | 404 => Ok(true),
        400 if is_in_use(&answer.said()) => Ok(false),
        _ => Err(client.unexpected("DELETE", &path, &answer)),
    }
}

/// Both products say of templates and policies that they are "in use"; `Elasticsearch` of a pipeline that it
/// "cannot be deleted because it is the default pipeline for 2 index(es)".
fn is_in_use(said: &str) -> bool {
    said.contains("in use") || said.contains("cannot be deleted because it is")
}
