//! When the catalog is read, and what is said about it.

use std::time::{Duration, SystemTime};

use super::source::{Content, Source};
use super::{Location, Prepared, SourceError};
use crate::reshape::Reshaper;
use crate::streams::Deadline;

/// The pause after a first failure; after each further one it is twice as long, up to the time after
/// which the catalog is looked for in any case.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// The longest that an invocation waits for the catalog.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// What of an invocation's time may go into it.
const SHARE: u32 = 4;
/// Things left out that are told by name.
const MOST_TOLD: usize = 3;

/// Reads the catalog when it is needed.
#[derive(Debug)]
pub struct Keeper {
    /// None where no catalog is set.
    catalog: Option<Kept>,
    /// Whether this invocation has needed it.
    needed: bool,
    notices: Vec<String>,
}

#[derive(Debug)]
struct Kept {
    location: Location,
    /// How long it is used before it is looked for again.
    used_for: Duration,
    source: Source,
    /// By which a change of the catalog in use is known.
    tag: Option<String>,
    /// When the catalog in use was last known to be the current one; none where none is in use.
    current: Option<SystemTime>,
    /// When to look for it next; at once where it is none.
    next: Option<SystemTime>,
    /// Failures since it was last read.
    failures: u32,
    /// What was last said to be wrong with it.
    told: String,
    left_out: usize,
}

/// How it stands with the catalog in one invocation that needed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Documents had to do without one.
    pub missing: bool,
    /// An older one was used, since it couldn't be read again.
    pub stale: bool,
    /// Seconds since the one in use was last known to be current; none where none is in use.
    pub age: Option<u64>,
    /// What of the one in use had to be left out: formats of flow logs, accounts.
    pub left_out: usize,
}

impl Keeper {
    /// Keeps the catalog at `location`, where there is one, and looks for a newer one each time it
    /// has been `used_for` so long.
    #[must_use]
    pub fn new(location: Option<Location>, used_for: Duration) -> Self {
        let catalog = location.map(|location| Kept {
            source: Source::new(location.clone()),
            location,
            used_for,
            tag: None,
            current: None,
            next: None,
            failures: 0,
            told: String::new(),
            left_out: 0,
        });
        Self {
            catalog,
            needed: false,
            notices: Vec::new(),
        }
    }

    /// Begins an invocation.
    pub fn begin(&mut self) {
        self.needed = false;
    }

    /// Says that documents are to be made: gives the catalog to `reshaper`, where it is time to read
    /// it (again). Looks at most once an invocation, and never longer than its time allows.
    pub async fn need(&mut self, deadline: Deadline, reshaper: &mut Reshaper) {
        let Some(kept) = &mut self.catalog else {
            return;
        };
        if std::mem::replace(&mut self.needed, true) || !kept.is_due(SystemTime::now()) {
            return;
        }
        let time = deadline
            .left()
            .map_or(LONGEST_WAIT, |left| left / SHARE)
            .min(LONGEST_WAIT);
        if time.is_zero() {
            return;
        }
        let read = tokio::time::timeout(time, kept.read()).await;
        let read = read.unwrap_or(Err(SourceError::TooSlow(time.as_millis())));
        let notice = match read {
            Ok(prepared) => kept.succeeded(prepared, reshaper, SystemTime::now()),
            Err(error) => kept.failed(&error, SystemTime::now()),
        };
        self.notices.extend(notice);
    }

    /// How it stands with the catalog; none where this invocation hasn't needed it, or none is set.
    #[must_use]
    pub fn state(&self) -> Option<State> {
        let kept = self.catalog.as_ref().filter(|_| self.needed)?;
        let age = |current| {
            SystemTime::now()
                .duration_since(current)
                .unwrap_or_default()
        };
        Some(State {
            missing: kept.current.is_none(),
            stale: kept.current.is_some() && kept.failures > 0,
            age: kept.current.map(|current| age(current).as_secs()),
            left_out: kept.left_out,
        })
    }

    /// What the log should say: a line whenever something changes.
    pub fn notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }
}

impl Kept {
    fn is_due(&self, now: SystemTime) -> bool {
        // A clock that was set back would put it off for as long.
        self.next.is_none_or(|next| {
            now >= next
                || next
                    .duration_since(now)
                    .is_ok_and(|wait| wait > self.used_for)
        })
    }

    /// What is at the place now; none where that is the catalog in use.
    async fn read(&mut self) -> Result<Option<(Prepared, Option<String>)>, SourceError> {
        let tag = self.tag.as_deref().filter(|_| self.current.is_some());
        match self.source.read(tag).await? {
            Content::Unchanged => Ok(None),
            Content::New { json, tag } => Ok(Some((Prepared::from_json(&json)?, tag))),
        }
    }

    fn succeeded(
        &mut self,
        read: Option<(Prepared, Option<String>)>,
        reshaper: &mut Reshaper,
        now: SystemTime,
    ) -> Option<String> {
        let failed_before = self.failures > 0;
        self.current = Some(now);
        self.next = Some(now + self.used_for);
        self.failures = 0;
        let told = match read {
            Some((prepared, tag)) => {
                self.tag = tag;
                self.left_out = prepared.problems.len();
                let told = left_out(&prepared.problems);
                reshaper.use_catalog(prepared.names, prepared.formats);
                told
            }
            None if failed_before => String::new(),
            None => return None,
        };
        let notice = match (told.is_empty(), failed_before) {
            (false, _) if told != self.told => Some(format!(
                "the catalog {} is in use without {told}",
                self.location
            )),
            (_, true) => Some(format!("the catalog {} can be read again", self.location)),
            _ => None,
        };
        self.told = told;
        notice
    }

    fn failed(&mut self, error: &SourceError, now: SystemTime) -> Option<String> {
        let pause = FIRST_PAUSE
            .saturating_mul(1 << self.failures.min(16))
            .min(self.used_for);
        self.failures = self.failures.saturating_add(1);
        self.next = Some(now + pause);
        let told = error.to_string();
        if self.failures > 1 && told == self.told {
            return None;
        }
        self.told = told;
        let meanwhile = match self.current {
            Some(_) => "the one read before stays in use",
            None => "documents go out without account names",
        };
        Some(format!(
            "the catalog {} can't be read: {error}; meanwhile {meanwhile}",
            self.location
        ))
    }
}

/// The first few things that were left out, in words.
fn left_out(problems: &[String]) -> String {
    let named = problems.iter().take(MOST_TOLD).cloned();
    let more = problems.len().saturating_sub(MOST_TOLD);
    let more = (more > 0).then(|| format!("and {more} more"));
    named.chain(more).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;
