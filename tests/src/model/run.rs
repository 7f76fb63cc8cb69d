//! One case: `apply`, what others do, `apply`, `verify`, `apply`, what others do, `destroy`.

use std::path::Path;

use anyhow::{Context, ensure};
use local::cloud::{MANAGEMENT, Seen};

use super::change::Change;
use super::expected::{Expected, expected, without_closed};
use super::outside::{World, happen};
use super::scenario::Scenario;
use super::state::destination;
use crate::bootstrap::{Bootstrap, LOGGING, REGION, Ran, difference};

const APPLY: [&str; 3] = ["apply", "--yes", "--force-access-policy"];

/// What there was in a case, or in several.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    /// Changes from outside that changed something.
    pub changes: usize,
    /// Log groups that sent after them and `apply`.
    pub sending: usize,
    /// Differences that had to stay.
    pub differences: usize,
}

impl Figures {
    /// Adds those of another case.
    pub fn add(&mut self, other: Self) {
        self.changes += other.changes;
        self.sending += other.sending;
        self.differences += other.differences;
    }
}

/// Runs a case to its end.
///
/// # Errors
/// What isn't as the model says, with what the program said.
pub fn run(scenario: &Scenario) -> anyhow::Result<Figures> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(all_of_it(scenario))
}

async fn all_of_it(scenario: &Scenario) -> anyhow::Result<Figures> {
    let (real, model) = (World::new(scenario).await?, World::new(scenario).await?);
    let folder = tempfile::tempdir()?;
    let bootstrap = configured(scenario, &real, folder.path())?;
    let mut figures = Figures::default();
    ends(&bootstrap, &APPLY, code(scenario, &model))?;
    untouched(&real, &model)?;
    figures.changes += all_happen(&scenario.between, scenario, &real, &model).await?;
    let configuration = scenario.configuration(scenario.trust_later);
    std::fs::write(&bootstrap.config, configuration)?;
    ends(&bootstrap, &APPLY, code(scenario, &model)).context("after the changes")?;
    untouched(&real, &model)?;
    if scenario.selects_somebody(&model.cloud.dump()) {
        let expected = as_predicted(scenario, &bootstrap, &real, &model)?;
        figures.sending = expected.sending.len();
        figures.differences = expected.differences.len();
    }
    let first = real.cloud.count();
    ends(&bootstrap, &APPLY, code(scenario, &model)).context("again")?;
    let mut calls = real.cloud.calls_since(first);
    calls.retain(|call: &Seen| !call.reads());
    ensure!(calls.is_empty(), "applying again writes: {calls:#?}");
    figures.changes += all_happen(&scenario.last, scenario, &real, &model).await?;
    let ran = ends(&bootstrap, &["destroy", "--yes"], 0)?;
    let foreign = model.cloud.dump();
    let left = difference(&without_closed(real.cloud.dump(), &foreign), &foreign);
    ensure!(left.is_empty(), "destroy ends with{left}\n{}", ran.said());
    Ok(figures)
}

/// How `apply` ends: where every selected account is closed, it refuses.
fn code(scenario: &Scenario, model: &World) -> i32 {
    i32::from(!scenario.selects_somebody(&model.cloud.dump()))
}

/// How many of these changed something.
async fn all_happen(
    changes: &[Change],
    scenario: &Scenario,
    real: &World,
    model: &World,
) -> anyhow::Result<usize> {
    let mut effective = 0;
    for change in changes {
        let before = real.cloud.dump();
        let happened = happen(change, scenario, real, model).await;
        happened.with_context(|| format!("{change:?}"))?;
        effective += usize::from(before != real.cloud.dump());
    }
    Ok(effective)
}

fn configured(scenario: &Scenario, real: &World, folder: &Path) -> anyhow::Result<Bootstrap> {
    let config = folder.join("tributary.toml");
    std::fs::write(&config, scenario.configuration(scenario.trust))?;
    Ok(Bootstrap {
        endpoint: real.cloud.endpoint().to_owned(),
        credentials: (MANAGEMENT.to_owned(), "local".to_owned(), None),
        config,
    })
}

/// Runs the program, and holds it to its exit status.
fn ends(bootstrap: &Bootstrap, arguments: &[&str], code: i32) -> anyhow::Result<Ran> {
    let ran = Ran::of(bootstrap.hurried("10")?.args(arguments))?.ended(code);
    ran.with_context(|| format!("{arguments:?}"))
}

/// Everything of others is as they left it, but for the retention of their stream.
fn untouched(real: &World, model: &World) -> anyhow::Result<()> {
    let (mut is, mut foreign) = (real.cloud.dump(), model.cloud.dump());
    let stream = format!("{LOGGING} {REGION} stream tributary-logs");
    foreign.remove(&stream);
    is.retain(|key, _| foreign.contains_key(key));
    let touched = difference(&is, &foreign);
    ensure!(touched.is_empty(), "what others have is touched:{touched}");
    Ok(())
}

/// What sends and what differs is what the model says.
fn as_predicted(
    scenario: &Scenario,
    bootstrap: &Bootstrap,
    real: &World,
    model: &World,
) -> anyhow::Result<Expected> {
    let expected = expected(scenario, &model.cloud.dump());
    let code = if expected.differences.is_empty() {
        0
    } else {
        2
    };
    let verified = ends(bootstrap, &["verify", "--json"], code)
        .with_context(|| format!("expected {:#?}", expected.differences))?;
    let answer = verified.json()?;
    let lines = answer["differences"].as_array().into_iter().flatten();
    let mut lines: Vec<_> = lines.filter_map(|line| line.as_str()).collect();
    lines.sort_unstable();
    let fits = lines.len() == expected.differences.len();
    let each = lines.iter().zip(&expected.differences);
    ensure!(
        fits && each.clone().all(|(line, start)| line.starts_with(start)),
        "verify finds {lines:#?}, not {:#?}",
        expected.differences
    );
    let reach = |(account, region, name): &(String, String, String)| {
        let reached = real.cloud.reached(account, region, name);
        let count = reached.iter().filter(|to| **to == destination(region));
        (count.count(), format!("{account} {region} {name}"))
    };
    for (count, name) in expected.sending.iter().map(reach) {
        ensure!(count == 1, "{name} is sent {count} times, not once");
    }
    for (count, name) in expected.silent.iter().map(reach) {
        ensure!(count == 0, "{name} is sent {count} times, and mustn't be");
    }
    Ok(expected)
}
