//! One case: `apply`, what others do, `apply`, `verify`, `apply`, what others do, `destroy`.

use std::path::Path;

use anyhow::{Context, ensure};
use local::cloud::{MANAGEMENT, Seen};
use serde_json::Value;

use super::change::Change;
use super::expected::{Expected, expected, without_closed};
use super::outside::{World, happen};
use super::scenario::{Scenario, Trust};
use super::state::{destination, json};
use crate::bootstrap::{Bootstrap, LOGGING, REGION, Ran, State, difference};

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
    /// Moves from accounts to others that had to be confirmed.
    pub forced: usize,
    /// Those of them that waited for log groups that can't send.
    pub held: usize,
}

impl Figures {
    /// Adds those of another case.
    pub fn add(&mut self, other: Self) {
        self.changes += other.changes;
        self.sending += other.sending;
        self.differences += other.differences;
        self.forced += other.forced;
        self.held += other.held;
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
    let later = &scenario.later();
    std::fs::write(&bootstrap.config, later.configuration())?;
    let was = real.cloud.dump();
    let expected = expected(later, &model.cloud.dump(), &was);
    let by_id = admitted(later, &was, &model);
    if !by_id.is_empty() {
        unconfirmed(&bootstrap, &real)?;
    }
    let held = by_id.iter().any(|account| expected.stuck.contains(account));
    let code = i32::from(held || code(later, &model) != 0);
    let ran = ends(&bootstrap, &APPLY, code).context("after the changes")?;
    untouched(&real, &model)?;
    figures.forced += usize::from(!by_id.is_empty());
    figures.held += usize::from(held);
    if held {
        let said = ran.said().contains("may still send without a role");
        ensure!(said, "it isn't told:\n{}", ran.said());
        let still = admitted(later, &real.cloud.dump(), &model);
        ensure!(still == by_id, "{by_id:?} were admitted, now {still:?}");
    } else if code == 0 {
        as_predicted(&expected, &bootstrap, &real)?;
        figures.sending = expected.sending.len();
        figures.differences = expected.differences.len();
    }
    let first = real.cloud.count();
    ends(&bootstrap, &APPLY, code).context("again")?;
    let calls = writes(&real, first);
    ensure!(calls.is_empty(), "applying again writes: {calls:#?}");
    figures.changes += all_happen(&scenario.last, scenario, &real, &model).await?;
    let ran = ends(&bootstrap, &["destroy", "--yes"], 0)?;
    let foreign = model.cloud.dump();
    // Who isn't selected any more is taken back by name.
    let left_out = later.open(&foreign, false).join(",");
    if !left_out.is_empty() {
        ends(
            &bootstrap,
            &["destroy", "--yes", "--accounts", &left_out],
            0,
        )?;
    }
    let left = difference(&without_closed(real.cloud.dump(), &foreign), &foreign);
    ensure!(left.is_empty(), "destroy ends with{left}\n{}", ran.said());
    Ok(figures)
}

/// How `apply` ends: where every selected account is closed, it refuses.
fn code(scenario: &Scenario, model: &World) -> i32 {
    i32::from(scenario.open(&model.cloud.dump(), true).is_empty())
}

/// The calls since the `first` one that don't only read.
fn writes(real: &World, first: usize) -> Vec<Seen> {
    let mut calls = real.cloud.calls_since(first);
    calls.retain(|call| !call.reads());
    calls
}

/// The accounts that destinations admit by their ids and are to admit otherwise.
fn admitted(later: &Scenario, is: &State, model: &World) -> Vec<String> {
    if later.trust == Trust::Accounts || code(later, model) != 0 {
        return Vec::new();
    }
    let mut all = Vec::new();
    for region in later.regions() {
        let found = is.get(&format!("{LOGGING} {region} destination tributary"));
        let found: Value = json(found.map(String::as_str).unwrap_or_default());
        let policy: Value = json(found["policy"].as_str().unwrap_or_default());
        match &policy["Statement"][0]["Principal"]["AWS"] {
            Value::Array(many) => all.extend(many.iter().map(text)),
            Value::Null => {}
            one => all.push(text(one)),
        }
    }
    all
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Where CloudWatch Logs must be forced, `--yes` alone changes nothing.
fn unconfirmed(bootstrap: &Bootstrap, real: &World) -> anyhow::Result<()> {
    let first = real.cloud.count();
    let ran = ends(bootstrap, &["apply", "--yes"], 1)?;
    let told = ran.said().contains("add --force-access-policy");
    ensure!(told, "it isn't told:\n{}", ran.said());
    let calls = writes(real, first);
    ensure!(calls.is_empty(), "unconfirmed, it writes: {calls:#?}");
    Ok(())
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
    std::fs::write(&config, scenario.configuration())?;
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
fn as_predicted(expected: &Expected, bootstrap: &Bootstrap, real: &World) -> anyhow::Result<()> {
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
    let once = |(account, region, _): &&(String, String, String)| {
        let mut twice = expected.twice.iter();
        !twice.any(|at| (&at.0, &at.1) == (account, region))
    };
    for group in &expected.sending {
        let (count, name) = reach(group);
        let most = if once(&group) { 1 } else { 2 };
        ensure!((1..=most).contains(&count), "{name} is sent {count} times");
    }
    for (count, name) in expected.silent.iter().filter(once).map(reach) {
        ensure!(count == 0, "{name} is sent {count} times, and mustn't be");
    }
    Ok(())
}
