//! One verb a file: what it reads, what it does, what it answers.

mod accounts;
mod apply;
mod destroy;
mod plan;
mod policies;
mod verify;

pub use accounts::accounts;
pub use apply::{ApplyOptions, apply};
pub use destroy::{DestroyOptions, destroy};
pub use plan::plan;
pub use policies::policies;
pub use verify::verify;

use std::io::{BufRead, IsTerminal};

use crate::context::Context;
use crate::error::Error;

/// Asks on the terminal. `true` for yes.
///
/// # Errors
/// When nobody is there to answer.
fn confirmed(context: &Context, verb: &str, question: &str) -> Result<bool, Error> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Error::Unconfirmed(format!(
            "`bootstrap {verb}` changes accounts and wants a confirmation, but standard input is no terminal: add \
             --yes, or apply a plan that was saved with `bootstrap plan --out FILE`"
        )));
    }
    context
        .progress
        .line(&format!("{question} Only \"yes\" goes on:"));
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}
