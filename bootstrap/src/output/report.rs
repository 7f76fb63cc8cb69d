//! What became of a plan, as people read it.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{advice, counted, table};
use crate::apply::{PartReport, Report, StepResult};
use crate::plan::{Part, Plan, Status};

/// A table by account, below it every step that failed, and the totals.
pub fn report_text(plan: &Plan, report: &Report) -> String {
    let rows = plan
        .parts()
        .zip(report.parts())
        .enumerate()
        .map(|(index, (part, result))| row(part, result, index == 0));
    let mut text = table(
        &[
            "ACCOUNT", "NAME", "ROLE", "DONE", "FAILED", "LEFT", "SECONDS", "STATE",
        ],
        rows,
    );
    for part in report.parts() {
        text.push_str(&failures(part));
    }
    let totals = report.totals;
    let gone = match totals.gone {
        0 => String::new(),
        number => format!(" {number} gone meanwhile,"),
    };
    let _ = writeln!(
        text,
        "\n{} done,{gone} {} failed, {} left; {:.1} s",
        counted(totals.done, "action"),
        totals.failed,
        totals.left,
        report.seconds
    );
    text
}

fn row(part: &Part, result: &PartReport, central: bool) -> Vec<String> {
    let (failed, left) = (result.failed(), result.left());
    let state = match &part.status {
        Status::Skipped(reason) => format!("skipped: {reason}"),
        _ if result.problem.is_some() || failed > 0 => "failed".to_owned(),
        _ if left > 0 => "left".to_owned(),
        _ if result.steps.is_empty() => "nothing to do".to_owned(),
        _ if result.gone() == result.steps.len() => "gone meanwhile".to_owned(),
        _ => "done".to_owned(),
    };
    let role = if central { "central" } else { "sender" };
    let mut row = vec![part.account.to_string(), part.name.clone(), role.to_owned()];
    row.extend([result.done(), failed, left].map(|number| number.to_string()));
    row.extend([format!("{:.1}", result.seconds), state]);
    row
}

/// What failed in an account, what was left because of that, and what had vanished.
fn failures(part: &PartReport) -> String {
    let mut text = String::new();
    if let Some(problem) = &part.problem {
        let _ = writeln!(text, "  ! {problem}");
    }
    let mut left: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for step in &part.steps {
        let region = step.region.as_deref().unwrap_or("");
        let head = format!("{} {region}  {}", step.sign.as_char(), step.summary);
        match &step.result {
            StepResult::Failed(reason) => {
                let _ = writeln!(text, "  {head}\n    ! failed: {reason}");
            }
            StepResult::NotAttempted(reason) => left.entry(reason).or_default().push(head),
            StepResult::Gone => {
                let _ = writeln!(text, "  {head}\n    gone meanwhile: there is nothing to do");
            }
            StepResult::Done | StepResult::Stopped => {}
        }
    }
    for (reason, steps) in left {
        for step in &steps {
            let _ = writeln!(text, "  {step}");
        }
        let _ = writeln!(text, "    left: {reason}");
    }
    if text.is_empty() {
        return text;
    }
    format!("\n{} {}\n{text}", part.account, part.name)
}

/// What to do when something could not be read that may be ours. Takes the command that goes on.
pub fn what_is_left(again: &str) -> String {
    format!(
        "Something of ours may be left: what stands above behind `!` could not be read. Mend that and run {again}: what \
         is gone already does no harm."
    )
}

/// What to do when not everything is done. Takes the command that goes on.
pub fn what_next(report: &Report, again: &str) -> String {
    let why = if report.totals.failed == 0 && report.stopped {
        format!("Stopped: {} left.", counted(report.totals.left, "action"))
    } else {
        "Not everything is done: mend what stands above.".to_owned()
    };
    let failures = report.parts().filter_map(PartReport::failure);
    let advice = advice(failures).map(|advice| format!("{advice}\n"));
    format!(
        "{}{why} To go on, run {again}: what is done already is not done twice.",
        advice.unwrap_or_default()
    )
}
