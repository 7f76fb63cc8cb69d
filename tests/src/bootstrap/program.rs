//! Runs the program as a user does, with nothing of this machine's own credentials and settings.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use anyhow::Context;
use serde_json::Value;

use crate::binary;

/// The program, with the endpoint and the credentials that it is to use.
#[derive(Debug, Clone)]
pub struct Bootstrap {
    /// Where AWS is.
    pub endpoint: String,
    /// Access key, secret key and session token.
    pub credentials: (String, String, Option<String>),
    /// The configuration.
    pub config: PathBuf,
}

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    /// The exit status.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Bootstrap {
    /// Runs it with these arguments; standard input is empty.
    ///
    /// # Errors
    /// When it isn't built, or was stopped by a signal.
    pub fn run<I: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = I>,
    ) -> anyhow::Result<Ran> {
        Ran::of(self.command()?.args(arguments))
    }

    /// The program with everything but its arguments.
    ///
    /// # Errors
    /// When it isn't built.
    pub fn command(&self) -> anyhow::Result<Command> {
        let mut command = alone("bootstrap", &self.endpoint, &self.credentials)?;
        command
            .arg("--config")
            .arg(&self.config)
            .env("TRIBUTARY_DEADLINE", "10");
        Ok(command)
    }

    /// The same for a stand-in that is quick: it waits so many seconds for what isn't ready, and soon asks
    /// again.
    ///
    /// # Errors
    /// When it isn't built.
    pub fn hurried(&self, deadline: &str) -> anyhow::Result<Command> {
        let mut command = self.command()?;
        command
            .env("TRIBUTARY_DEADLINE", deadline)
            .env("TRIBUTARY_FIRST_PAUSE", "20");
        Ok(command)
    }

    /// Runs it and wants that exit status.
    ///
    /// # Errors
    /// When it ends with another one: with all that it said.
    pub fn ends(&self, code: i32, arguments: &[&str]) -> anyhow::Result<Ran> {
        let ran = self.run(arguments)?.ended(code);
        ran.with_context(|| format!("{arguments:?}"))
    }
}

/// A program of this workspace with that endpoint and those credentials (access key, secret key and
/// session token), and nothing of this machine's own.
///
/// # Errors
/// When it isn't built.
pub fn alone(
    program: &str,
    endpoint: &str,
    (key, secret, token): &(String, String, Option<String>),
) -> anyhow::Result<Command> {
    let mut command = Command::new(binary(program)?);
    for name in [
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "RUST_LOG",
    ] {
        command.env_remove(name);
    }
    if let Some(token) = token {
        command.env("AWS_SESSION_TOKEN", token);
    }
    command
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", key)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null());
    Ok(command)
}

impl Ran {
    /// Runs a program to its end.
    ///
    /// # Errors
    /// When it can't be run, or was stopped by a signal.
    pub fn of(command: &mut Command) -> anyhow::Result<Self> {
        let output = command
            .output()
            .with_context(|| format!("{command:?} can't be run"))?;
        Self::from_output(output)
    }

    /// What came of a program that has ended.
    ///
    /// # Errors
    /// When it was stopped by a signal.
    pub fn from_output(output: Output) -> anyhow::Result<Self> {
        Ok(Self {
            code: output.status.code().context("stopped by a signal")?,
            stdout: String::from_utf8(output.stdout)?,
            stderr: String::from_utf8(output.stderr)?,
        })
    }

    /// The same, if it ended with that exit status.
    ///
    /// # Errors
    /// When it ended with another one: with all that it said.
    pub fn ended(self, code: i32) -> anyhow::Result<Self> {
        anyhow::ensure!(self.code == code, "it should end with {code}: {self:#?}");
        Ok(self)
    }

    /// Standard output as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_str(&self.stdout).with_context(|| format!("no JSON: {self:#?}"))
    }

    /// Everything that it said.
    #[must_use]
    pub fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}
