//! `bootstrap search-setup` against a real OpenSearch, through a gate that plays what that one hasn't.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, ensure};
use local::http::{Http, Reply};
use local::opensearch::OpenSearch;
use local::search_gate::{Guard, SearchGate};
use serde_json::{Value, json};

use crate::bootstrap::{Bootstrap, Ran};
use crate::search::opensearch;

/// Templates and pipelines are the whole server's: one test after the other.
static TURN: Mutex<()> = Mutex::new(());

const TIMEOUT: Duration = Duration::from_mins(1);

/// Where objects are that belong to the whole server, one folder a kind.
const FOLDERS: [&str; 3] = ["_index_template", "_component_template", "_ingest/pipeline"];

/// What the names of such objects begin with: a server of the user's may have others.
const KNOWN: [&str; 2] = ["tributary", "somebody"];

/// A server without any template or pipeline of these tests, and a gate in front of it.
pub struct Cluster {
    /// The gate.
    pub gate: SearchGate,
    http: Http,
    opensearch: Arc<OpenSearch>,
    _turn: MutexGuard<'static, ()>,
}

impl Cluster {
    /// Wipes the shared server and starts a gate; nothing where the test is skipped.
    ///
    /// # Errors
    /// When the server doesn't answer as it should.
    pub fn start(test: &str, guard: Guard) -> anyhow::Result<Option<Self>> {
        // Whoever waits holds on to the server, so that it isn't started once for each test.
        let Some(opensearch) = opensearch(test) else {
            return Ok(None);
        };
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let cluster = Self {
            gate: SearchGate::start(opensearch.url(), guard)?,
            http: Http::new(TIMEOUT),
            opensearch,
            _turn: turn,
        };
        for folder in FOLDERS {
            for name in cluster.names(folder)? {
                let gone = cluster
                    .http
                    .delete(&format!("{}/{folder}/{name}", cluster.url()))?;
                ensure!(gone.is_success(), "{folder}/{name}: {}", gone.text());
            }
        }
        Ok(Some(cluster))
    }

    /// The server's own address, without the gate.
    #[must_use]
    pub fn url(&self) -> &str {
        self.opensearch.url()
    }

    /// The names of all objects in a folder that these tests know.
    ///
    /// # Errors
    /// When the server doesn't answer as it should.
    pub fn names(&self, folder: &str) -> anyhow::Result<Vec<String>> {
        let all = self.get(folder)?;
        let mut names: Vec<String> = if folder == "_ingest/pipeline" {
            let pipelines = all.as_object().into_iter().flatten();
            pipelines.map(|(name, _)| name.clone()).collect()
        } else {
            let list = all
                .as_object()
                .and_then(|all| all.values().next()?.as_array());
            let named = list.into_iter().flatten();
            named
                .filter_map(|one| one["name"].as_str().map(str::to_owned))
                .collect()
        };
        names.retain(|name| KNOWN.iter().any(|known| name.starts_with(known)));
        Ok(names)
    }

    /// Every template and pipeline, with its content.
    ///
    /// # Errors
    /// When the server doesn't answer as it should.
    pub fn everything(&self) -> anyhow::Result<Vec<Value>> {
        FOLDERS.iter().map(|folder| self.get(folder)).collect()
    }

    /// The answer to a GET from the server itself.
    ///
    /// # Errors
    /// When it is no success or no JSON.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.json(path, &self.http.get(&format!("{}/{path}", self.url()))?)
    }

    /// Puts something at the server itself, as somebody else would.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn put(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        let body = body.to_string();
        let reply = self.http.put(
            &format!("{}/{path}", self.url()),
            "application/json",
            body.as_bytes(),
        )?;
        self.json(path, &reply).map(drop)
    }

    fn json(&self, path: &str, reply: &Reply) -> anyhow::Result<Value> {
        // No pipeline at all is answered so.
        ensure!(
            reply.is_success() || reply.body == b"{}",
            "{}/{path}: {} {}",
            self.url(),
            reply.status,
            reply.text()
        );
        serde_json::from_slice(&reply.body).with_context(|| format!("{path} is no JSON"))
    }

    /// What an index of that name would be made with.
    ///
    /// # Errors
    /// When the server doesn't answer as it should.
    pub fn simulated(&self, index: &str) -> anyhow::Result<Value> {
        let path = format!("_index_template/_simulate_index/{index}");
        let url = format!("{}/{path}", self.url());
        let reply = self.http.post(&url, "application/json", b"")?;
        Ok(self.json(&path, &reply)?["template"].clone())
    }

    /// Requests that change something and went through the gate.
    #[must_use]
    pub fn changes(&self) -> Vec<String> {
        let seen = self.gate.seen().into_iter();
        let changing = seen.filter(|seen| !seen.operation.starts_with("GET ") && seen.status < 300);
        changing.map(|seen| seen.operation).collect()
    }

    /// Runs the verb against the gate and wants that exit status.
    ///
    /// # Errors
    /// When it ends with another one.
    pub fn ends(&self, code: i32, arguments: &[&str]) -> anyhow::Result<Ran> {
        ends(self.gate.endpoint(), code, arguments, &[])
    }

    /// The same, and its answer in JSON.
    ///
    /// # Errors
    /// When it ends with another one, or its answer is no JSON.
    pub fn answers(&self, code: i32, arguments: &[&str]) -> anyhow::Result<Value> {
        self.ends(code, &[arguments, &["--json"]].concat())?.json()
    }
}

/// Runs the verb with these variables against a server, and wants that exit status. There is no configuration.
///
/// # Errors
/// When it ends with another one.
pub fn ends(
    endpoint: &str,
    code: i32,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> anyhow::Result<Ran> {
    let bootstrap = Bootstrap {
        endpoint: "http://127.0.0.1:1".to_owned(),
        credentials: (ACCESS_KEY.to_owned(), SECRET_KEY.to_owned(), None),
        config: PathBuf::from("there-is-no-configuration.toml"),
    };
    let mut command = bootstrap.command()?;
    command
        .env_remove("TRIBUTARY_SEARCH_PASSWORD")
        .env("TRIBUTARY_FIRST_PAUSE", "10");
    command
        .args(["search-setup", "--endpoint", endpoint])
        .args(arguments);
    command.envs(variables.iter().copied());
    let output = command.output().context("bootstrap can't be run")?;
    let ran = Ran {
        code: output
            .status
            .code()
            .context("bootstrap was stopped by a signal")?,
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
    };
    ensure!(
        ran.code == code,
        "search-setup {arguments:?} should end with {code}: {ran:#?}"
    );
    Ok(ran)
}

/// The access key of the program's AWS credentials.
pub const ACCESS_KEY: &str = "AKIDEXAMPLE";
/// The secret key of the program's AWS credentials.
pub const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// The outcomes of an answer's objects, as `kind name outcome`.
#[must_use]
pub fn outcomes(answer: &Value) -> Vec<String> {
    let rows = answer["objects"].as_array().into_iter().flatten();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    rows.map(|row| [text(row, "kind"), text(row, "name"), text(row, "outcome")].join(" "))
        .collect()
}

/// The outcomes of an answer's objects that didn't end so.
#[must_use]
pub fn outcomes_but(answer: &Value, outcome: &str) -> Vec<String> {
    let mut all = outcomes(answer);
    all.retain(|one| !one.ends_with(&format!(" {outcome}")));
    all
}

/// Whether every object of an answer ended so, and how many there are.
///
/// # Errors
/// When one ended otherwise.
pub fn all_are(answer: &Value, outcome: &str) -> anyhow::Result<usize> {
    let outcomes = outcomes(answer);
    ensure!(
        outcomes
            .iter()
            .all(|one| one.ends_with(&format!(" {outcome}"))),
        "{outcomes:#?}"
    );
    Ok(outcomes.len())
}

/// An index template of somebody else.
#[must_use]
pub fn somebody_s_template(pattern: &str) -> Value {
    json!({"index_patterns": [pattern], "priority": 1, "template": {"settings": {"index.number_of_shards": 2}}})
}

/// The ages in the policy: at which its first state ends, and its second.
///
/// # Panics
/// Where there is none.
#[must_use]
pub fn policy_ages(cluster: &Cluster) -> [Value; 2] {
    let policy = cluster.gate.policy("tributary").expect("a policy");
    [0, 1].map(|state| {
        policy["states"][state]["transitions"][0]["conditions"]["min_index_age"].clone()
    })
}

/// What became of the policy, which comes first.
#[must_use]
pub fn policy_outcome(answer: &Value) -> String {
    outcomes(answer)[0].clone()
}
