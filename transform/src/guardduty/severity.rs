//! The severity of a finding, as a number and in words.

use super::FIELDS;
use crate::document::{Cell, Cells, slot};

/// Fills in `event.severity` (whole) and the level's name: Low below 4, Medium below 7, High below 9,
/// Critical from there ("Severity levels of GuardDuty findings", Amazon GuardDuty User Guide).
pub fn apply(cells: &mut Cells<'_, '_>) {
    let text = match cells.get(slot!(FIELDS, "aws.guardduty.severity.code")) {
        Cell::Json(text) => text,
        Cell::Own(start, end) => &cells.own[start..end],
        _ => return,
    };
    let Some(number) = std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse::<f64>().ok())
    else {
        return;
    };
    let name = match number {
        ..4.0 => "\"Low\"",
        4.0..7.0 => "\"Medium\"",
        7.0..9.0 => "\"High\"",
        _ => "\"Critical\"",
    };
    cells.set(
        slot!(FIELDS, "aws.guardduty.severity.value"),
        Cell::Static(name),
    );
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a severity is between 0 and 10; others saturate"
    )]
    let whole = number.floor() as i64;
    let whole = cells.own_integer(whole);
    cells.set(slot!(FIELDS, "event.severity"), whole);
}
