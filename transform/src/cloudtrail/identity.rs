//! Who did it: the user's name, id and mail address, and everyone else concerned.

use super::FIELDS;
use crate::document::{Cell, Cells, slot, source};
use crate::json::Level;

const NAME: usize = slot!(FIELDS, "user.name");
const ISSUER: usize = slot!(
    FIELDS,
    "aws.cloudtrail.user_identity.session_context.session_issuer.user_name",
);
const SIGN_IN_NAME: usize = source!(FIELDS, "additionalEventData.UserName");
const ON_BEHALF_OF: usize = slot!(FIELDS, "aws.cloudtrail.user_identity.on_behalf_of.user_id");
const ID: usize = slot!(FIELDS, "user.id");

/// Others whom an event names.
const NAMES: [usize; 4] = [
    NAME,
    slot!(FIELDS, "user.target.name"),
    slot!(FIELDS, "user.changes.name"),
    slot!(
        FIELDS,
        "aws.cloudtrail.user_identity.session_context.source_identity",
    ),
];

/// Fills in the user fields.
pub fn apply<L: Level>(cells: &mut Cells<'_, '_>) {
    let session = session_name(cells);
    // The role's name stands in for a user's; Identity Center's sign-ins name the user elsewhere.
    for fallback in [SIGN_IN_NAME, ISSUER] {
        let cell = cells.get(fallback);
        cells.set_default(NAME, cell);
    }
    let email = [cells.get(NAME), session]
        .into_iter()
        .find(|cell| is_address(*cell));
    cells.set(slot!(FIELDS, "user.email"), email.unwrap_or_default());
    let [name, target, changed, source] = NAMES.map(|slot| cells.get(slot));
    cells.set_list::<L>(
        slot!(FIELDS, "related.user"),
        &[name, target, changed, session, source],
    );
    // The person wins over the role that acts for them; the role's id isn't lost.
    let person = cells.get(ON_BEHALF_OF);
    if !person.is_absent() {
        let principal = cells.get(ID);
        cells.set(
            slot!(FIELDS, "aws.cloudtrail.user_identity.principal_id"),
            principal,
        );
        cells.set(ID, person);
    }
    let address = cells.get(slot!(FIELDS, "source.ip"));
    cells.set_list::<L>(slot!(FIELDS, "related.ip"), &[address]);
}

/// The session's name: the part of the principal id behind the colon, which is no part of any
/// escape. The ids of other identity providers have colons too, with nobody's name behind them.
fn session_name<'a>(cells: &Cells<'a, '_>) -> Cell<'a> {
    let Cell::Text(principal) = cells.get(ID) else {
        return Cell::Absent;
    };
    let kind = cells.get(slot!(FIELDS, "aws.cloudtrail.user_identity.type"));
    if [Cell::Text(b"WebIdentityUser"), Cell::Text(b"SAMLUser")].contains(&kind) {
        return Cell::Absent;
    }
    match memchr::memchr(b':', principal) {
        Some(colon) if colon + 1 < principal.len() => Cell::Text(&principal[colon + 1..]),
        _ => Cell::Absent,
    }
}

/// Whether a text has an `@` between others.
fn is_address(cell: Cell<'_>) -> bool {
    let Cell::Text(name) = cell else {
        return false;
    };
    memchr::memchr(b'@', name).is_some_and(|at| at > 0 && at + 1 < name.len())
}
