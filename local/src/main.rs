//! `local demo`: the whole way on one machine.

use clap::{Parser, Subcommand};
use local::demo::{self, Console, Options};
use std::io::{self, Write};
use std::pin::pin;
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
    let Cli {
        command: Command::Demo { keep },
    } = Cli::parse();
    let outcome = Runtime::new().map_err(Into::into).and_then(|runtime| {
        let outcome = runtime.block_on(demo(keep));
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

async fn demo(keep: bool) -> anyhow::Result<()> {
    let mut interrupted = pin!(interrupted());
    let options = Options {
        keep,
        ..Options::built(Console::new())?
    };
    let finished = tokio::select! {
        finished = demo::run(&options) => finished?,
        interruption = &mut interrupted => {
            interruption?;
            anyhow::bail!("interrupted; everything that was started is stopped")
        }
    };
    if keep {
        // Now ctrl-c is how the demo ends well.
        interrupted.await?;
    }
    drop(finished);
    Ok(())
}

/// Ends when the user, or the system, wants the program to end.
async fn interrupted() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt,
        _ = terminate.recv() => Ok(()),
    }
}
