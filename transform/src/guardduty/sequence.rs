//! What an attack sequence indicates in the terms of MITRE ATT&CK.

use super::FIELDS;
use crate::document::{Cell, Cells, slot, source};
use crate::json::{Cursor, Level, Value};

const INDICATORS: usize = source!(FIELDS, "service.detection.sequence.sequenceIndicators");
/// As many are taken; there are fourteen tactics.
const MOST: usize = 100;

/// The keys of indicators ("`Indicator`", Amazon GuardDuty API) and where their values go.
const KEYS: [(&[u8], usize); 2] = [
    (b"ATTACK_TACTIC", slot!(FIELDS, "threat.tactic.name")),
    (b"ATTACK_TECHNIQUE", slot!(FIELDS, "threat.technique.id")),
];

/// Fills in the tactics and techniques of a sequence.
pub fn apply<L: Level>(cells: &mut Cells<'_, '_>) {
    let Cell::Json(indicators) = cells.get(INDICATORS) else {
        return;
    };
    for (key, slot) in KEYS {
        let values = values::<L>(indicators, key);
        if !values.is_empty() {
            cells.set(
                slot!(FIELDS, "threat.framework"),
                Cell::Static("\"MITRE ATT&CK\""),
            );
            cells.set_list::<L>(slot, &values);
        }
    }
}

/// The texts under `values` of the indicators of one key.
fn values<'a, L: Level>(indicators: &'a [u8], wanted: &[u8]) -> Vec<Cell<'a>> {
    let mut found = Vec::new();
    // What isn't JSON has been found when the list was flattened.
    let _ = Cursor::<L>::new(indicators).array(|cursor| {
        let Value::Object(indicator) = cursor.value()? else {
            return Ok(());
        };
        let (mut is_wanted, mut list) = (false, None);
        Cursor::<L>::new(indicator).object(|cursor, key| {
            match (key, cursor.value()?) {
                (b"key", Value::String(text)) => is_wanted = text == wanted,
                (b"values", Value::Array(text)) => list = Some(text),
                _ => {}
            }
            Ok(())
        })?;
        let Some(list) = list.filter(|_| is_wanted) else {
            return Ok(());
        };
        Cursor::<L>::new(list).array(|cursor| {
            match cursor.value()? {
                Value::String(text) if !text.is_empty() && found.len() < MOST => {
                    found.push(Cell::Text(text));
                }
                _ => {}
            }
            Ok(())
        })
    });
    found
}
