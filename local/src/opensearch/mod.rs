//! The search server: a real OpenSearch of our own, or the one that `OPENSEARCH_URL` names.

mod launch;

use std::{
    env,
    io::{self, Write},
    time::Duration,
};

use crate::{http::Http, layout::Scratch, process::Server};

/// Other work on the machine's cores can make the start several times slower than its usual 6 s.
const READY_WITHIN: Duration = Duration::from_mins(3);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Why there is no search server, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("OpenSearch is not available: {reason}")]
pub struct Unavailable {
    reason: String,
}

impl Unavailable {
    fn because(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}

/// A search server that answers. One that we started is stopped and wiped when this is dropped.
#[derive(Debug)]
pub struct OpenSearch {
    url: String,
    // Dropped in this order: the files go after the process that writes them.
    server: Option<Server>,
    _scratch: Option<Scratch>,
}

impl OpenSearch {
    /// Takes the server that `OPENSEARCH_URL` names, or starts one on a free port of 127.0.0.1 with
    /// 512 MiB of heap; calls `waiting` with the time waited so far until it answers.
    ///
    /// # Errors
    ///
    /// When there is none to be had, with the reason: not set up, too little memory, no answer.
    pub fn start(waiting: impl FnMut(Duration)) -> Result<Self, Unavailable> {
        match env::var("OPENSEARCH_URL") {
            Ok(url) if !url.is_empty() => Self::given(&url),
            _ => launch::start(waiting),
        }
    }

    /// Starts the server for a test; where it cannot be had, says on standard error why the test is
    /// skipped and returns nothing.
    ///
    /// # Panics
    ///
    /// Where `CI` is set and the server cannot be had: there nothing is skipped.
    #[must_use]
    pub fn start_or_skip(test: &str) -> Option<Self> {
        match Self::start(|_| ()) {
            Ok(server) => Some(server),
            Err(reason) if !Self::is_required() => {
                // Not by a macro: the test runner would keep those words to itself.
                let _ = writeln!(io::stderr(), "SKIPPED {test}: {reason}");
                None
            }
            Err(reason) => panic!("{test} may not be skipped where CI is set: {reason}"),
        }
    }

    /// Returns whether its absence is a failure: where `CI` is set.
    #[must_use]
    pub fn is_required() -> bool {
        env::var_os("CI").is_some_and(|value| !value.is_empty())
    }

    fn given(url: &str) -> Result<Self, Unavailable> {
        let url = url.trim_end_matches('/');
        let reply = Http::new(ANSWER_WITHIN)
            .get(url)
            .map_err(|error| Unavailable::because(format!("OPENSEARCH_URL: {error}")))?;
        if !reply.is_success() {
            return Err(Unavailable::because(format!(
                "OPENSEARCH_URL: {url} answered {}: {}",
                reply.status,
                reply.text()
            )));
        }
        Ok(Self {
            url: url.to_owned(),
            server: None,
            _scratch: None,
        })
    }

    /// Returns the address of the server, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the process, for its log and process id; nothing for a server that is not ours.
    #[must_use]
    pub fn server(&self) -> Option<&Server> {
        self.server.as_ref()
    }
}
