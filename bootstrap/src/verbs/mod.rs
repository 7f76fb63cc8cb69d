//! One verb a file: what it reads, what it does, what it answers.

mod accounts;
mod apply;
mod command;
mod destroy;
mod plan;
mod policies;
#[cfg(test)]
mod schema;
mod search_setup;
mod verify;

pub use accounts::accounts;
pub use apply::{ApplyOptions, apply};
pub use destroy::{DestroyOptions, destroy};
pub use plan::plan;
pub use policies::policies;
pub use search_setup::{SearchSetup, Surroundings, search_setup};
pub use verify::verify;

use std::io::{BufRead, IsTerminal};

use tokio::sync::oneshot;

use crate::context::Context;
use crate::error::Error;
use crate::output::Progress;

/// Asks on the terminal. `true` for yes.
///
/// # Errors
/// When nobody is there to answer.
async fn confirmed(context: &Context, verb: &str, question: &str) -> Result<bool, Error> {
    let unattended = format!(
        "`bootstrap {verb}` changes accounts and wants a confirmation, but standard input is no terminal: add --yes, or \
         apply a plan that was saved with `bootstrap plan --out FILE`"
    );
    yes(&context.progress, question, &unattended).await
}

/// Asks on the terminal. `true` for yes; where nobody is there to answer, the error is `unattended`.
async fn yes(progress: &Progress, question: &str, unattended: &str) -> Result<bool, Error> {
    if !std::io::stdin().is_terminal() {
        return Err(Error::Unconfirmed(unattended.to_owned()));
    }
    progress.line(&format!("{question} Only \"yes\" goes on:"));
    // A thread of its own, which nobody waits for at the end: ctrl-c ends the program also here.
    let (answer, answered) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        // Nobody listens any more once the program was stopped.
        let _ = answer.send(read.map(|_| line));
    });
    let line = answered.await.unwrap_or_else(|_| Ok(String::new()))?;
    Ok(line.trim() == "yes")
}
