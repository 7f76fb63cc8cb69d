//! What can be wrong with a configuration; every message names the key and the remedy.

use std::path::{Path, PathBuf};

/// A configuration that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("the configuration {path} can't be read: {source}; write one (bootstrap/tributary.example.toml is a start), or name another with --config FILE", path = path.display())]
    Read {
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Not TOML, a key that doesn't exist, a key that is missing, or a value of the wrong type.
    #[error("{}{source}", at(path.as_ref()))]
    Syntax {
        /// The file, where there is one.
        path: Option<PathBuf>,
        /// Line, column and what was expected there.
        source: Box<toml::de::Error>,
    },
    /// A value that can't be.
    #[error("{}{key} {problem}: {remedy}", at(path.as_ref()))]
    Value {
        /// The file, where there is one.
        path: Option<PathBuf>,
        /// The key, such as `central.account`.
        key: String,
        /// What is wrong with its value.
        problem: String,
        /// What to write instead.
        remedy: String,
    },
}

fn at(path: Option<&PathBuf>) -> String {
    path.map(|path| format!("{}: ", path.display()))
        .unwrap_or_default()
}

impl ConfigError {
    /// A value that can't be, with what to write instead.
    pub fn value(
        key: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::Value {
            path: None,
            key: key.into(),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// The same error, naming the file.
    pub fn in_file(mut self, file: &Path) -> Self {
        if let Self::Syntax { path, .. } | Self::Value { path, .. } = &mut self {
            *path = Some(file.to_owned());
        }
        self
    }
}
