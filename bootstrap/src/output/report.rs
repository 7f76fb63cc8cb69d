//! What became of a plan, as people read it.

use std::fmt::Write;

use super::table;
use crate::apply::{PartReport, Report, StepResult};
use crate::plan::{Plan, Status};

/// A table by account, and below it every step that failed.
pub fn report_text(plan: &Plan, report: &Report) -> String {
    let rows = plan
        .parts()
        .zip(report.parts())
        .enumerate()
        .map(|(index, (part, result))| {
            let state = match (&part.status, result.failure()) {
                (Status::Skipped(reason), _) => format!("skipped: {reason}"),
                (_, Some(_)) => "failed".to_owned(),
                (_, None) if result.steps.is_empty() => "nothing to do".to_owned(),
                (_, None) => "done".to_owned(),
            };
            let role = if index == 0 { "central" } else { "sender" };
            let left = result.count(|step| matches!(step, StepResult::NotAttempted(_)));
            let failed = result.count(|step| matches!(step, StepResult::Failed(_)));
            let numbers = [result.done(), failed, left].map(|number| number.to_string());
            let mut row = vec![part.account.to_string(), part.name.clone(), role.to_owned()];
            row.extend(numbers);
            row.push(state);
            row
        });
    let mut text = table(
        &["ACCOUNT", "NAME", "ROLE", "DONE", "FAILED", "LEFT", "STATE"],
        rows,
    );
    for part in report.parts().filter(|part| part.failure().is_some()) {
        text.push_str(&failures(part));
    }
    text
}

fn failures(part: &PartReport) -> String {
    let mut text = format!("\n{} {}\n", part.account, part.name);
    if let Some(problem) = &part.problem {
        let _ = writeln!(text, "  ! {problem}");
    }
    for step in &part.steps {
        let region = step.region.as_deref().unwrap_or("");
        let head = format!("{} {region}  {}", step.sign.as_char(), step.summary);
        let _ = match &step.result {
            StepResult::Failed(reason) => writeln!(text, "  {head}\n    failed: {reason}"),
            StepResult::NotAttempted(reason) => writeln!(text, "  {head}\n    left: {reason}"),
            StepResult::Done | StepResult::Gone => Ok(()),
        };
    }
    text
}

/// What to do after a failure.
pub fn what_next(verb: &str) -> String {
    format!(
        "Some accounts failed; the others are done. Mend what stands above and run `bootstrap {verb}` again: what is \
         done already is not done twice."
    )
}
