//! Every call of a full set-up, of its change and of taking it back, each with every fault: an error for once and for
//! ever, a throttle, a lost request, a lost answer, and the end of the program. Running again ends as
//! without the fault.
//!
//! `make proof` runs each call with each fault; otherwise one is run of each operation, kind of account
//! and fault, and `TRIBUTARY_CASES=TEXT` runs those whose description has the text.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;
use tests::matrix::{Case, Coverage, Record, Setting, Verb, cases, run_all};

type Tested = anyhow::Result<()>;

fn proved(setting: Setting) -> Tested {
    let full = std::env::var_os("TRIBUTARY_PROOF").is_some_and(|value| value == "full");
    let coverage = if full {
        Coverage::Full
    } else {
        Coverage::Classes
    };
    let record = Record::new(setting)?;
    let mut chosen = cases(&record, coverage);
    if let Ok(only) = std::env::var("TRIBUTARY_CASES") {
        chosen = cases(&record, Coverage::Full);
        chosen.retain(|case| case.to_string().contains(&only));
    }
    let cpus = std::thread::available_parallelism().map_or(2, usize::from);
    let figures = run_all(&record, &chosen, cpus * 3)?;
    writeln!(
        std::io::stderr(),
        "matrix {setting:?}: {:?} calls of apply, change and destroy: {} cases, {} run in {:.0} s, {} went wrong",
        Verb::ALL.map(|verb| record.calls(verb).len()),
        cases(&record, Coverage::Full).len(),
        figures.run,
        figures.took.as_secs_f64(),
        figures.wrong.len()
    )?;
    assert!(figures.wrong.is_empty(), "{}", told(figures.wrong));
    Ok(())
}

/// The first few in full, the others by their first lines.
fn told(mut wrong: Vec<String>) -> String {
    wrong.sort();
    let lines = wrong.iter().enumerate().map(|(place, text)| {
        let most = if place < 3 { usize::MAX } else { 1 };
        text.lines().take(most).collect::<Vec<_>>().join("\n")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn filters_converge_after_any_fault_at_any_call() -> Tested {
    proved(Setting::Filters)
}

#[test]
fn account_policies_converge_after_any_fault_at_any_call() -> Tested {
    proved(Setting::AccountPolicy)
}

/// The kinds of actions that the schema of a plan allows, which is the one of the types.
fn every_kind() -> anyhow::Result<BTreeSet<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema/plan.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let kinds = schema["$defs"]["Action"]["oneOf"].as_array();
    let kinds = kinds.context("the schema has no actions")?.iter();
    let kinds = kinds.map(|each| each["properties"]["kind"]["const"].as_str());
    let kinds: Option<BTreeSet<_>> = kinds.map(|kind| kind.map(str::to_owned)).collect();
    kinds.context("an action has no kind")
}

#[test]
fn every_kind_of_action_is_taken_in_one_of_the_settings() -> Tested {
    let records = [
        Record::new(Setting::Filters)?,
        Record::new(Setting::AccountPolicy)?,
    ];
    let taken = records.iter().flat_map(Record::kinds);
    let taken: BTreeSet<_> = taken.map(str::to_owned).collect();
    assert_eq!(taken, every_kind()?);
    Ok(())
}

#[test]
fn the_cases_are_made_from_what_a_run_calls_and_cover_every_operation() -> Tested {
    let record = Record::new(Setting::Filters)?;
    let operations = |cases: Vec<Case>| {
        let mut names: Vec<_> = cases
            .into_iter()
            .map(|case| case.target.operation)
            .collect();
        names.sort();
        names.dedup();
        names
    };
    let chosen = operations(cases(&record, Coverage::Classes));
    assert_eq!(chosen, operations(cases(&record, Coverage::Full)));
    for operation in [
        "AssumeRole",
        "CreateStream",
        "PutDestinationPolicy",
        "PutSubscriptionFilter",
    ] {
        assert!(chosen.iter().any(|name| name == operation), "{operation}");
    }
    for operation in [
        "DeleteSubscriptionFilter",
        "DeleteRole",
        "DeleteDestination",
        "DeleteStream",
    ] {
        assert!(chosen.iter().any(|name| name == operation), "{operation}");
    }
    Ok(())
}
