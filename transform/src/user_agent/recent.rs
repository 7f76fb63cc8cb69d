//! Agents are few and come again and again: the fields of those that were last seen are kept.

use super::READ_BYTES;
use super::fields::Fields;

/// Places; an agent can stand in one of them only, so that finding it costs one comparison.
const PLACES: usize = 64;

/// The fields of the agents that were last seen.
#[derive(Debug, Default)]
pub struct Recent {
    places: Vec<(Vec<u8>, Fields)>,
    /// Of an agent that is too long to keep.
    long: Fields,
}

impl Recent {
    /// The fields of the agent `text`.
    pub(super) fn get(&mut self, text: &[u8]) -> &Fields {
        if text.len() > READ_BYTES {
            self.long.read(text);
            return &self.long;
        }
        if self.places.is_empty() {
            self.places.resize_with(PLACES, Default::default);
        }
        let (known, fields) = &mut self.places[place(text)];
        if known != text {
            fields.read(text);
            known.clear();
            known.extend_from_slice(text);
        }
        fields
    }
}

/// The place of `text`, by its length and what varies most, its middle and its end.
fn place(text: &[u8]) -> usize {
    let middle = text.get(text.len() / 2).copied().unwrap_or_default();
    let last = text
        .last_chunk::<4>()
        .map_or(0, |end| u32::from_le_bytes(*end));
    let mixed = (last ^ u32::from(middle))
        .wrapping_add(u32::try_from(text.len()).unwrap_or_default())
        .wrapping_mul(0x9E37_79B1);
    (mixed >> 26) as usize % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Cell, Cells, Scratch};
    use crate::json::Plain;
    use crate::user_agent::Slots;

    fn written(recent: &mut Recent, agent: &[u8]) -> String {
        let (mut scratch, mut out) = (Scratch::default(), Vec::new());
        let mut cells = Cells::new(&mut scratch);
        cells.begin(7);
        let slots = Slots {
            original: 0,
            parts: [1, 2, 3, 4, 5, 6],
        };
        cells.set(0, Cell::Text(agent));
        slots.fill::<Plain>(&mut cells, recent);
        for slot in slots.parts {
            cells.write::<Plain>(&mut out, cells.get(slot));
            out.push(b' ');
        }
        String::from_utf8(out).unwrap_or_default()
    }

    #[test]
    fn an_agent_that_was_seen_has_the_same_fields_again() {
        let agents: Vec<String> = (0..500)
            .map(|number| format!("tool{number}/1.{number} Linux/5.{number}"))
            .chain([String::new(), "x".repeat(5000), "a".to_owned()])
            .collect();
        let mut recent = Recent::default();
        for _ in 0..3 {
            for agent in &agents {
                let fresh = written(&mut Recent::default(), agent.as_bytes());
                assert_eq!(written(&mut recent, agent.as_bytes()), fresh);
                assert_eq!(written(&mut recent, agent.as_bytes()), fresh);
            }
        }
    }

    #[test]
    fn escapes_are_read_and_written() {
        let mut recent = Recent::default();
        assert_eq!(
            written(&mut recent, br#"say\"hi\"/1.2 (linux)"#),
            r#""say\"hi\"" "1.2" null "Linux" null "Linux" "#
        );
        assert_eq!(
            written(
                &mut recent,
                b"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.1 Safari/605"
            ),
            r#""Safari" "17.1" "Mac" "Mac OS X" "10.15.7" "Mac OS X 10.15.7" "#
        );
    }
}
