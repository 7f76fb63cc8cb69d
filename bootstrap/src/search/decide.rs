//! What is to be done about an object, by what stands under its name.

use super::{Found, Kind, Object, State};

/// What somebody wants of the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// That everything is there; with `force` also where something else stands, or a newer version.
    Put {
        /// Whether what isn't ours may be replaced.
        force: bool,
        /// Whether the ages of indices were asked for.
        ages_given: bool,
    },
    /// That nothing of ours is there.
    Remove,
}

/// What is to be done about an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing stands there.
    Create,
    /// Something else stands there, or another version of it.
    Replace,
    /// It is there already.
    Keep,
    /// It is gone already.
    Gone,
    /// It goes.
    Remove,
    /// It stays as it is, for this reason.
    Leave(&'static str),
    /// Nothing can be done at all, for this reason.
    Refuse(&'static str),
}

const NEWER: &str = "a newer bootstrap has put it";
const FOREIGN: &str = "it isn't ours: --force replaces it";

const CHANGED: &str = "somebody has changed it: --force replaces it";
const MORE_THAN_AGES: &str = "somebody has changed more in it than its ages: give it these ages by hand and run this again, or replace all of it \
     with --force";

/// Decides about an object.
pub fn decide(wish: Wish, object: &Object, found: &Found) -> Decision {
    match wish {
        Wish::Put { force, ages_given } => wanted(force, ages_given, object, found),
        Wish::Remove => unwanted(object, found),
    }
}

fn wanted(force: bool, ages_given: bool, object: &Object, found: &Found) -> Decision {
    let is_policy = object.kind == Kind::LifecyclePolicy;
    match found.state {
        State::Absent => Decision::Create,
        // It follows another number of replicas for as long as it is as we put it.
        State::Ours { same: false, .. } if object.yours && found.untouched => Decision::Replace,
        _ if object.yours => Decision::Leave("it is yours to change"),
        State::Foreign if !force => Decision::Refuse(FOREIGN),
        State::Ours { version, same } if version == object.version && same => Decision::Keep,
        State::Ours { version, .. } if version > object.version && !force => Decision::Leave(NEWER),
        // What somebody does before an index is deleted, as a snapshot, isn't ours to end.
        State::Ours { .. } if found.changed && !force && ages_given && !found.ages_stand => {
            Decision::Refuse(MORE_THAN_AGES)
        }
        State::Ours { .. } if found.changed && !force => Decision::Leave(CHANGED),
        // Whoever changed how long indices live may have had to.
        State::Ours { version, .. }
            if version == object.version && is_policy && !force && !ages_given =>
        {
            Decision::Leave(CHANGED)
        }
        State::Ours { .. } | State::Foreign => Decision::Replace,
    }
}

fn unwanted(object: &Object, found: &Found) -> Decision {
    match found.state {
        State::Absent => Decision::Gone,
        State::Foreign => Decision::Leave("it isn't ours"),
        State::Ours { .. } if object.yours && !found.untouched => {
            Decision::Leave("you have changed it")
        }
        State::Ours { .. } => Decision::Remove,
    }
}
