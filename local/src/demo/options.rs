//! What a run of the demo is told.

use super::console::Console;
use crate::layout::project_root;
use anyhow::{Context, ensure};
use std::env;
use std::path::{Path, PathBuf};

/// How much is sent.
#[derive(Debug, Clone, Copy)]
pub struct Volume {
    /// Flow log records of each member.
    pub flow_logs: usize,
    /// Flow log records of each member with more fields than the default format has.
    pub flow_log_examples: usize,
    /// Times that each finding is seen again in each member.
    pub finding_updates: usize,
    /// Lines of each member's application log.
    pub application: usize,
    /// Flow log records in the batch whose answer would burst Lambda's limit; 0 for none.
    pub burst: usize,
}

impl Default for Volume {
    fn default() -> Self {
        Self {
            flow_logs: 2000,
            flow_log_examples: 400,
            finding_updates: 24,
            application: 100,
            burst: 96_000,
        }
    }
}

/// A run of the demo.
#[derive(Debug, Clone)]
pub struct Options {
    /// How much is sent.
    pub volume: Volume,
    /// Where it speaks.
    pub console: Console,
    /// The function as it is deployed: a zip with the executable `bootstrap` in it.
    pub function_zip: PathBuf,
    /// The program that onboards.
    pub bootstrap: PathBuf,
    /// Whether documents go to OpenSearch too.
    pub search: bool,
    /// Whether the stand-ins stay up at the end, until ctrl-c.
    pub keep: bool,
    /// Where the report and the copies of archive and errors are written.
    pub output: PathBuf,
}

impl Options {
    /// The demo as `make demo` runs it, with the programs that `make` has built.
    ///
    /// # Errors
    /// When one of them isn't there.
    pub fn built(console: Console) -> anyhow::Result<Self> {
        let output = project_root().join("target/demo");
        let here = env::current_exe().context("the demo can't find its own program")?;
        let options = Self {
            volume: Volume::default(),
            console,
            search: true,
            keep: false,
            function_zip: output.join("transform.zip"),
            bootstrap: beside(&here, "bootstrap"),
            output,
        };
        for file in [&options.function_zip, &options.bootstrap] {
            ensure!(
                file.is_file(),
                "{} is missing: run `make demo`, which builds it",
                file.display()
            );
        }
        Ok(options)
    }
}

/// The program of that name in the folder of `program`, or above it where that is a test's.
fn beside(program: &Path, name: &str) -> PathBuf {
    let folder = program.parent().unwrap_or(program);
    let folder = if folder.ends_with("deps") {
        folder.parent().unwrap_or(folder)
    } else {
        folder
    };
    folder.join(name)
}
