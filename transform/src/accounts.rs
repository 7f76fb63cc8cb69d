//! Which accounts sent: with `COUNT_ACCOUNTS`, a line of the log for each, which a rule of CloudWatch's
//! Contributor Insights counts. Fewer accounts than before are accounts that dropped out.

use std::collections::BTreeMap;

use crate::envelope::Envelope;

/// The accounts of one invocation, each with the events that it sent.
#[derive(Debug, Default)]
pub struct Accounts {
    counted: bool,
    events: BTreeMap<[u8; 12], u64>,
}

impl Accounts {
    /// Counts only where `counted`.
    #[must_use]
    pub fn new(counted: bool) -> Self {
        Self {
            counted,
            events: BTreeMap::new(),
        }
    }

    /// Forgets what was counted.
    pub fn clear(&mut self) {
        self.events.clear();
    }

    /// Counts the events of one message. An owner that is no account's id is somebody's invention.
    pub fn add(&mut self, envelope: &Envelope<'_>) {
        let Ok(account) = <[u8; 12]>::try_from(envelope.owner) else {
            return;
        };
        let events = envelope.events.len() as u64;
        if self.counted && events > 0 && account.iter().all(u8::is_ascii_digit) {
            *self.events.entry(account).or_default() += events;
        }
    }

    /// A line for each account, and forgets them: `{"Account":"111111111111","Events":12}`.
    pub fn lines(&mut self) -> Vec<String> {
        let line = |(account, events): ([u8; 12], u64)| {
            let account = String::from_utf8_lossy(&account).into_owned();
            format!(r#"{{"Account":"{account}","Events":{events}}}"#)
        };
        std::mem::take(&mut self.events)
            .into_iter()
            .map(line)
            .collect()
    }
}
