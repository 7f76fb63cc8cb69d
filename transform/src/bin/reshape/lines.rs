//! One log message a line.

use std::io::{BufRead, Write};
use std::path::Path;

use anyhow::Context;
use sha1::{Digest, Sha1};
use transform::document::common::hex;
use transform::envelope::{Envelope, LogEvent, MessageType};
use transform::json::{escape, is_plainly_escaped};
use transform::reshape::{Reshaper, Written};

use crate::arguments::Arguments;
use crate::{Outcome, input, tell};

/// Writes the documents of the lines of `file`.
///
/// # Errors
/// The file can't be read, or the documents can't be written.
pub fn reshape(
    arguments: &Arguments,
    file: &Path,
    out: &mut impl Write,
) -> anyhow::Result<Outcome> {
    let mut reader = input::open(file)?;
    let mut lines = Lines::new(arguments, arguments.reshaper()?);
    let mut outcome = Outcome::Clean;
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        if reader
            .read_until(b'\n', &mut line)
            .with_context(|| format!("{}, line {number}: can't be read", input::name(file)))?
            == 0
        {
            break;
        }
        let text = String::from_utf8_lossy(line.trim_ascii_end());
        if text.is_empty() {
            continue;
        }
        match lines.document(number, text.as_bytes()) {
            Written::Nothing => continue,
            Written::Document(_) => {}
            Written::PipelineError(dataset) => {
                outcome = Outcome::WithErrors;
                tell(&format!(
                    "{}, line {number}: not readable as {}: see its document's error.message",
                    input::name(file),
                    dataset.name()
                ));
            }
        }
        out.write_all(&lines.document)?;
    }
    Ok(outcome)
}

/// Makes documents of lines as if CloudWatch Logs had sent them.
struct Lines {
    reshaper: Reshaper,
    log_group: Vec<u8>,
    owner: Vec<u8>,
    region: Vec<u8>,
    message: Vec<u8>,
    /// The last line's document, with its line end.
    document: Vec<u8>,
}

impl Lines {
    fn new(arguments: &Arguments, reshaper: Reshaper) -> Self {
        let escaped = |text: &str| {
            let mut content = Vec::new();
            escape(&mut content, text.as_bytes());
            content
        };
        Self {
            reshaper,
            log_group: escaped(&arguments.log_group),
            owner: escaped(arguments.account.as_deref().unwrap_or_default()),
            region: escaped(&arguments.region),
            message: Vec::new(),
            document: Vec::new(),
        }
    }

    fn document(&mut self, number: u64, line: &[u8]) -> Written {
        self.message.clear();
        escape(&mut self.message, line);
        // Equal lines are different events; the same file again gives the same ids.
        let id = Sha1::new()
            .chain_update(number.to_be_bytes())
            .chain_update(line)
            .finalize();
        let id = hex(&id);
        let event = LogEvent {
            raw: b"",
            id: id.as_bytes(),
            timestamp: None,
            message: &self.message,
            plainly_escaped: is_plainly_escaped(&self.message),
            account: b"",
            region: &self.region,
        };
        let envelope = Envelope {
            message_type: MessageType::Data,
            owner: &self.owner,
            log_group: &self.log_group,
            log_stream: b"",
            events: Vec::new(),
            head: b"",
            tail: b"",
        };
        self.document.clear();
        let written = self
            .reshaper
            .document(&envelope, &event, &mut self.document);
        self.document.push(b'\n');
        written
    }
}
