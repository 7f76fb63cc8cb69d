//! `bootstrap apply`: sets up what is missing, or exactly what a saved plan says.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::command::Command;
use super::confirmed;
use crate::actions::Action;
use crate::apply::{Report, execute};
use crate::context::{Context, Situation};
use crate::error::Error;
use crate::names::AccountId;
use crate::output::{
    ExitStatus, Printer, counted, plan_text, report_text, what_is_left, what_next,
};
use crate::plan::{FORMAT, Plan, Purpose, Step, differences};
use crate::planning::{Only, Want, make_plan};

/// As many differences of a saved plan are shown.
const MOST_DIFFERENCES: usize = 40;

/// How to apply.
#[derive(Debug, Clone)]
pub struct ApplyOptions {
    /// A saved plan.
    pub saved: Option<PathBuf>,
    /// Only these accounts; empty for everything, or what the saved plan is for.
    pub accounts: Vec<AccountId>,
    /// Don't ask.
    pub yes: bool,
    /// Where nobody is asked, also force access policies.
    pub force_access_policy: bool,
}

/// What `apply` and `destroy` answer as JSON.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Answer<'a> {
    pub(super) plan: &'a Plan,
    pub(super) report: &'a Report,
}

/// Makes a plan or takes the saved one, and applies it.
///
/// # Errors
/// When no plan can be made, the saved one no longer fits, or nobody confirms it.
pub async fn apply(
    context: &Arc<Context>,
    printer: &mut Printer,
    options: &ApplyOptions,
) -> Result<ExitStatus, Error> {
    let saved = options.saved.as_deref().map(load).transpose()?;
    let accounts = saved
        .as_ref()
        .map_or_else(|| options.accounts.clone(), Plan::only_accounts);
    let again = Again::new(context, options.saved.as_deref(), &accounts);
    let (situation, plan) = make_plan(context, Want::Apply(Only::these(accounts))).await?;
    if let (Some(saved), Some(path), Some(anew)) = (&saved, &options.saved, &again.plan) {
        must_be_the_same(saved, &plan, path, anew)?;
    }
    if options.yes && saved.is_none() && !options.force_access_policy {
        must_not_force(&plan)?;
    }
    let how = How {
        ask: !options.yes && saved.is_none(),
        again: match &again.plan {
            None => format!("{} again", again.apply),
            Some(plan) => format!("{plan} and {}", again.apply),
        },
    };
    show_and_execute(context, printer, &situation, &plan, how).await
}

/// The commands that do the same once more.
struct Again {
    /// The one that saves the plan anew, where one is applied.
    plan: Option<Command>,
    apply: Command,
}

impl Again {
    fn new(context: &Context, saved: Option<&Path>, accounts: &[AccountId]) -> Self {
        let apply = Command::new(context, "apply");
        match saved {
            None => Self {
                plan: None,
                apply: apply.accounts(accounts),
            },
            Some(path) => Self {
                plan: Some(
                    Command::new(context, "plan")
                        .accounts(accounts)
                        .flag("--out", true)
                        .file(path),
                ),
                apply: apply.file(path),
            },
        }
    }
}

/// How a plan is applied.
pub(super) struct How {
    /// Whether somebody must say yes.
    pub ask: bool,
    /// The command that goes on where it ended early.
    pub again: String,
}

/// Shows the plan, asks where that is wanted, applies, and shows what became of it.
pub(super) async fn show_and_execute(
    context: &Arc<Context>,
    printer: &mut Printer,
    situation: &Arc<Situation>,
    plan: &Plan,
    how: How,
) -> Result<ExitStatus, Error> {
    let verb = match plan.purpose {
        Purpose::Apply => "apply",
        Purpose::Destroy => "destroy",
    };
    printer.text(&plan_text(plan))?;
    if how.ask && !plan.is_empty() {
        if printer.is_json() {
            context.progress.line(&plan_text(plan));
        }
        if !confirmed(context, verb, "Do this?").await? {
            context.progress.line("Nothing was changed.");
            return Ok(ExitStatus::Failure);
        }
    }
    let report = execute(context, situation, plan).await;
    let quiet = plan.is_empty() && report.succeeded();
    let answer = Answer {
        plan,
        report: &report,
    };
    printer.answer(&answer, || {
        if quiet {
            return String::new();
        }
        format!("\n{}", report_text(plan, &report))
    })?;
    // Where it sets up, `!` stands in nobody's way; where it takes back, something of ours may be left.
    let left = plan.purpose == Purpose::Destroy && plan.conflicts() > 0;
    if !report.succeeded() {
        context.progress.line(&what_next(&report, &how.again));
    } else if left {
        context.progress.line(&what_is_left(&how.again));
    } else {
        return Ok(ExitStatus::Success);
    }
    Ok(ExitStatus::Failure)
}

/// Refuses what only somebody who has read the plan may decide.
fn must_not_force(plan: &Plan) -> Result<(), Error> {
    let forced = |step: &&Step| matches!(step.action, Action::ForceAccessPolicy(_));
    let Some(step) = plan.central.steps.iter().find(forced) else {
        return Ok(());
    };
    Err(Error::Unconfirmed(format!(
        "nothing was changed: the plan has something that --yes alone doesn't confirm: {}. Read what `bootstrap plan` \
         says about it; then add --force-access-policy, or answer the question of `bootstrap apply`, or apply a saved \
         plan",
        step.summary
    )))
}

/// Refuses a saved plan that isn't what would be done now; `anew` is the command that makes one that is.
fn must_be_the_same(saved: &Plan, now: &Plan, path: &Path, anew: &Command) -> Result<(), Error> {
    let differences = differences(saved, now);
    if differences.is_empty() {
        return Ok(());
    }
    let mut lines: Vec<_> = differences
        .iter()
        .take(MOST_DIFFERENCES)
        .map(|line| format!("  {line}"))
        .collect();
    let more = differences.len().saturating_sub(MOST_DIFFERENCES);
    if more > 0 {
        lines.push(format!("  and {} more", counted(more, "difference")));
    }
    Err(Error::StalePlan {
        path: path.to_owned(),
        differences: lines.join("\n"),
        anew: anew.to_string(),
    })
}

fn load(path: &Path) -> Result<Plan, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::PlanRead {
        path: path.to_owned(),
        source,
    })?;
    let no_plan = |reason: String| Error::NoPlan {
        path: path.to_owned(),
        reason,
    };
    let value: Value =
        serde_json::from_str(&text).map_err(|error| no_plan(format!("it is no JSON: {error}")))?;
    // First of all: what another version wrote may lack anything else.
    match value.get("format").and_then(Value::as_u64) {
        Some(format) if format == u64::from(FORMAT) => {}
        Some(format) => {
            return Err(no_plan(format!(
                "its format is {format}, that of this program is {FORMAT}"
            )));
        }
        None => return Err(no_plan("it has no format".to_owned())),
    }
    serde_json::from_value(value).map_err(|error| no_plan(error.to_string()))
}
