//! Whether it succeeded.

use super::FIELDS;
use crate::document::{Cell, Cells, slot, source};

/// Where sign-ins say how they ended ("AWS Management Console sign-in events"; "IAM Identity Center
/// sign-in events").
const ANSWERS: [usize; 10] = [
    source!(FIELDS, "responseElements.ConsoleLogin"),
    source!(FIELDS, "responseElements.SwitchRole"),
    source!(FIELDS, "responseElements.ExitRole"),
    source!(FIELDS, "responseElements.RenewRole"),
    source!(FIELDS, "responseElements.CheckMfa"),
    source!(FIELDS, "responseElements.GetSigninToken"),
    source!(FIELDS, "responseElements.ExternalIdPDirectoryLogin"),
    source!(FIELDS, "serviceEventDetails.CredentialChallenge"),
    source!(FIELDS, "serviceEventDetails.CredentialVerification"),
    source!(FIELDS, "serviceEventDetails.UserAuthentication"),
];

/// What a console sign-in says with `Yes` or `No`, and where that is read from.
const CONSOLE: [(usize, usize); 2] = [
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
            "aws.cloudtrail.console_login.additional_eventdata.mfa_used",
        ),
        source!(FIELDS, "additionalEventData.MFAUsed"),
    ),
];

/// Fills in `event.outcome`: an error code or an error message, either alone, is a failure; a sign-in
/// says it in its response. What only tells of calls, an Insights event or a summary of many, has none.
pub fn apply(cells: &mut Cells<'_, '_>) {
    if cells.get(slot!(FIELDS, "event.action")) == Cell::Text(b"ConsoleLogin") {
        console(cells);
    }
    let told_of = [
        slot!(FIELDS, "aws.cloudtrail.insight_details"),
        slot!(FIELDS, "aws.cloudtrail.flattened.summary"),
    ];
    if told_of.iter().any(|slot| !cells.get(*slot).is_absent()) {
        return;
    }
    let failed = [slot!(FIELDS, "error.code"), slot!(FIELDS, "error.message")]
        .iter()
        .any(|slot| !cells.get(*slot).is_absent());
    let mut outcome = Cell::Static(if failed { "\"failure\"" } else { "\"success\"" });
    for answer in ANSWERS {
        let Cell::Own(start, end) = cells.get(answer) else {
            continue;
        };
        match &cells.own[start..end] {
            b"\"success\"" => outcome = Cell::Static("\"success\""),
            b"\"failure\"" => outcome = Cell::Static("\"failure\""),
            _ => {}
        }
    }
    cells.set(slot!(FIELDS, "event.outcome"), outcome);
}

/// Fills in the fields of a console sign-in.
fn console(cells: &mut Cells<'_, '_>) {
    for (target, source) in CONSOLE {
        let answer = match cells.get(source) {
            Cell::Text(b"Yes") => Cell::Static("true"),
            Cell::Text(b"No") => Cell::Static("false"),
            _ => Cell::Absent,
        };
        cells.set(target, answer);
    }
    let address = cells.get(source!(FIELDS, "additionalEventData.LoginTo"));
    cells.set(
        slot!(
            FIELDS,
            "aws.cloudtrail.console_login.additional_eventdata.login_to",
        ),
        address,
    );
}
