//! Whether it succeeded.

use super::FIELDS;
use crate::document::{Cell, Cells, slot, source};
use crate::json::Level;

/// Console fields and where they are read from.
const CONSOLE: [(usize, usize); 3] = [
    (
        slot!(
            FIELDS,
            "aws.cloudtrail.console_login.additional_eventdata.mobile_version",
        ),
        source!(FIELDS, "additionalEventData.MobileVersion"),
    ),
    (
        slot!(
            FIELDS,
            "aws.cloudtrail.console_login.additional_eventdata.login_to",
        ),
        source!(FIELDS, "additionalEventData.LoginTo"),
    ),
    (
        slot!(
            FIELDS,
            "aws.cloudtrail.console_login.additional_eventdata.mfa_used",
        ),
        source!(FIELDS, "additionalEventData.MFAUsed"),
    ),
];

/// Fills in `event.outcome`: an error code or an error message, either alone, is a failure; a console
/// sign-in says it in its response.
pub fn apply<L: Level>(cells: &mut Cells<'_, '_>) {
    let failed = [slot!(FIELDS, "error.code"), slot!(FIELDS, "error.message")]
        .iter()
        .any(|slot| !cells.get(*slot).is_absent());
    let mut outcome = Cell::Static(if failed { "\"failure\"" } else { "\"success\"" });
    if cells
        .text::<L>(cells.get(slot!(FIELDS, "event.action")))
        .as_deref()
        == Some(b"ConsoleLogin")
    {
        let answer = cells.get(source!(FIELDS, "responseElements.ConsoleLogin"));
        if !answer.is_absent() {
            outcome = answer;
        }
        for (target, source) in CONSOLE {
            let cell = cells.get(source);
            cells.set(target, cell);
        }
    }
    cells.set(slot!(FIELDS, "event.outcome"), outcome);
}
