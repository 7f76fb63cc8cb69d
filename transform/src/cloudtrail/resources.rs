//! The resources that an event touched.

use super::FIELDS;
use crate::document::{Cell, Cells, slot, source};
use crate::json::{Cursor, Level, Malformed, Value, write_string};

const TARGET: usize = slot!(FIELDS, "aws.cloudtrail.resources");

/// Writes `resources[]` as `{arn, account_id, type}`; services disagree on `ARN` and `arn`.
pub fn apply<L: Level>(cells: &mut Cells<'_, '_>) {
    let Cell::Json(text) = cells.get(source!(FIELDS, "resources")) else {
        return;
    };
    let start = cells.own.len();
    let written = write::<L>(text, cells.own);
    cells.incomplete |= written != Ok(true);
    if written.is_err() {
        cells.own.truncate(start);
    }
    if cells.own.len() > start {
        cells.set(TARGET, Cell::Own(start, cells.own.len()));
    }
}

/// Appends the array; returns whether all of every resource is in it.
fn write<L: Level>(text: &[u8], out: &mut Vec<u8>) -> Result<bool, Malformed> {
    let start = out.len();
    let mut complete = true;
    out.push(b'[');
    Cursor::<L>::new(text).array(|cursor| {
        if cursor.peek() == Some(b'{') {
            complete &= resource(cursor, out)?;
        } else {
            complete &= cursor.value()? == Value::Null;
        }
        Ok(())
    })?;
    if out.len() == start + 1 {
        out.truncate(start);
    } else {
        out.pop();
        out.push(b']');
    }
    Ok(complete)
}

/// Appends one resource and a comma; returns whether all of it is there.
fn resource<L: Level>(cursor: &mut Cursor<'_, L>, out: &mut Vec<u8>) -> Result<bool, Malformed> {
    let mut complete = true;
    let mut parts: [(&[u8], &[u8]); 3] = [
        (b"\"arn\":", b""),
        (b"\"account_id\":", b""),
        (b"\"type\":", b""),
    ];
    cursor.object(|cursor, key| {
        let part = match key {
            b"ARN" | b"arn" | b"ARNPrefix" => Some(0),
            b"accountId" => Some(1),
            b"type" => Some(2),
            _ => None,
        };
        match (part, cursor.value()?) {
            (_, Value::Null) => {}
            (Some(part), Value::String(content)) if parts[part].1.is_empty() => {
                parts[part].1 = content;
            }
            _ => complete = false,
        }
        Ok(())
    })?;
    let start = out.len();
    for (name, content) in parts.iter().filter(|(_, content)| !content.is_empty()) {
        out.push(if out.len() == start { b'{' } else { b',' });
        out.extend_from_slice(name);
        write_string::<L>(out, content);
    }
    if out.len() > start {
        out.extend_from_slice(b"},");
    }
    Ok(complete)
}
