//! `local demo`: the whole way on one machine.

use clap::{Parser, Subcommand};
use local::demo::{self, Console, Options};
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

/// How long work that was broken off may take to end.
const END_WITHIN: Duration = Duration::from_millis(500);

/// One machine's stand-ins for AWS and OpenSearch.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Onboard an organization, send its logs, and look for every event in S3 and OpenSearch
    Demo {
        /// Leave the stand-ins up at the end, until ctrl-c
        #[arg(long)]
        keep: bool,
    },
}

fn main() -> ExitCode {
    let Cli { command } = Cli::parse();
    let outcome = Runtime::new().map_err(Into::into).and_then(|runtime| {
        let outcome = runtime.block_on(async {
            tokio::select! {
                // In this order: a demo that waits for ctrl-c has ended well.
                biased;
                outcome = run(command) => outcome,
                interrupted = interrupted() => interrupted,
            }
        });
        runtime.shutdown_timeout(END_WITHIN);
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Demo { keep } => {
            let options = Options {
                keep,
                ..Options::built(Console::new())?
            };
            demo::run(&options).await?;
            Ok(())
        }
    }
}

/// Ends with an error when the user, or the system, wants the program to end.
async fn interrupted() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt?,
        _ = terminate.recv() => {}
    }
    anyhow::bail!("interrupted; everything that was started is stopped")
}
