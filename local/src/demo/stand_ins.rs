//! Starts AWS and OpenSearch on this machine.

use super::console::Console;
use crate::aws::Aws;
use crate::ministack::Ministack;
use crate::opensearch::{OpenSearch, Unavailable};
use anyhow::{Context, bail};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The Region of everything.
pub const REGION: &str = "eu-central-1";

/// AWS on this machine; OpenSearch starts meanwhile.
pub struct StandIns {
    /// SDK configurations for every account.
    pub aws: Aws,
    search: Option<JoinHandle<Result<OpenSearch, Unavailable>>>,
    _ministack: Ministack,
}

/// OpenSearch, or why there is none.
pub enum Search {
    /// It answers.
    Up(OpenSearch),
    /// It can't be had.
    Absent(String),
}

impl Search {
    /// The server, where there is one.
    #[must_use]
    pub const fn up(&self) -> Option<&OpenSearch> {
        match self {
            Self::Up(server) => Some(server),
            Self::Absent(_) => None,
        }
    }

    /// Whether it is a server of the user's, which stays when the demo ends.
    #[must_use]
    pub fn is_the_user_s(&self) -> bool {
        self.up().is_some_and(|server| server.server().is_none())
    }
}

/// Starts AWS and, where `with_search` says so, OpenSearch; waits for AWS only.
///
/// # Errors
/// When AWS' stand-in doesn't start.
pub async fn start(with_search: bool, console: Console) -> anyhow::Result<StandIns> {
    let search = with_search.then(|| thread::spawn(|| OpenSearch::start(|_| ())));
    let wait = console.wait("AWS on this machine");
    let ministack = tokio::task::spawn_blocking(Ministack::start).await??;
    let aws = Aws::new(ministack.endpoint(), REGION).await;
    wait.done(&format!("ministack at {}", ministack.endpoint()));
    Ok(StandIns {
        aws,
        search,
        _ministack: ministack,
    })
}

impl StandIns {
    /// Waits until OpenSearch answers or has failed to.
    ///
    /// # Errors
    /// When it can't be had although `CI` is set.
    pub async fn search(&mut self, console: Console) -> anyhow::Result<Search> {
        let Some(starting) = self.search.take() else {
            return Ok(Search::Absent("not wanted".to_owned()));
        };
        let mut wait = console.wait("OpenSearch on this machine");
        while !starting.is_finished() {
            wait.at("is starting");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        match starting.join() {
            Ok(Ok(server)) => {
                wait.done(&format!("up at {}", server.url()));
                Ok(Search::Up(server))
            }
            Ok(Err(why)) if OpenSearch::is_required() => {
                Err(why).context("where CI is set, the search server may not be absent")
            }
            Ok(Err(why)) => {
                wait.done("absent");
                console.say(format!("{why}; the demo goes on with the archive alone"));
                Ok(Search::Absent(why.to_string()))
            }
            Err(_) => bail!("the start of OpenSearch broke off"),
        }
    }
}
