//! A set-up, its change and its taking back without any fault, to compare with.

use std::collections::BTreeSet;

use anyhow::ensure;
use local::cloud::Seen;
use serde_json::Value;

use super::case::Verb;
use super::organization::{Setting, is_left_over};
use super::stage::{Moment, Stage};
use crate::bootstrap::difference;

/// What a full `apply`, another one after a change of the configuration, and a full `destroy` call, and what
/// there is before, between and after.
#[derive(Debug, Clone)]
pub struct Record {
    /// How the accounts send.
    pub setting: Setting,
    /// What there is before the first verb, and after each.
    moments: [Moment; 4],
    /// What each verb does.
    runs: [Run; 3],
}

/// What a run did.
#[derive(Debug, Clone)]
struct Run {
    calls: Vec<Seen>,
    kinds: BTreeSet<String>,
}

impl Record {
    /// Applies, changes and destroys in a stand-in of its own.
    ///
    /// # Errors
    /// When a run fails, when a second apply changes anything, or when destroy leaves something.
    pub fn new(setting: Setting) -> anyhow::Result<Self> {
        let stage = Stage::new(setting)?;
        let before = stage.keep()?;
        let apply = recorded(&stage, Verb::Apply)?;
        let applied = stage.keep()?;
        changes_nothing(&stage, Verb::Apply)?;
        let change = recorded(&stage, Verb::Change)?;
        let changed = stage.keep()?;
        changes_nothing(&stage, Verb::Change)?;
        let destroy = recorded(&stage, Verb::Destroy)?;
        let destroyed = stage.keep()?;
        let mut theirs = before.state.clone();
        theirs.retain(|key, _| !is_left_over(key));
        let left = difference(&destroyed.state, &theirs);
        ensure!(left.is_empty(), "destroy leaves {left}");
        Ok(Self {
            setting,
            moments: [before, applied, changed, destroyed],
            runs: [apply, change, destroy],
        })
    }

    /// The calls of a verb, in the order of their arrival.
    #[must_use]
    pub fn calls(&self, verb: Verb) -> &[Seen] {
        &self.runs[verb as usize].calls
    }

    /// The kinds of actions that are taken, as a plan in JSON names them.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        let kinds = self.runs.iter().flat_map(|run| &run.kinds);
        kinds.map(String::as_str)
    }

    /// What a verb begins with.
    pub(super) fn start(&self, verb: Verb) -> &Moment {
        &self.moments[verb as usize]
    }

    /// What a verb ends with.
    pub(super) fn end(&self, verb: Verb) -> &Moment {
        &self.moments[verb as usize + 1]
    }
}

fn recorded(stage: &Stage, verb: Verb) -> anyhow::Result<Run> {
    let first = stage.cloud.count();
    let ran = stage.run(verb, "10", &["--json"])?;
    ensure!(ran.code == 0, "{verb:?} without a fault failed: {ran:#?}");
    let plan = &ran.json()?["plan"];
    let members = plan["members"].as_array().into_iter().flatten();
    let parts = members.chain([&plan["central"]]);
    let steps = parts.flat_map(|part| part["steps"].as_array().into_iter().flatten());
    let kinds = steps.filter_map(|step: &Value| step["action"]["kind"].as_str());
    Ok(Run {
        kinds: kinds.map(str::to_owned).collect(),
        calls: stage.cloud.calls_since(first),
    })
}

fn changes_nothing(stage: &Stage, verb: Verb) -> anyhow::Result<()> {
    let again = recorded(stage, verb)?.calls;
    ensure!(
        again.iter().all(Seen::reads),
        "{verb:?} changes again: {again:?}"
    );
    Ok(())
}
