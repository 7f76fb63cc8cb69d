//! `bootstrap plan`: what `apply` would do.

use std::path::Path;
use std::sync::Arc;

use super::command::Command;
use crate::context::Context;
use crate::error::Error;
use crate::names::AccountId;
use crate::output::{ExitStatus, Printer, plan_text};
use crate::planning::{Only, Want, make_plan};

/// Shows the plan, of these accounts alone if there are any, and saves it to `out`, where one is named.
///
/// # Errors
/// When no plan can be made, saved or written.
pub async fn plan(
    context: &Arc<Context>,
    printer: &mut Printer,
    out: Option<&Path>,
    accounts: Vec<AccountId>,
) -> Result<ExitStatus, Error> {
    let (_, plan) = make_plan(context, Want::Apply(Only::these(accounts))).await?;
    printer.answer(&plan, || plan_text(&plan))?;
    if let Some(path) = out {
        let text = serde_json::to_string_pretty(&plan)? + "\n";
        std::fs::write(path, text).map_err(|source| Error::PlanWritten {
            path: path.to_owned(),
            source,
        })?;
        let apply = Command::new(context, "apply").file(path);
        context
            .progress
            .line(&format!("saved; {apply} does exactly this"));
    }
    Ok(if plan.summary.failed > 0 {
        ExitStatus::Failure
    } else if plan.is_empty() {
        ExitStatus::Success
    } else {
        ExitStatus::Differences
    })
}
