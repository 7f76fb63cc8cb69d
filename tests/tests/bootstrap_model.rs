//! Random organizations, and random changes from outside between the runs: after `apply` everything
//! sends that can, `verify` tells the rest, `apply` again writes nothing, and `destroy` leaves exactly
//! what others have.
//!
//! `PROPTEST_CASES=500` runs more cases of each mode. One that fails is made smaller, printed, and kept in
//! `bootstrap_model.regressions` beside this file, with which the next run begins.

use std::cell::RefCell;
use std::io::Write;
use std::time::Instant;

use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestRunner};
use tests::model::{Figures, Mode, one_region_shut, run, scenarios};

/// Cases of each mode.
const CASES: u32 = 18;
const FAILED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/bootstrap_model.regressions"
);

fn holds(mode: Mode) {
    let asked = std::env::var("PROPTEST_CASES").ok();
    let config = Config {
        cases: asked.and_then(|text| text.parse().ok()).unwrap_or(CASES),
        max_shrink_iters: 200,
        max_shrink_time: 120_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(FAILED))),
        ..Config::default()
    };
    let (cases, started) = (config.cases, Instant::now());
    let mut runner = TestRunner::new(config);
    let all = RefCell::new(Figures::default());
    let proved = runner.run(&scenarios(mode), |scenario| {
        let figures = run(&scenario);
        let figures = figures.map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
        all.borrow_mut().add(figures);
        Ok(())
    });
    if let Err(failed) = proved {
        panic!("{failed}");
    }
    let (all, seconds) = (all.into_inner(), started.elapsed().as_secs());
    writeln!(
        std::io::stderr(),
        "model {mode:?}: {cases} cases in {seconds} s: {all:?}"
    )
    .ok();
    // With fewer cases, chance may leave one of them out.
    assert!(
        cases < CASES || (all.changes > 0 && all.sending > 0),
        "nothing was tried: {all:?}"
    );
}

#[test]
fn filters_are_what_the_model_says_after_any_changes_from_outside() {
    holds(Mode::Filters);
}

#[test]
fn account_policies_are_what_the_model_says_after_any_changes_from_outside() {
    holds(Mode::Account);
}

#[test]
fn trust_moves_to_the_organization_though_one_region_admits_nobody() -> anyhow::Result<()> {
    let figures = run(&one_region_shut())?;
    assert_eq!((figures.changes, figures.sending), (1, 3));
    Ok(())
}
