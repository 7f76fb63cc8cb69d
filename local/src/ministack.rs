//! AWS on one machine: Organizations, IAM, Kinesis, S3, CloudWatch Logs and Lambda, by ministack.

use std::{env, ffi::OsStr, path::Path, time::Duration};

use anyhow::bail;

use crate::{
    http::Http,
    layout::{Scratch, python_program},
    process::{Server, free_port, guarded},
};

const READY_WITHIN: Duration = Duration::from_secs(30);
/// A reset stops every function that runs, which takes a moment.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Another process can take a port between its choice and its use.
const ATTEMPTS: usize = 3;
/// A running ministack on a port of its own, with nothing in it; stopped and wiped when dropped.
///
/// A 12-digit access key id is that account's root, with any secret.
#[derive(Debug)]
pub struct Ministack {
    endpoint: String,
    // Dropped in this order: the files go after the process that writes them.
    server: Server,
    scratch: Scratch,
}

impl Ministack {
    /// Starts ministack and waits until it answers.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not start: with its last log lines.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_with(&[])
    }

    /// Starts ministack with more environment variables: `AUTH=true` makes it enforce IAM policies.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not start: with its last log lines.
    pub fn start_with(env: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut attempt = 1;
        loop {
            match Self::try_start(env) {
                Err(_) if attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    fn try_start(env: &[(&str, &str)]) -> anyhow::Result<Self> {
        let program = python_program("ministack")?;
        let scratch = Scratch::new("ministack")?;
        let port = free_port()?;
        let mut command = guarded(program);
        for (name, _) in env::vars_os().filter(|(name, _)| is_about_aws(name)) {
            command.env_remove(name);
        }
        command
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("MINISTACK_HOST", format!("127.0.0.1:{port}"))
            // It would listen on all interfaces otherwise.
            .env("IOT_MTLS_ENABLED", "0")
            .env("LOG_LEVEL", "WARNING")
            .env("TMPDIR", scratch.path())
            .env("STATE_DIR", scratch.path().join("state"))
            .env("S3_DATA_DIR", scratch.path().join("s3"))
            .envs(env.iter().copied())
            .current_dir(scratch.path());
        let mut server = Server::start("ministack", command)?;
        let endpoint = format!("http://127.0.0.1:{port}");
        let health = format!("{endpoint}/_ministack/health");
        let http = Http::new(ANSWER_WITHIN);
        let ready = || http.get(&health).is_ok_and(|reply| reply.is_success());
        server.wait_until(READY_WITHIN, ready, |_| ())?;
        Ok(Self {
            endpoint,
            server,
            scratch,
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

    /// Returns the folder of everything that it writes, the unpacked functions among them.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.scratch.path()
    }

    /// Removes everything in every account.
    ///
    /// # Errors
    ///
    /// When ministack does not answer with success.
    pub fn reset(&self) -> anyhow::Result<()> {
        let url = format!("{}/_ministack/reset", self.endpoint);
        let reply = Http::new(ANSWER_WITHIN).post(&url, "application/json", b"")?;
        if !reply.is_success() {
            bail!(
                "ministack could not be reset: {} {}",
                reply.status,
                reply.text()
            );
        }
        Ok(())
    }
}

/// ministack hands its own environment on to the functions it runs: these would point them, or
/// ministack itself, at somebody's real account or at another stand-in.
fn is_about_aws(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("AWS_") || name.starts_with("LOCALSTACK_")
}
