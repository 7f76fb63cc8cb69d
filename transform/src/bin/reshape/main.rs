//! The same documents as the Lambda function's, from files.

mod arguments;
mod event;
mod input;
mod lines;
mod payload;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;

/// How a run ended, apart from failures to read or write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Every message became the document of its dataset.
    Clean,
    /// Some message became a pipeline error, or some record failed: told on standard error.
    WithErrors,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::WithErrors) => ExitCode::from(1),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "reshape: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut outcome = Outcome::Clean;
    for file in arguments.files() {
        let one = if arguments.event {
            event::reshape(arguments, file, &mut out)?
        } else if arguments.payload {
            payload::reshape(arguments, file, &mut out)?
        } else {
            lines::reshape(arguments, file, &mut out)?
        };
        if one == Outcome::WithErrors {
            outcome = Outcome::WithErrors;
        }
    }
    out.flush()?;
    Ok(outcome)
}

/// Tells something on standard error.
fn tell(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// Whether nobody reads the output any more, as with `reshape … | head`.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
