//! `bootstrap verify`: whether everything is as it should be, and who really sends.

pub(super) mod answer;
mod text;

use std::sync::Arc;

use crate::canary::{CanaryOptions, try_everywhere};
use crate::context::Context;
use crate::error::Error;
use crate::names::AccountId;
use crate::output::{ExitStatus, Printer};
use crate::planning::{Only, Want, make_plan};
use answer::Answer;
use text::text;

/// Compares what exists with what should, in these accounts alone if there are any, and changes nothing. With `canary`, it also tries the way: see
/// [`try_everywhere`].
///
/// # Errors
/// When the organization can't be read, the configuration doesn't fit, or the answer can't be written.
pub async fn verify(
    context: &Arc<Context>,
    printer: &mut Printer,
    canary: Option<CanaryOptions>,
    accounts: Vec<AccountId>,
) -> Result<ExitStatus, Error> {
    let (situation, plan) = make_plan(context, Want::Apply(Only::these(accounts))).await?;
    let runs = match canary {
        Some(options) => Some(try_everywhere(context, &situation, &plan, options).await),
        None => None,
    };
    let answer = Answer::new(&situation, &plan, runs);
    printer.answer(&answer, || text(&answer, !plan.is_empty()))?;
    Ok(if plan.summary.failed > 0 || context.interrupt.is_asked() {
        ExitStatus::Failure
    } else if answer.as_it_should_be {
        ExitStatus::Success
    } else {
        ExitStatus::Differences
    })
}
