//! A short run of each target: all its seeds, among which is everything that ever went wrong, and
//! then changes to them, the same ones each time.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that can't go on fails, and says how far it came"
)]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs};

use transform_fuzz::{Mutator, TARGETS, Target};

/// How long each target runs, where `FUZZ_SECONDS` does not say it.
const SECONDS: u64 = 3;

/// Runs the target of that name.
fn run(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let seeds = seeds(target);
    for seed in &seeds {
        try_one(target, seed);
    }
    let seconds = env::var("FUZZ_SECONDS").map_or(SECONDS, |text| text.parse().unwrap());
    let (start, mut mutator, mut inputs) = (Instant::now(), Mutator::new(seeds), 0_u64);
    while start.elapsed() < Duration::from_secs(seconds) {
        try_one(target, &mutator.input());
        inputs += 1;
    }
    println!("{name}: {inputs} inputs");
    assert!(inputs > 0 || seconds == 0);
}

fn seeds(target: &Target) -> Vec<Vec<u8>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = here.join("seeds").join(target.name);
    let golden = target
        .golden
        .iter()
        .map(|folder| here.join("../tests/golden").join(folder));
    let mut paths: Vec<_> = [own]
        .into_iter()
        .chain(golden)
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Keeps an input that goes wrong, so that it can become a seed.
fn try_one(target: &Target, input: &[u8]) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (target.run)(input))) {
        let path = env::temp_dir().join(format!("{}-{}", target.name, std::process::id()));
        fs::write(&path, input).unwrap();
        eprintln!(
            "the input is in {}: once mended, keep it in transform/fuzz/seeds/{}",
            path.display(),
            target.name
        );
        resume_unwind(panic);
    }
}

macro_rules! short_runs {
    ($($test:ident: $target:literal,)*) => {
        $(#[test]
        fn $test() {
            run($target);
        })*

        #[test]
        fn no_target_is_left_out() {
            let run = [$($target),*];
            assert!(TARGETS.iter().all(|target| run.contains(&target.name)));
        }
    };
}

short_runs! {
    any_event_is_answered: "event",
    any_payload_is_read_or_refused: "payload",
    any_envelope_is_read_as_another_reader_reads_it: "envelope",
    any_cloudtrail_event_makes_a_document: "cloudtrail",
    any_finding_makes_a_document: "guardduty",
    any_flow_log_in_any_format_makes_a_document: "flow_log",
    any_line_makes_a_document: "plain",
    any_json_is_walked_as_another_reader_reads_it: "walker",
}
