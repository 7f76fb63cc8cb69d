//! What was sent, in a file: written before each request and after its answer, and on the disk before
//! the program goes on. Whatever ends it in between, the file says of each record that it was sent,
//! that it wasn't, or that nobody knows.

mod entry;

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

pub use entry::{Entry, VERSION};

use crate::error::Error;

/// What the journal knows of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The stream took it.
    Sent,
    /// It was on its way, and no answer was written down.
    Unknown(String),
    /// The stream refused it.
    Refused,
}

/// The records of one object that were ever on their way, by line.
pub type States = BTreeMap<u32, State>;

/// A journal, which nobody else writes meanwhile.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    states: HashMap<String, States>,
}

impl Journal {
    /// Opens the journal at `path`, or begins one. A last line that was cut off, because the program
    /// ended while it wrote it, is taken away: what it announced wasn't done yet.
    ///
    /// # Errors
    /// Another run has it, or it is no journal.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::File {
            path: path.to_owned(),
            source,
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(failed)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => Error::Locked(path.to_owned()),
            TryLockError::Error(source) => failed(source),
        })?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(failed)?;
        let (states, whole) = read_whole(&text, path)?;
        let end = u64::try_from(whole).unwrap_or(u64::MAX);
        file.set_len(end).map_err(failed)?;
        file.seek(SeekFrom::Start(end)).map_err(failed)?;
        let mut journal = Self {
            path: path.to_owned(),
            file,
            states,
        };
        if whole == 0 {
            journal.write(&Entry::Journal { version: VERSION })?;
        }
        Ok(journal)
    }

    /// What the journal at `path` knows, which is left as it is; nothing where there is none.
    ///
    /// # Errors
    /// It can't be read, or is no journal.
    pub fn look(path: &Path) -> Result<HashMap<String, States>, Error> {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(HashMap::new()),
            Err(source) => {
                return Err(Error::File {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        read_whole(&text, path).map(|(states, _)| states)
    }

    /// What is known of the records of that object.
    #[must_use]
    pub fn states(&self, object: &str) -> States {
        self.states.get(object).cloned().unwrap_or_default()
    }

    /// Writes an entry; returns when it is on the disk.
    ///
    /// # Errors
    /// [`Error::Journal`]
    pub fn write(&mut self, entry: &Entry) -> Result<(), Error> {
        let written = self.file.write_all(&line(entry)?);
        let written = written.and_then(|()| self.file.sync_data());
        written.map_err(|source| Error::Journal {
            path: self.path.clone(),
            source,
        })?;
        apply(&mut self.states, entry);
        Ok(())
    }
}

fn line(entry: &Entry) -> Result<Vec<u8>, Error> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    Ok(line)
}

/// Reads a journal up to the end of its last whole line, and says where that is.
fn read_whole(text: &[u8], path: &Path) -> Result<(HashMap<String, States>, usize), Error> {
    let whole = text.iter().rposition(|byte| *byte == b'\n');
    let whole = whole.map_or(0, |end| end + 1);
    // Without any whole line it may be somebody's notes as well as a journal whose first line was cut off.
    let first = line(&Entry::Journal { version: VERSION })?;
    if whole == 0 && !first.starts_with(text) {
        return Err(Error::NoJournal {
            path: path.to_owned(),
            line: 1,
            why: "it doesn't begin as one".to_owned(),
        });
    }
    Ok((read(&text[..whole], path)?, whole))
}

fn read(text: &[u8], path: &Path) -> Result<HashMap<String, States>, Error> {
    let wrong = |line: usize, why: String| Error::NoJournal {
        path: path.to_owned(),
        line,
        why,
    };
    let mut states = HashMap::new();
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    for (number, line) in (1..).zip(lines) {
        let entry: Entry =
            serde_json::from_slice(line).map_err(|error| wrong(number, error.to_string()))?;
        match (number, &entry) {
            (1, Entry::Journal { version: VERSION }) => {}
            (1, Entry::Journal { version }) => {
                return Err(wrong(number, format!("its version is {version}")));
            }
            (1, _) => return Err(wrong(number, "it doesn't begin as one".to_owned())),
            _ => apply(&mut states, &entry),
        }
    }
    Ok(states)
}

fn apply(states: &mut HashMap<String, States>, entry: &Entry) {
    let mut set = |object: &String, lines: &[u32], state: &State| {
        let of_object = states.entry(object.clone()).or_default();
        of_object.extend(lines.iter().map(|line| (*line, state.clone())));
    };
    match entry {
        Entry::Journal { .. } => {}
        Entry::Sending {
            object, lines, at, ..
        } => {
            let why = format!("the run of {at} ended while it was on its way");
            set(object, lines, &State::Unknown(why));
        }
        Entry::Answered {
            object,
            sent,
            refused,
            ..
        } => {
            set(object, sent, &State::Sent);
            set(object, refused, &State::Refused);
        }
        Entry::Unknown { object, lines, why } => set(object, lines, &State::Unknown(why.clone())),
    }
}

#[cfg(test)]
mod tests;
