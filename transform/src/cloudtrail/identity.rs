//! Who did it: the user's name, id and mail address, and everyone else concerned.

use super::FIELDS;
use crate::document::{Cell, Cells, slot, source};
use crate::json::{Level, write_quoted};

const NAME: usize = slot!(FIELDS, "user.name");
const ISSUER: usize = slot!(
    FIELDS,
    "aws.cloudtrail.user_identity.session_context.session_issuer.user_name",
);
const SIGN_IN_NAME: usize = source!(FIELDS, "additionalEventData.UserName");
const ON_BEHALF_OF: usize = slot!(FIELDS, "aws.cloudtrail.user_identity.on_behalf_of.user_id");
const PRINCIPAL: usize = slot!(FIELDS, "user.id");
const TARGET_NAME: usize = slot!(FIELDS, "user.target.name");

/// Fills in the user fields.
pub fn apply<L: Level>(cells: &mut Cells<'_, '_>) {
    let session = session_name::<L>(cells);
    // The role's name stands in for a user's; Identity Center's sign-ins name the user elsewhere.
    for fallback in [SIGN_IN_NAME, ISSUER] {
        let cell = cells.get(fallback);
        cells.set_default(NAME, cell);
    }
    email::<L>(cells, session.as_deref());
    related_users::<L>(cells, session.as_deref());
    let person = cells.get(ON_BEHALF_OF);
    if !person.is_absent() {
        cells.set(PRINCIPAL, person);
    }
    if let Cell::Text(address) = cells.get(slot!(FIELDS, "source.ip")) {
        cells.set_own(slot!(FIELDS, "related.ip"), |own| {
            own.push(b'[');
            crate::json::write_string::<L>(own, address);
            own.push(b']');
        });
    }
}

/// The session's name of an assumed role: the part of the principal id behind the colon.
fn session_name<L: Level>(cells: &Cells<'_, '_>) -> Option<Vec<u8>> {
    let principal = cells.text::<L>(cells.get(PRINCIPAL))?;
    let colon = memchr::memchr(b':', &principal)?;
    let name = &principal[colon + 1..];
    (!name.is_empty()).then(|| name.to_vec())
}

fn email<L: Level>(cells: &mut Cells<'_, '_>, session: Option<&[u8]>) {
    let name = cells
        .text::<L>(cells.get(NAME))
        .filter(|name| is_address(name))
        .map(std::borrow::Cow::into_owned);
    let address = name.or_else(|| session.filter(|name| is_address(name)).map(<[u8]>::to_vec));
    if let Some(address) = address {
        cells.set_string(slot!(FIELDS, "user.email"), &address);
    }
}

fn is_address(name: &[u8]) -> bool {
    memchr::memchr(b'@', name).is_some_and(|at| at > 0 && at + 1 < name.len())
}

fn related_users<L: Level>(cells: &mut Cells<'_, '_>, session: Option<&[u8]>) {
    let mut names: Vec<Vec<u8>> = Vec::with_capacity(4);
    let known = [NAME, TARGET_NAME, slot!(FIELDS, "user.changes.name")];
    let of_cells = known
        .iter()
        .filter_map(|slot| cells.text::<L>(cells.get(*slot)));
    for name in of_cells
        .map(std::borrow::Cow::into_owned)
        .chain(session.map(<[u8]>::to_vec))
    {
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return;
    }
    cells.set_own(slot!(FIELDS, "related.user"), |own| {
        for (at, name) in names.iter().enumerate() {
            own.push(if at == 0 { b'[' } else { b',' });
            write_quoted(own, name);
        }
        own.push(b']');
    });
}
