//! The resources that an event touched.

use super::FIELDS;
use crate::document::{Cell, Cells, slot, source};
use crate::json::{Cursor, Level, Malformed, Value, write_string};

const TARGET: usize = slot(FIELDS, "aws.cloudtrail.resources");

/// Writes `resources[]` as `{arn, account_id, type}`; services disagree on `ARN` and `arn`.
pub fn apply<L: Level>(cells: &mut Cells<'_, '_>) {
    let Cell::Json(text) = cells.get(source(FIELDS, "resources")) else {
        return;
    };
    let start = cells.own.len();
    let written = write::<L>(text, cells.own);
    let end = cells.own.len();
    match written {
        Ok(()) if end > start => cells.set(TARGET, Cell::Own(start, end)),
        Ok(()) => {}
        Err(Malformed) => {
            cells.own.truncate(start);
            cells.incomplete = true;
        }
    }
}

fn write<L: Level>(text: &[u8], out: &mut Vec<u8>) -> Result<(), Malformed> {
    let start = out.len();
    out.push(b'[');
    Cursor::<L>::new(text).array(|cursor| {
        if cursor.peek() == Some(b'{') {
            resource(cursor, out)
        } else {
            cursor.value().map(|_| ())
        }
    })?;
    if out.len() == start + 1 {
        out.truncate(start);
    } else {
        out.pop();
        out.push(b']');
    }
    Ok(())
}

fn resource<L: Level>(cursor: &mut Cursor<'_, L>, out: &mut Vec<u8>) -> Result<(), Malformed> {
    let mut parts: [(&str, &[u8]); 3] = [("arn", b""), ("account_id", b""), ("type", b"")];
    cursor.object(|cursor, key| {
        let value = cursor.value()?;
        let part = match key {
            b"ARN" | b"arn" | b"ARNPrefix" => 0,
            b"accountId" => 1,
            b"type" => 2,
            _ => return Ok(()),
        };
        if let Value::String(content) = value {
            parts[part].1 = content;
        }
        Ok(())
    })?;
    let start = out.len();
    for (name, content) in parts.iter().filter(|(_, content)| !content.is_empty()) {
        out.push(if out.len() == start { b'{' } else { b',' });
        out.extend_from_slice(format!("\"{name}\":").as_bytes());
        write_string::<L>(out, content);
    }
    if out.len() > start {
        out.extend_from_slice(b"},");
    }
    Ok(())
}
