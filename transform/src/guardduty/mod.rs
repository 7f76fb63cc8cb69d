//! GuardDuty findings, alone or in the `EventBridge` event that carries them.

mod fields;
mod lists;
mod parties;
mod process;
mod related;
mod rule;
mod sequence;
mod severity;
mod subject;

use std::sync::LazyLock;

use crate::dataset::Dataset;
use crate::document::common::Context;
use crate::document::{Cell, Cells, Table, read_object, slot};
use crate::json::{Cursor, Level, Malformed};
use crate::user_agent::{Recent, Slots, agent_slots};

pub use fields::FIELDS;

/// The table, made ready.
pub static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(FIELDS));

/// Where the user agent goes.
const AGENT: Slots = agent_slots!(FIELDS);

/// Reads a finding of level `L` and appends its document to `out`.
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
    read_finding::<L>(text, cells)?;
    document_id::<L>(cells);
    severity::apply(cells);
    rule::apply(cells);
    parties::apply::<L>(cells);
    subject::apply::<L>(cells);
    process::apply::<L>(cells);
    sequence::apply::<L>(cells);
    related::apply::<L>(cells);
    AGENT.fill::<L>(cells, agents);
    cells.set(slot!(FIELDS, "event.kind"), Cell::Static("\"alert\""));
    cells.set(slot!(FIELDS, "event.type"), Cell::Static("[\"info\"]"));
    cells.set_unmapped(slot!(FIELDS, "aws.guardduty.flattened.unmapped"));
    context.fill(cells, Dataset::GuardDuty);
    TABLE.write::<L>(cells, out);
    Ok(())
}

/// Reads the finding under `detail` of an `EventBridge` event, or the message itself.
fn read_finding<'a, L: Level>(text: &'a [u8], cells: &mut Cells<'a, '_>) -> Result<(), Malformed> {
    let mut wrapped = false;
    let mut cursor = Cursor::<L>::new(text);
    cursor.object(|cursor, key| {
        if key == b"detail" && cursor.peek() == Some(b'{') && !wrapped {
            wrapped = true;
            read_object(&TABLE, cursor, cells)
        } else {
            cursor.value().map(|_| ())
        }
    })?;
    if !cursor.at_end() {
        return Err(Malformed);
    }
    if wrapped {
        Ok(())
    } else {
        read_object(&TABLE, &mut Cursor::<L>::new(text), cells)
    }
}

/// A finding is sent again under the same id when it is seen again: only with the time of the
/// update is it one document.
fn document_id<L: Level>(cells: &mut Cells<'_, '_>) {
    let id = cells.get(slot!(FIELDS, "event.id"));
    if id.is_absent() {
        return;
    }
    let start = cells.own.len();
    cells.append::<L>(id);
    let updated = cells.get(slot!(FIELDS, "@timestamp"));
    if !updated.is_absent() {
        cells.own.pop();
        let quote = cells.own.len();
        cells.append::<L>(updated);
        cells.own[quote] = b'-';
    }
    let end = cells.own.len();
    cells.set(
        slot!(FIELDS, "tributary.document_id"),
        Cell::Own(start, end),
    );
}
