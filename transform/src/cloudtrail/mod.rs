//! CloudTrail events.

mod category;
mod fields;
mod identity;
mod outcome;
mod resources;

use std::sync::LazyLock;

use crate::dataset::Dataset;
use crate::document::common::Context;
use crate::document::{Cell, Cells, Table, read, slot, time};
use crate::json::{Level, Malformed};
use crate::user_agent::{Recent, Slots, agent_slots};

pub use fields::FIELDS;

/// The table, made ready.
pub static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(FIELDS));

/// Where the user agent goes.
const AGENT: Slots = agent_slots!(FIELDS);

/// Reads a CloudTrail event of level `L` and appends its document to `out`; `agents` remembers user
/// agents from one event to the next.
///
/// # Errors
/// [`Malformed`] where the message isn't one JSON object; nothing has been appended then.
pub fn write<'a, L: Level>(
    text: &'a [u8],
    context: &Context<'a>,
    cells: &mut Cells<'a, '_>,
    agents: &mut Recent,
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    read::<L>(&TABLE, text, cells)?;
    identity::apply::<L>(cells);
    category::apply(cells);
    outcome::apply(cells);
    resources::apply::<L>(cells);
    AGENT.fill::<L>(cells, agents);
    transport_security(cells);
    if cells.get(slot!(FIELDS, "cloud.account.id")).is_absent() {
        let account = cells.get(slot!(FIELDS, "aws.cloudtrail.user_identity.account_id"));
        cells.set(slot!(FIELDS, "cloud.account.id"), account);
    }
    cells.set_own(slot!(FIELDS, "event.created"), |own| {
        time::write_millis(own, context.time());
    });
    cells.set_unmapped(slot!(FIELDS, "aws.cloudtrail.flattened.unmapped"));
    context.fill(cells, Dataset::CloudTrail);
    TABLE.write::<L>(cells, out);
    Ok(())
}

/// `TLSv1.3` becomes `tls.version_protocol: tls` and `tls.version: 1.3`.
fn transport_security(cells: &mut Cells<'_, '_>) {
    let Cell::Text(version) = cells.get(slot!(FIELDS, "aws.cloudtrail.tls_version")) else {
        return;
    };
    let (protocol, number) = match version {
        [b'T', b'L', b'S', b'v', number @ ..] => ("\"tls\"", number),
        [b'S', b'S', b'L', b'v', number @ ..] => ("\"ssl\"", number),
        _ => return,
    };
    cells.set(
        slot!(FIELDS, "tls.version_protocol"),
        Cell::Static(protocol),
    );
    cells.set(slot!(FIELDS, "tls.version"), Cell::Text(number));
}
