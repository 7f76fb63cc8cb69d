//! `replay` puts the records of Firehose's error objects back on their stream, at most once each.
//!
//! The way of a record, in the order of the modules: an object in S3 or on disk ([`source`]), its
//! lines ([`error_object`]), what each holds ([`content`]), what is to become of it ([`fate`]), what
//! was written down of it before ([`journal`]), requests to a stream ([`put`], [`sending`]), the
//! account of it all ([`report`]).

mod arguments;
mod clients;
mod content;
mod error;
mod error_object;
mod fate;
mod journal;
mod pace;
mod policy;
mod put;
mod report;
mod run;
mod sending;
mod source;
mod unescaped;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match answer(&arguments).await {
        Ok((text, status)) => match std::io::stdout().write_all(text.as_bytes()) {
            Ok(()) => ExitCode::from(status),
            Err(_) => ExitCode::from(1),
        },
        Err(error) => {
            tell(&format!("replay: {error}"));
            ExitCode::from(error.status())
        }
    }
}

/// What goes to standard output, and the exit status.
async fn answer(arguments: &Arguments) -> Result<(String, u8), Error> {
    if arguments.prints.policy {
        return Ok((policy::text(arguments)?, 0));
    }
    let report = run::run(arguments).await?;
    for line in report.told() {
        tell(&line);
    }
    let text = if arguments.prints.json {
        report.json()?
    } else {
        report.text()
    };
    Ok((text, u8::from(!report.is_clean())))
}

/// Tells something on standard error.
fn tell(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}
