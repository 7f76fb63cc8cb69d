//! What `search-setup` answers: in JSON, and as a text.

use std::fmt::Write;

use serde::Serialize;

use crate::output::{ExitStatus, table};
use crate::search::{Kind, Object, Product, SavedObjects, State};

/// The answer.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Answer {
    /// The cluster.
    pub endpoint: String,
    /// What it is.
    pub product: Product,
    /// Its version.
    pub product_version: String,
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// Every object, in the order in which it was looked at.
    pub objects: Vec<Row>,
    /// The saved objects, where a Dashboards server is given.
    pub dashboards: Option<SavedObjects>,
    /// What somebody should know.
    pub notes: Vec<String>,
    /// What to do now; nothing where something failed.
    pub next: Option<String>,
}

/// An object.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Row {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: &'static str,
    /// What stood there before.
    pub standing: State,
    /// The version in this program.
    pub version: u64,
    /// What was done.
    pub outcome: Outcome,
    /// Why, where that isn't plain.
    pub reason: Option<String>,
}

/// What was done about an object; with --dry-run, what would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was made.
    Created,
    /// It would be made.
    WouldCreate,
    /// Another one was replaced.
    Replaced,
    /// Another one would be replaced.
    WouldReplace,
    /// It is there already.
    Unchanged,
    /// It was taken away.
    Removed,
    /// It would be taken away.
    WouldRemove,
    /// It isn't there.
    Absent,
    /// What stands there stays.
    Left,
    /// What stands there is in the way.
    Refused,
    /// Not done, because of another one.
    NotTried,
    /// The server refused it.
    Failed,
}

impl Outcome {
    fn words(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::WouldCreate => "would be created",
            Self::Replaced => "replaced",
            Self::WouldReplace => "would be replaced",
            Self::Unchanged => "unchanged",
            Self::Removed => "removed",
            Self::WouldRemove => "would be removed",
            Self::Absent => "not there",
            Self::Left => "left",
            Self::Refused => "in the way",
            Self::NotTried => "not tried",
            Self::Failed => "failed",
        }
    }

    /// Whether the wish wasn't fulfilled.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Refused | Self::NotTried | Self::Failed)
    }

    fn is_difference(self) -> bool {
        matches!(
            self,
            Self::WouldCreate | Self::WouldReplace | Self::WouldRemove
        )
    }
}

impl Row {
    /// An object, with what stands there and what was done.
    pub fn new(object: &Object, standing: State, outcome: Outcome, reason: Option<String>) -> Self {
        Self {
            kind: object.kind,
            name: object.name,
            standing,
            version: object.version,
            outcome,
            reason,
        }
    }
}

impl Answer {
    /// Whether something wasn't done that was wished for.
    pub fn is_bad(&self) -> bool {
        self.objects.iter().any(|row| row.outcome.is_bad()) || self.failure().is_some()
    }

    /// Why the saved objects failed, where they did.
    fn failure(&self) -> Option<&str> {
        self.dashboards.as_ref()?.failed.as_deref()
    }

    /// How the verb ends.
    pub fn status(&self) -> ExitStatus {
        let imports = self
            .dashboards
            .as_ref()
            .is_some_and(|all| all.imported + all.removed > 0);
        if self.is_bad() {
            ExitStatus::Failure
        } else if self.dry_run
            && (imports || self.objects.iter().any(|row| row.outcome.is_difference()))
        {
            ExitStatus::Differences
        } else {
            ExitStatus::Success
        }
    }

    /// The answer as people read it.
    pub fn text(&self) -> String {
        let name = self.product.dialect().name;
        let mut text = format!("{name} {} at {}\n\n", self.product_version, self.endpoint);
        let rows = self.objects.iter().map(Row::cells);
        let rows: Vec<_> = rows
            .chain(
                self.dashboards
                    .iter()
                    .map(|all| imported(all, self.dry_run)),
            )
            .collect();
        text += &table(&["OBJECT", "STANDING", "VERSION", "DONE"], rows);
        for row in &self.objects {
            if let (true, Some(reason)) = (row.is_to_explain(), &row.reason) {
                let _ = writeln!(text, "\n! {} {}: {reason}", row.kind.words(), row.name);
            }
        }
        if let Some(reason) = self.failure() {
            let _ = writeln!(text, "\n! saved objects: {reason}");
        }
        for line in self.notes.iter().chain(&self.next) {
            let _ = writeln!(text, "\n{line}");
        }
        text
    }
}

impl Row {
    fn is_to_explain(&self) -> bool {
        self.outcome.is_bad() && self.outcome != Outcome::NotTried
    }

    fn cells(&self) -> Vec<String> {
        let standing = match self.standing {
            State::Absent => "-".to_owned(),
            State::Ours { version, same } if same || version != self.version => version.to_string(),
            State::Ours { version, .. } => format!("{version}, other"),
            State::Foreign => "not ours".to_owned(),
        };
        let done = match (&self.reason, self.outcome) {
            (Some(reason), Outcome::Left) => format!("left: {reason}"),
            (_, outcome) => outcome.words().to_owned(),
        };
        vec![
            format!("{} {}", self.kind.words(), self.name),
            standing,
            self.version.to_string(),
            done,
        ]
    }
}

fn imported(all: &SavedObjects, dry_run: bool) -> Vec<String> {
    let would = if dry_run { "would be " } else { "" };
    let counts = [
        (all.imported, format!("{would}imported")),
        (all.removed, format!("{would}removed")),
        (all.unchanged, "unchanged".to_owned()),
        (all.left.len(), "left".to_owned()),
        (all.newer.len(), "of a newer version".to_owned()),
    ];
    let counts: Vec<_> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let standing = all
        .standing_version
        .map_or_else(|| "-".to_owned(), |version| version.to_string());
    let done = match (&all.failed, counts.is_empty()) {
        (Some(_), true) => "failed".to_owned(),
        (Some(_), false) => format!("failed; {}", counts.join(", ")),
        (None, true) => "none there".to_owned(),
        (None, false) => counts.join(", "),
    };
    vec![
        "saved objects".to_owned(),
        standing,
        all.version.to_string(),
        done,
    ]
}
