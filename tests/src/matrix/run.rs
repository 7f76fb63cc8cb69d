//! Runs the cases, several at once, each thread with a stand-in of its own.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::case::{Case, Fault};
use super::judge::judge;
use super::record::Record;
use super::stage::Stage;
use crate::bootstrap::difference;

/// What came of the cases.
#[derive(Debug)]
pub struct Figures {
    /// How many were run.
    pub run: usize,
    /// How long that took.
    pub took: Duration,
    /// What went wrong, and where.
    pub wrong: Vec<String>,
}

/// Runs all of the cases, so many at once.
///
/// # Errors
/// When a stand-in can't be started.
pub fn run_all(record: &Record, cases: &[Case], threads: usize) -> anyhow::Result<Figures> {
    let started = Instant::now();
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || -> anyhow::Result<()> {
        let stage = Stage::new(record.setting)?;
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
            if let Err(error) = run(&stage, record, case) {
                let line = format!("{case}: {error:#}");
                wrong.lock().map(|mut all| all.push(line)).ok();
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            let ended = thread.join();
            ended.map_err(|_| anyhow::anyhow!("a thread panicked"))??;
        }
        anyhow::Ok(())
    })?;
    Ok(Figures {
        run: cases.len(),
        took: started.elapsed(),
        wrong: wrong.into_inner().unwrap_or_default(),
    })
}

/// One case: a run with the fault, what it left, and a run without.
fn run(stage: &Stage, record: &Record, case: &Case) -> anyhow::Result<()> {
    stage.begin(record.start(case.verb))?;
    stage.cloud.aim(case.aim());
    let verb = case.verb;
    if matches!(case.fault, Fault::KilledBefore | Fault::KilledAfter) {
        stage.kill(verb)?;
    } else {
        // Who is denied something for a moment need not wait: it is run again.
        let denied = matches!(case.fault, Fault::Denied | Fault::DeniedAlways);
        let ran = stage.run(verb, if denied { "0" } else { "10" }, &[])?;
        ensure!(stage.cloud.struck() > 0, "the call never came: {ran:#?}");
        let judged = judge(record, case, &ran, &stage.state()?);
        judged.map_err(|error| anyhow::anyhow!("{error}\n{}", ran.said()))?;
    }
    stage.cloud.heal();
    let again = stage.run(verb, "10", &[])?;
    ensure!(again.code == 0, "running again fails: {again:#?}");
    let wrong = difference(&stage.state()?, &record.end(case.verb).state);
    ensure!(wrong.is_empty(), "running again ends with {wrong}");
    Ok(())
}
