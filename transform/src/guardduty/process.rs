//! The process that Runtime Monitoring saw, and its parent.

use super::FIELDS;
use crate::document::{Cell, Cells, slot, source, time};
use crate::json::{Cursor, Level, Value, write_quoted};

const LINEAGE: usize = source!(FIELDS, "service.runtimeDetails.process.lineage");
/// The keys of a process in the lineage.
const KEYS: [&str; 6] = [
    "uuid",
    "name",
    "executablePath",
    "pid",
    "startTime",
    "userId",
];

/// One process of the lineage, by [`KEYS`].
type Process<'a> = [Option<Value<'a>>; KEYS.len()];

/// Fills in `process.parent`: the process of the lineage that has the parent's id, or its first.
pub fn apply<L: Level>(cells: &mut Cells<'_, '_>) {
    let Cell::Json(text) = cells.get(LINEAGE) else {
        return;
    };
    let id = cells.get(slot!(FIELDS, "process.parent.entity_id"));
    let Some([_, name, executable, pid, start, user]) = parent::<L>(text, id) else {
        return;
    };
    let text = |value| match value {
        Some(Value::String(text)) => Cell::Text(text),
        _ => Cell::Absent,
    };
    cells.set(slot!(FIELDS, "process.parent.name"), text(name));
    cells.set(slot!(FIELDS, "process.parent.executable"), text(executable));
    if let Some(Value::Number(digits)) = pid
        && digits.len() < 19
        && digits.iter().all(u8::is_ascii_digit)
    {
        cells.set(slot!(FIELDS, "process.parent.pid"), Cell::Json(digits));
    }
    begun(cells, start);
    match user {
        Some(Value::Number(digits)) => {
            cells.set_own(slot!(FIELDS, "process.parent.user.id"), |own| {
                write_quoted(own, digits);
            });
        }
        user => cells.set(slot!(FIELDS, "process.parent.user.id"), text(user)),
    }
}

/// Sets when the parent began, in any of the forms of dates.
fn begun(cells: &mut Cells<'_, '_>, start: Option<Value<'_>>) {
    let Some(Value::String(date) | Value::Number(date)) = start else {
        return;
    };
    let at = cells.own.len();
    if time::write_other_form(cells.own, date) {
        let end = cells.own.len();
        cells.set(slot!(FIELDS, "process.parent.start"), Cell::Own(at, end));
    } else {
        cells.own.truncate(at);
    }
}

fn parent<'a, L: Level>(lineage: &'a [u8], id: Cell<'a>) -> Option<Process<'a>> {
    let mut found = None;
    let mut certain = false;
    // What isn't JSON is found when the list is flattened.
    let _ = Cursor::<L>::new(lineage).array(|cursor| {
        let mut process = Process::default();
        if certain || cursor.peek() != Some(b'{') {
            return cursor.value().map(|_| ());
        }
        cursor.object(|cursor, key| {
            let value = cursor.value()?;
            if let Some(at) = KEYS.iter().position(|known| known.as_bytes() == key) {
                process[at] = Some(value);
            }
            Ok(())
        })?;
        certain = matches!(process[0], Some(Value::String(uuid)) if Cell::Text(uuid) == id);
        if certain || found.is_none() {
            found = Some(process);
        }
        Ok(())
    });
    found
}
