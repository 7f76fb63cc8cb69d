//! `bootstrap` as a Lambda function: an event in, plan and apply for what it names, an answer out.

mod answer;
mod budget;
mod event;
mod failure;
mod held;
mod metrics;
mod onboard;
mod settings;
mod withdrawn;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;

use crate::cli::{Cli, Common};
#[cfg(test)]
pub use answer::Answer;
use answer::Counts;
use budget::Budget;
use failure::Failure;

/// What Lambda sets for a custom runtime (AWS Lambda, "Using the Lambda runtime API").
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// Whether Lambda runs this program.
pub fn is_lambda() -> bool {
    std::env::var_os(RUNTIME_API).is_some()
}

/// Answers invocations until Lambda ends the program.
pub async fn serve() -> ExitCode {
    let common = match common() {
        Ok(common) => common,
        Err(error) => {
            print(&mut std::io::stderr(), &error);
            return ExitCode::FAILURE;
        }
    };
    crate::log_to_stderr(&common);
    let common = &common;
    let served = lambda_runtime::run(service_fn(move |event| invocation(event, common))).await;
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let text = format!("bootstrap: the Lambda runtime ended: {error}");
            print(&mut std::io::stderr(), &text);
            ExitCode::FAILURE
        }
    }
}

/// What the command line would be without arguments: defaults, and environment variables.
fn common() -> Result<Common, String> {
    let cli = Cli::try_parse_from(["bootstrap", "apply", "--yes"]);
    cli.map(|cli| cli.common).map_err(|error| error.to_string())
}

async fn invocation(event: LambdaEvent<Value>, common: &Common) -> Result<Value, Diagnostic> {
    let budget = Budget::until(event.context.deadline);
    let function = event.context.env_config.function_name.clone();
    let ended = onboard::onboard(&event.payload, common, budget).await;
    let answer = match &ended {
        Ok(answer) => Some(answer),
        Err(Failure::Accounts(answer)) => Some(&**answer),
        Err(_) => None,
    };
    let counts = answer.map_or_else(Counts::default, |answer| answer.counts);
    let mut out = std::io::stdout();
    let line = metrics::line(&function, &counts, ended.is_err(), budget.spent());
    print(&mut out, &line);
    if let Some(answer) = answer {
        let text = serde_json::to_string(answer).unwrap_or_default();
        print(&mut out, &text);
    }
    match ended {
        Ok(answer) => Ok(serde_json::to_value(&answer).unwrap_or_default()),
        Err(failure) => {
            print(
                &mut std::io::stderr(),
                &format!("{}: {failure}", failure.kind()),
            );
            Err(failure.into())
        }
    }
}

/// A line for the function's log group. Nothing sensible can be done when that is gone.
fn print(out: &mut impl Write, line: &str) {
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
