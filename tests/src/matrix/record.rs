//! A set-up and its taking back without any fault, to compare with.

use anyhow::ensure;
use local::cloud::Seen;

use super::case::Verb;
use super::organization::Setting;
use super::stage::{Moment, Stage, difference};

/// What a full `apply` and a full `destroy` call, and what there is before, between and after.
#[derive(Debug, Clone)]
pub struct Record {
    /// How the accounts send.
    pub setting: Setting,
    pub(super) before: Moment,
    pub(super) applied: Moment,
    apply: Vec<Seen>,
    destroy: Vec<Seen>,
}

impl Record {
    /// Applies and destroys in a stand-in of its own.
    ///
    /// # Errors
    /// When a run fails, when the second apply changes anything, or when destroy leaves something.
    pub fn new(setting: Setting) -> anyhow::Result<Self> {
        let stage = Stage::new(setting)?;
        let before = stage.keep()?;
        let apply = recorded(&stage, Verb::Apply)?;
        let applied = stage.keep()?;
        let again = recorded(&stage, Verb::Apply)?;
        ensure!(again.iter().all(Seen::reads), "it changes again: {again:?}");
        let destroy = recorded(&stage, Verb::Destroy)?;
        let left = difference(&stage.state()?, &before.state);
        ensure!(left.is_empty(), "destroy leaves {left}");
        Ok(Self {
            setting,
            before,
            applied,
            apply,
            destroy,
        })
    }

    /// The calls of a verb, in the order of their arrival.
    #[must_use]
    pub fn calls(&self, verb: Verb) -> &[Seen] {
        match verb {
            Verb::Apply => &self.apply,
            Verb::Destroy => &self.destroy,
        }
    }

    /// What a verb begins with.
    pub(super) fn start(&self, verb: Verb) -> &Moment {
        match verb {
            Verb::Apply => &self.before,
            Verb::Destroy => &self.applied,
        }
    }

    /// What a verb ends with.
    pub(super) fn end(&self, verb: Verb) -> &Moment {
        match verb {
            Verb::Apply => &self.applied,
            Verb::Destroy => &self.before,
        }
    }
}

fn recorded(stage: &Stage, verb: Verb) -> anyhow::Result<Vec<Seen>> {
    let first = stage.cloud.count();
    let ran = stage.run(verb, "10")?;
    ensure!(ran.code == 0, "{verb:?} without a fault failed: {ran:#?}");
    Ok(stage.cloud.calls_since(first))
}
