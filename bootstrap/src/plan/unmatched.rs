//! Globs of sources that match no log group anywhere: often a mistyped name among several that are right.

use crate::config::{Config, Mode, Source};
use crate::observed::MemberObserved;
use catalog::glob::Glob;

/// Notes which globs of the sources have matched something.
pub struct GlobUse<'a> {
    config: &'a Config,
    /// By source and glob.
    matched: Vec<Vec<bool>>,
}

impl<'a> GlobUse<'a> {
    /// Nothing has matched yet.
    pub fn new(config: &'a Config) -> Self {
        let none = |source: &Source| vec![false; source.log_groups.len()];
        Self {
            config,
            matched: config.sources.iter().map(none).collect(),
        }
    }

    /// Takes the log groups of one account.
    pub fn see(&mut self, observed: &MemberObserved) {
        let globs = self.config.sources.iter().map(|source| &source.log_groups);
        for (globs, matched) in globs.zip(&mut self.matched) {
            for (glob, matched) in globs.iter().zip(matched) {
                let mut groups = observed.log_groups.values().flatten();
                *matched = *matched || groups.any(|found| glob.matches(&found.group.name));
            }
        }
    }

    /// What to tell: one line for each glob that has matched nothing.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for (index, (source, matched)) in self.config.sources.iter().zip(&self.matched).enumerate()
        {
            for (glob, _) in source
                .log_groups
                .iter()
                .zip(matched)
                .filter(|(glob, matched)| !**matched && !self.config.makes_log_group(glob))
            {
                notes.push(format!(
                    "source[{index}].log_groups: no log group of any account that could be read matches {:?} (dataset \
                     {})",
                    glob.as_str(),
                    source.dataset
                ));
            }
        }
        notes
    }
}

/// What to tell of globs where a policy, which knows only names, leaves log groups out.
pub fn note_on_policy(config: &Config) -> Option<String> {
    let settings = &config.organization;
    let globs = settings
        .exclude_log_groups
        .iter()
        .chain(&settings.delivery_log_groups);
    let wild: Vec<_> = globs
        .map(Glob::as_str)
        .filter(|glob| glob.contains(['*', '?']))
        .collect();
    (settings.mode == Mode::Account && !wild.is_empty()).then(|| {
        format!(
            "account policies leave out log groups by their names alone: those that match {} and are there now. One \
             that is made later is sent until apply runs again",
            wild.join(", ")
        )
    })
}
