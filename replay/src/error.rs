//! What ends a run before its report.

use std::path::PathBuf;

/// Why nothing, or nothing more, could be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Records can't be sent without credentials.
    #[error("no AWS credentials: {0}. Set a profile (AWS_PROFILE), or sign in")]
    Credentials(String),
    /// S3 refused something.
    #[error("{what}: {why}")]
    S3 {
        /// What was asked for.
        what: String,
        /// What S3, or the way to it, said.
        why: String,
    },
    /// S3 can't give out one object, whoever asks; others it can.
    #[error("{what}: {why}")]
    Object {
        /// Which one.
        what: String,
        /// What S3 said.
        why: String,
    },
    /// A file can't be read, or not be renamed.
    #[error("{}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another run has it.
    #[error("the journal {} is in use by another run: wait for its end", .0.display())]
    Locked(PathBuf),
    /// It holds something else than this program writes.
    #[error("{}, line {line}: not of a journal of replay: {why}. Nothing was sent; restore the file, or name another one where nothing of these objects was ever sent", path.display())]
    NoJournal {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Why it can't be read.
        why: String,
    },
    /// The journal can't be written any more.
    #[error("the journal {} can't be written: {source}. Nothing more is sent; what was on its way is told as unknown by the next run", path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A mistake in this program or its policy.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// The arguments contradict themselves.
    #[error("{0}")]
    Use(String),
}

impl Error {
    /// The exit status.
    #[must_use]
    pub const fn status(&self) -> u8 {
        match self {
            Self::Use(_) => 2,
            _ => 1,
        }
    }
}
