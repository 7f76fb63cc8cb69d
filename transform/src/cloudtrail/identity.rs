//! Who did it: the user's name, id and mail address, and everyone else concerned.

use std::borrow::Cow;

use super::FIELDS;
use crate::document::{Cells, slot, source};
use crate::json::Level;

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
    let address = cells
        .text::<L>(cells.get(slot!(FIELDS, "source.ip")))
        .map(Cow::into_owned);
    cells.set_strings(slot!(FIELDS, "related.ip"), address.as_slice());
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
        .map(Cow::into_owned);
    let address = name.or_else(|| session.filter(|name| is_address(name)).map(<[u8]>::to_vec));
    if let Some(address) = address {
        cells.set_string(slot!(FIELDS, "user.email"), &address);
    }
}

fn is_address(name: &[u8]) -> bool {
    memchr::memchr(b'@', name).is_some_and(|at| at > 0 && at + 1 < name.len())
}

fn related_users<L: Level>(cells: &mut Cells<'_, '_>, session: Option<&[u8]>) {
    let known = [NAME, TARGET_NAME, slot!(FIELDS, "user.changes.name")];
    let names: Vec<Vec<u8>> = known
        .iter()
        .filter_map(|slot| cells.text::<L>(cells.get(*slot)))
        .map(Cow::into_owned)
        .chain(session.map(<[u8]>::to_vec))
        .collect();
    cells.set_strings(slot!(FIELDS, "related.user"), &names);
}
