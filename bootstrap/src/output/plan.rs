//! A plan as people read it.

use std::fmt::Write;

use super::{advice, counted};
use crate::actions::Sign;
use crate::difference::Difference;
use crate::plan::{Part, Plan, Purpose, Status, Summary};

/// The plan, account by account, with a closing line.
pub fn plan_text(plan: &Plan) -> String {
    let mut text = String::new();
    let Plan {
        organization,
        management_account,
        ..
    } = plan;
    let _ = writeln!(
        text,
        "Organization {organization}, management account {management_account}"
    );
    if !plan.is_empty() {
        let _ = writeln!(text, "  + adds   ~ changes   - removes");
    }
    let central = part_text(&plan.central, "the central account");
    let members = plan.members.iter().map(|part| {
        let role = if part.account == plan.central.account {
            "as a sender"
        } else {
            ""
        };
        part_text(part, role)
    });
    // In the order in which it is done.
    let parts: Vec<_> = match plan.purpose {
        Purpose::Apply => std::iter::once(central).chain(members).collect(),
        Purpose::Destroy => members.chain(std::iter::once(central)).collect(),
    };
    text.push_str(&parts.concat());
    if !plan.notes.is_empty() {
        text.push('\n');
    }
    for note in &plan.notes {
        let _ = writeln!(text, ". {note}");
    }
    let _ = write!(text, "\n{}", closing_line(plan));
    text
}

fn closing_line(plan: &Plan) -> String {
    let Summary {
        add,
        change,
        remove,
        skipped,
        failed,
    } = plan.summary;
    let conflicts = plan.conflicts();
    let well = plan.blocked() == 0 && conflicts == 0 && failed == 0;
    let nothing = match (plan.is_empty(), plan.purpose) {
        (false, _) => "",
        (true, _) if !well => "Nothing that bootstrap can do. ",
        (true, Purpose::Apply) => "Nothing to do: everything is as it should be. ",
        (true, Purpose::Destroy) => "Nothing to do: nothing of ours is there. ",
    };
    let mut line = format!(
        "{nothing}Plan: {add} to add, {change} to change, {remove} to remove; {skipped} skipped.\n"
    );
    let blocked = plan.blocked();
    if blocked > 0 {
        let _ = writeln!(
            line,
            "{} should send and can't; what to do stands beside the name.",
            counted(blocked, "log group")
        );
    }
    if conflicts > 0 {
        let _ = writeln!(
            line,
            "{} can't be done; why stands beside it.",
            counted(conflicts, "thing")
        );
    }
    if failed > 0 {
        let _ = writeln!(
            line,
            "{} can't be worked in; the reason stands beside the name.",
            counted(failed, "account")
        );
        if let Some(advice) = advice(plan.parts().filter_map(Part::failure)) {
            let _ = writeln!(line, "{advice}");
        }
    }
    line
}

/// The place, and below it what goes and what comes; `old -> new` where that is one value.
fn difference_text(difference: &Difference, width: usize) -> String {
    let Difference {
        place,
        before,
        after,
    } = difference;
    let indent = " ".repeat(width + 8);
    if let ([before], [after]) = (before.as_slice(), after.as_slice()) {
        return format!("{indent}{place}: {before} -> {after}\n");
    }
    let mut text = format!("{indent}{place}:\n");
    for value in before {
        let _ = writeln!(text, "{indent}  - {value}");
    }
    for value in after {
        let _ = writeln!(text, "{indent}  + {value}");
    }
    text
}

/// Nothing for an account in which there is nothing to say.
fn part_text(part: &Part, role: &str) -> String {
    let mut lines = String::new();
    let width = part
        .steps
        .iter()
        .filter_map(|step| step.region.as_ref())
        .map(String::len)
        .max()
        .unwrap_or(0);
    for step in &part.steps {
        let region = step.region.as_deref().unwrap_or("");
        let _ = writeln!(
            lines,
            "  {} {region:width$}  {}",
            Sign::as_char(step.sign),
            step.summary
        );
        for difference in &step.differences {
            lines.push_str(&difference_text(difference, width));
        }
    }
    for skip in &part.skipped {
        let mark = if skip.blocked { "!" } else { "." };
        let _ = writeln!(
            lines,
            "  {mark} {} skips {}: {}",
            skip.region, skip.log_group, skip.reason
        );
    }
    for conflict in &part.conflicts {
        let _ = writeln!(lines, "  ! {conflict}");
    }
    for note in &part.notes {
        let _ = writeln!(lines, "  . {note}");
    }
    let head = format!("{} {}", part.account, part.name);
    let head = if role.is_empty() {
        head
    } else {
        format!("{head} ({role})")
    };
    match &part.status {
        Status::Ready if lines.is_empty() => String::new(),
        Status::Ready => format!("\n{head}\n{lines}"),
        Status::Skipped(reason) => format!("\n{head}\n  . skipped: {reason}\n{lines}"),
        Status::Failed(reason) => format!("\n{head}\n  ! failed: {reason}\n{lines}"),
    }
}
