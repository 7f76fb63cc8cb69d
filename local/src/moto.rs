//! A second stand-in for AWS, by moto: it pages Organizations' lists, which ministack does not.

use std::time::Duration;

use anyhow::bail;

use crate::{
    http::Http,
    layout::{Scratch, python_program},
    process::{Server, free_port, guarded},
};

const READY_WITHIN: Duration = Duration::from_mins(1);
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// A running moto server on a port of its own; stopped when dropped.
///
/// Other accounts than 123456789012 are reached by assuming a role in them.
#[derive(Debug)]
pub struct Moto {
    endpoint: String,
    server: Server,
    _scratch: Scratch,
}

impl Moto {
    /// Starts moto and waits until it answers.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not start: with its last log lines.
    pub fn start() -> anyhow::Result<Self> {
        let program = python_program("moto_server")?;
        let scratch = Scratch::new("moto")?;
        let port = free_port()?;
        let mut command = guarded(program);
        command
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .env("TMPDIR", scratch.path())
            .current_dir(scratch.path());
        let mut server = Server::start("moto", command)?;
        let endpoint = format!("http://127.0.0.1:{port}");
        let page = format!("{endpoint}/moto-api/data.json");
        let http = Http::new(ANSWER_WITHIN);
        let ready = || http.get(&page).is_ok_and(|reply| reply.is_success());
        server.wait_until(READY_WITHIN, ready, |_| ())?;
        Ok(Self {
            endpoint,
            server,
            _scratch: scratch,
        })
    }

    /// Returns the address of every service: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns the process, for its log and its process id.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Removes everything in every account.
    ///
    /// # Errors
    ///
    /// When moto does not answer with success.
    pub fn reset(&self) -> anyhow::Result<()> {
        let url = format!("{}/moto-api/reset", self.endpoint);
        let reply = Http::new(ANSWER_WITHIN).post(&url, "application/json", b"")?;
        if !reply.is_success() {
            bail!("moto could not be reset: {} {}", reply.status, reply.text());
        }
        Ok(())
    }
}
