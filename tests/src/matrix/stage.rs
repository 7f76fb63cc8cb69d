//! A stand-in with the program before it, which begins again and again.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use local::cloud::{Cloud, MANAGEMENT, Snapshot};
use serde_json::Value;
use tempfile::TempDir;

use super::case::Verb;
use super::organization::{Setting, organization};
use crate::bootstrap::{Bootstrap, Ran, State};

/// A moment to begin from.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    cloud: Snapshot,
    catalog: Option<Vec<u8>>,
    /// The same, to compare with.
    pub state: State,
}

/// The stand-in, the program and the file of the catalog.
pub(super) struct Stage {
    /// The stand-in.
    pub cloud: Cloud,
    /// By the configuration at first, and later.
    programs: [Bootstrap; 2],
    catalog: PathBuf,
    _folder: TempDir,
}

impl Stage {
    /// Starts a stand-in with the organization, and writes the configuration.
    pub(super) fn new(setting: Setting) -> anyhow::Result<Self> {
        let cloud = Cloud::start(organization(setting))?;
        let folder = tempfile::tempdir()?;
        let catalog = folder.path().join("catalog.json");
        let program = |name: &str, later: bool| -> anyhow::Result<Bootstrap> {
            let config = folder.path().join(name);
            std::fs::write(&config, setting.configuration(&catalog, later))?;
            Ok(Bootstrap {
                endpoint: cloud.endpoint().to_owned(),
                credentials: (MANAGEMENT.to_owned(), "local".to_owned(), None),
                config,
            })
        };
        let programs = [program("first.toml", false)?, program("later.toml", true)?];
        Ok(Self {
            cloud,
            programs,
            catalog,
            _folder: folder,
        })
    }

    /// Everything as it is now.
    pub(super) fn keep(&self) -> anyhow::Result<Moment> {
        Ok(Moment {
            cloud: self.cloud.snapshot(),
            catalog: std::fs::read(&self.catalog).ok(),
            state: self.state()?,
        })
    }

    /// Makes everything as it was then.
    pub(super) fn begin(&self, moment: &Moment) -> anyhow::Result<()> {
        self.cloud.restore(&moment.cloud);
        match &moment.catalog {
            Some(bytes) => std::fs::write(&self.catalog, bytes)?,
            None if self.catalog.exists() => std::fs::remove_file(&self.catalog)?,
            None => {}
        }
        Ok(())
    }

    /// Everything that there is, the catalog without the time of its writing.
    pub(super) fn state(&self) -> anyhow::Result<State> {
        let mut state = self.cloud.dump();
        if self.catalog.exists() {
            let mut catalog: Value = serde_json::from_slice(&std::fs::read(&self.catalog)?)?;
            let fields = catalog.as_object_mut();
            fields
                .context("the catalog is no object")?
                .remove("generated_at");
            state.insert("catalog".to_owned(), catalog.to_string());
        }
        Ok(state)
    }

    /// Runs a verb to its end, with more arguments; it waits so many seconds for what isn't ready.
    pub(super) fn run(&self, verb: Verb, deadline: &str, more: &[&str]) -> anyhow::Result<Ran> {
        Ran::of(self.command(verb, deadline)?.args(more))
    }

    /// The program as it is configured later.
    pub(super) fn later(&self) -> &Bootstrap {
        &self.programs[1]
    }

    /// Runs a verb until a call is struck, and kills it.
    pub(super) fn kill(&self, verb: Verb) -> anyhow::Result<()> {
        let mut command = self.command(verb, "10")?;
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        let (mut child, started) = (command.spawn()?, Instant::now());
        while self.cloud.struck() == 0 {
            let ended = child.try_wait()?;
            anyhow::ensure!(ended.is_none(), "it ended before the call: {ended:?}");
            if started.elapsed() > Duration::from_mins(1) {
                child.kill()?;
                child.wait()?;
                anyhow::bail!("the call didn't come within a minute");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    fn command(&self, verb: Verb, deadline: &str) -> anyhow::Result<Command> {
        let [first, later] = &self.programs;
        let program = if verb == Verb::Apply { first } else { later };
        let mut command = program.hurried(deadline)?;
        command.args(verb.arguments());
        Ok(command)
    }
}
