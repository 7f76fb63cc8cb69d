//! `bootstrap destroy`: takes back what is ours, and says what it leaves.

use std::sync::Arc;

use super::apply::{How, show_and_execute};
use super::command::Command;
use crate::context::Context;
use crate::error::Error;
use crate::names::AccountId;
use crate::output::{ExitStatus, Printer};
use crate::planning::{Want, make_plan};

/// How to take back.
#[derive(Debug, Clone)]
pub struct DestroyOptions {
    /// Don't ask.
    pub yes: bool,
    /// Leave the stream, even if we created it.
    pub keep_stream: bool,
    /// Delete log groups of ours, with the logs in them.
    pub delete_logs: bool,
    /// Only in these accounts, and nothing in the central one; empty for all that are selected.
    pub accounts: Vec<AccountId>,
}

/// Takes back what is ours in the selected accounts and in the central one.
///
/// # Errors
/// When no plan can be made, or nobody confirms it.
pub async fn destroy(
    context: &Arc<Context>,
    printer: &mut Printer,
    options: DestroyOptions,
) -> Result<ExitStatus, Error> {
    let again = Command::new(context, "destroy")
        .accounts(&options.accounts)
        .flag("--keep-stream", options.keep_stream)
        .flag("--delete-logs", options.delete_logs);
    let want = Want::Destroy {
        keep_stream: options.keep_stream,
        delete_logs: options.delete_logs,
        accounts: options.accounts,
    };
    let (situation, plan) = make_plan(context, want).await?;
    let how = How {
        ask: !options.yes,
        again: format!("{again} again"),
    };
    show_and_execute(context, printer, &situation, &plan, how).await
}
