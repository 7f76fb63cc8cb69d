//! How fast the function is, beside what it can't do without: see [`floor`]. `make bench` runs it.
//!
//! Each round runs the floor and both outputs in turns on the same event, so that whatever else the
//! machine does falls on all of them; the table shows medians of processor time, and the medians of
//! the rounds' own ratios.
#![allow(clippy::unwrap_used, reason = "a benchmark that can't go on ends")]
#![allow(clippy::print_stdout, reason = "the table is what it is for")]

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../events/mod.rs"]
mod events;
mod floor;
mod rounds;
mod stages;
mod start;
mod table;

use clap::{Parser, ValueEnum};

use crate::events::Kind;
use crate::rounds::Rounds;

/// Measures whole invocations of the function in this process, beside the floor: base64, gunzip and
/// copies of the same bytes.
#[derive(Debug, Parser)]
struct Arguments {
    /// Rounds that are measured, for each dataset
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Measure this dataset alone
    #[arg(long)]
    dataset: Option<Kind>,
    /// Run this alone in every round, for a profiler
    #[arg(long)]
    only: Option<Work>,
    /// As `cargo bench` calls it
    #[arg(long, hide = true)]
    bench: bool,
}

/// Starts that are measured at most.
const MOST_STARTS: u32 = 25;

/// What a round does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Work {
    Floor,
    Frame,
    Walk,
    Ndjson,
    NdjsonGzip,
}

impl Work {
    /// All of it, in the order of the rounds.
    const ALL: [Self; 5] = [
        Self::Floor,
        Self::Frame,
        Self::Walk,
        Self::Ndjson,
        Self::NdjsonGzip,
    ];
}

fn main() {
    let arguments = arguments();
    let kinds = match arguments.dataset {
        Some(kind) => vec![kind],
        None => Kind::ALL.to_vec(),
    };
    let mut measured = Vec::new();
    for kind in kinds {
        let mut round = Rounds::new(kind.event());
        match arguments.only {
            Some(work) => (0..arguments.rounds).for_each(|_| round.run(work)),
            None => measured.push((kind, round.measured(arguments.rounds))),
        }
    }
    if arguments.only.is_none() {
        println!(
            "{}\n\n{}\n\n{}",
            table::inputs(&measured),
            table::results(&measured),
            table::bounds(&measured)
        );
        if arguments.dataset.is_none() {
            println!("\n{}", start::report(arguments.rounds.min(MOST_STARTS)));
        }
    }
}

/// `cargo test` runs benchmarks too, without optimization and with arguments for tests: there one
/// round shows that it works.
fn arguments() -> Arguments {
    if std::env::args().any(|argument| argument == "--bench") {
        Arguments::parse()
    } else {
        Arguments::parse_from(["invocation", "--rounds", "1"])
    }
}
