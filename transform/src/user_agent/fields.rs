//! The parts of a user agent as fields of a document.

use super::{Recent, parse};
use crate::document::{Cell, Cells};
use crate::json::{Level, write_quoted};

/// How many fields an agent fills.
pub(super) const FIELDS: usize = 6;

/// The rows of a dataset's table that are about the user agent.
#[derive(Debug, Clone, Copy)]
pub struct Slots {
    /// `user_agent.original`, which has been read.
    pub original: usize,
    /// `user_agent.name`, `.version`, `.device.name`, `.os.name`, `.os.version` and `.os.full`.
    pub parts: [usize; FIELDS],
}

/// Finds the slots of `$rows` while compiling.
macro_rules! agent_slots {
    ($rows:expr) => {
        $crate::user_agent::Slots {
            original: $crate::document::slot!($rows, "user_agent.original"),
            parts: [
                $crate::document::slot!($rows, "user_agent.name"),
                $crate::document::slot!($rows, "user_agent.version"),
                $crate::document::slot!($rows, "user_agent.device.name"),
                $crate::document::slot!($rows, "user_agent.os.name"),
                $crate::document::slot!($rows, "user_agent.os.version"),
                $crate::document::slot!($rows, "user_agent.os.full"),
            ],
        }
    };
}
pub(crate) use agent_slots;

impl Slots {
    /// Fills in the parts of the agent that has been read; `recent` remembers those of the agents
    /// before it.
    pub fn fill<L: Level>(&self, cells: &mut Cells<'_, '_>, recent: &mut Recent) {
        let agent = cells.get(self.original);
        if let Cell::Text(content) = agent
            && memchr::memchr(b'\\', content).is_none()
        {
            let fields = recent.get(content);
            self.set(cells, fields);
        } else if let Some(text) = cells.text::<L>(agent) {
            let fields = Fields::new(&text);
            self.set(cells, &fields);
        }
    }

    fn set(&self, cells: &mut Cells<'_, '_>, fields: &Fields) {
        if fields.json.is_empty() {
            return;
        }
        let mut start = cells.own.len();
        cells.own.extend_from_slice(&fields.json);
        for (slot, length) in self.parts.iter().zip(fields.lengths) {
            if length > 0 {
                let end = start + usize::from(length);
                cells.set(*slot, Cell::Own(start, end));
                start = end;
            }
        }
    }
}

/// The fields of one agent as JSON text.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// The values, one behind the other.
    json: Vec<u8>,
    /// How long each is; of those that the agent doesn't tell, nothing.
    lengths: [u16; FIELDS],
}

impl Fields {
    /// Reads the agent `text`.
    pub fn new(text: &[u8]) -> Self {
        let mut fields = Self::default();
        fields.read(text);
        fields
    }

    /// Reads the agent `text` in place of the one before.
    pub fn read(&mut self, text: &[u8]) {
        let agent = parse(text);
        self.json.clear();
        let dotted: Vec<u8>;
        let version = if agent.os_version.contains(&b'_') {
            dotted = with_dots(agent.os_version);
            &dotted
        } else {
            agent.os_version
        };
        let full: &[&[u8]] = match (agent.os_name, version) {
            (b"", _) => &[],
            (name, b"") => &[name],
            (name, version) => &[name, b" ", version],
        };
        self.lengths = [
            self.add(&[agent.name]),
            self.add(&[agent.version]),
            self.add(&[agent.device]),
            self.add(&[agent.os_name]),
            self.add(&[version]),
            self.add(full),
        ];
    }

    /// Appends a JSON string of `parts`, unless they are empty. Returns its length.
    fn add(&mut self, parts: &[&[u8]]) -> u16 {
        let start = self.json.len();
        if parts.iter().all(|part| part.is_empty()) {
            return 0;
        }
        match parts {
            [part] => write_quoted(&mut self.json, part),
            parts => write_quoted(&mut self.json, &parts.concat()),
        }
        // Only the first kilobyte of an agent is read, and six times that in escapes fits.
        u16::try_from(self.json.len() - start).unwrap_or(0)
    }
}

fn with_dots(version: &[u8]) -> Vec<u8> {
    let dot = |byte: &u8| if *byte == b'_' { b'.' } else { *byte };
    version.iter().map(dot).collect()
}
