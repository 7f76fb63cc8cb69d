//! Every object of the cluster: looked at first, and put or taken away only where nothing is in the way.

use super::answer::{Outcome, Row};
use super::lifecycle::{self, Policy};
use super::options::{DEFAULT, SearchSetup};
use crate::search::{
    Ages, Client, Decision, Dialect, Found, Kind, Object, Replicas, SETTINGS, SearchError, Shape,
    State, Wish, decide, find, objects, put, remove,
};

/// What became of the objects.
pub struct Done {
    pub rows: Vec<Row>,
    pub notes: Vec<String>,
    /// Whether a newer program has set this cluster up, so that nothing was put.
    pub newer: bool,
}

/// An object, what stands there, and what is to be done.
struct Step {
    object: Object,
    found: Found,
    decision: Decision,
}

const NEWER: &str = "a newer bootstrap has set this cluster up";
const GOES_ON: &str = "--no-lifecycle; it goes on";

/// Looks at everything, and does what is to be done.
pub async fn all(
    options: &SearchSetup,
    client: &Client,
    dialect: &Dialect,
) -> Result<Done, SearchError> {
    let mut notes = Vec::new();
    let (shape, wanted) = wanted(options, client, dialect, &mut notes).await?;
    let mut steps = Vec::new();
    for object in wanted {
        let found = find(client, dialect, &object).await?;
        let decision = decision(options, &object, &found);
        steps.push(Step {
            object,
            found,
            decision,
        });
    }
    let newer = is_newer(&steps, options);
    if newer {
        for step in &mut steps {
            if matches!(step.decision, Decision::Create | Decision::Replace) {
                step.decision = Decision::Leave(NEWER);
            }
        }
        notes.push(
            "A newer bootstrap has set this cluster up: nothing was put. Use that one, or --force."
                .to_owned(),
        );
    }
    if options.removal.remove {
        steps.reverse();
    }
    let rows = if steps
        .iter()
        .any(|step| matches!(step.decision, Decision::Refuse(_)))
    {
        steps.iter().map(refused).collect()
    } else if options.dry_run {
        steps.iter().map(looked_at).collect()
    } else {
        done(client, dialect, &steps).await
    };
    if !newer && !rows.iter().any(|row| row.outcome.is_bad()) {
        let policy = policy(dialect, shape, &steps);
        notes.extend(lifecycle::note(options, dialect, policy));
    }
    Ok(Done { rows, notes, newer })
}

/// The shape that is asked for, otherwise the one that stands there, and the objects in it.
async fn wanted(
    options: &SearchSetup,
    client: &Client,
    dialect: &Dialect,
    notes: &mut Vec<String>,
) -> Result<(Shape, Vec<Object>), SearchError> {
    let default = Shape {
        ages: Some(DEFAULT),
        is_left: !options.wants_lifecycle(),
        replicas: Replicas::Auto,
    };
    let all = objects(dialect, default)?;
    let ages = match all.iter().find(|it| it.kind == Kind::LifecyclePolicy) {
        Some(policy) => lifecycle::ages(options, client, dialect, policy, notes).await?,
        None => None,
    };
    let shape = Shape {
        ages,
        replicas: replicas(options, client, dialect, &all).await?,
        ..default
    };
    Ok((shape, objects(dialect, shape)?))
}

/// Our policy, as far as there is one to speak of.
fn policy(dialect: &Dialect, shape: Shape, steps: &[Step]) -> Option<Policy> {
    let step = steps
        .iter()
        .find(|step| step.object.kind == Kind::LifecyclePolicy)?;
    let standing = step.found.content.as_ref();
    let stays = matches!(step.decision, Decision::Leave(_));
    Some(Policy {
        stood: matches!(step.found.state, State::Ours { .. }),
        ages: match standing.filter(|_| stays) {
            Some(standing) => Ages::of(dialect.product, standing),
            None => shape.ages,
        },
    })
}

async fn replicas(
    options: &SearchSetup,
    client: &Client,
    dialect: &Dialect,
    all: &[Object],
) -> Result<Replicas, SearchError> {
    if let Some(asked) = options.replicas {
        return Ok(asked);
    }
    let Some(settings) = all.iter().find(|it| it.name == SETTINGS) else {
        return Ok(Replicas::Auto);
    };
    let standing = lifecycle::heeded(options, find(client, dialect, settings).await?);
    let standing = standing.and_then(|template| Replicas::of(&template));
    Ok(standing.unwrap_or(Replicas::Auto))
}

fn decision(options: &SearchSetup, object: &Object, found: &Found) -> Decision {
    if object.kind == Kind::LifecyclePolicy && !options.wants_lifecycle() {
        return match found.state {
            State::Absent => Decision::Gone,
            _ => Decision::Leave(GOES_ON),
        };
    }
    decide(options.wish(), object, found)
}

fn is_newer(steps: &[Step], options: &SearchSetup) -> bool {
    let newer = |step: &Step| matches!(step.found.state, State::Ours { version, .. } if version > step.object.version);
    matches!(options.wish(), Wish::Put { force: false, .. }) && steps.iter().any(newer)
}

/// A row where something is in the way of all.
fn refused(step: &Step) -> Row {
    match step.decision {
        Decision::Create | Decision::Replace => row(
            step,
            Outcome::NotTried,
            Some("something is in the way".to_owned()),
        ),
        _ => looked_at(step),
    }
}

fn looked_at(step: &Step) -> Row {
    let (outcome, reason) = match step.decision {
        Decision::Create => (Outcome::WouldCreate, None),
        Decision::Replace => (Outcome::WouldReplace, None),
        Decision::Remove => (Outcome::WouldRemove, None),
        Decision::Keep => (Outcome::Unchanged, None),
        Decision::Gone => (Outcome::Absent, None),
        Decision::Leave(reason) => (Outcome::Left, Some(reason.to_owned())),
        Decision::Refuse(reason) => (Outcome::Refused, Some(reason.to_owned())),
    };
    row(step, outcome, reason)
}

fn row(step: &Step, outcome: Outcome, reason: Option<String>) -> Row {
    Row::new(&step.object, step.found.state, outcome, reason)
}

/// Does one after the other; after the first that fails, no more.
async fn done(client: &Client, dialect: &Dialect, steps: &[Step]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for step in steps {
        let failed = rows.iter().any(|row| row.outcome == Outcome::Failed);
        rows.push(if failed {
            refused(step)
        } else {
            one(client, dialect, step).await
        });
    }
    rows
}

async fn one(client: &Client, dialect: &Dialect, step: &Step) -> Row {
    let (ended, outcome) = match step.decision {
        Decision::Create => (
            put(client, dialect, &step.object, &step.found).await,
            Outcome::Created,
        ),
        Decision::Replace => (
            put(client, dialect, &step.object, &step.found).await,
            Outcome::Replaced,
        ),
        Decision::Remove => match remove(client, dialect, &step.object, &step.found).await {
            Ok(true) => (Ok(()), Outcome::Removed),
            Ok(false) => {
                return row(
                    step,
                    Outcome::Left,
                    Some("something still uses it".to_owned()),
                );
            }
            Err(error) => (Err(error), Outcome::Removed),
        },
        _ => return looked_at(step),
    };
    match ended {
        Ok(()) => row(step, outcome, None),
        Err(error) => row(step, Outcome::Failed, Some(error.to_string())),
    }
}
