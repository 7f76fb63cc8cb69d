//! Files that are CloudWatch Logs payloads.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, anyhow};
use transform::envelope::{self, MessageType};
use transform::gunzip::{Gunzip, MAGIC};
use transform::reshape::Written;

use crate::arguments::Arguments;
use crate::{Outcome, input, tell};

/// The largest payload that is decompressed, in bytes.
const MOST_BYTES: usize = 1 << 30;

/// Writes the documents of the payload in `file`.
///
/// # Errors
/// The file can't be read or is no payload, or the documents can't be written.
pub fn reshape(
    arguments: &Arguments,
    file: &Path,
    out: &mut impl Write,
) -> anyhow::Result<Outcome> {
    let named = || input::name(file);
    let mut text = decode(input::read(file)?).with_context(named)?;
    envelope::clean(&mut text);
    let envelopes = envelope::parse(&text).with_context(named)?;
    let mut reshaper = arguments.reshaper()?;
    let mut outcome = Outcome::Clean;
    let mut document = Vec::new();
    for envelope in envelopes
        .iter()
        .filter(|envelope| envelope.message_type == MessageType::Data)
    {
        for (at, event) in envelope.events.iter().enumerate() {
            document.clear();
            match reshaper.document(envelope, event, &mut document) {
                Written::Nothing => continue,
                Written::Document(_) => {}
                Written::PipelineError(dataset) => {
                    outcome = Outcome::WithErrors;
                    tell(&format!(
                        "{}, event {}: not readable as {}: see its document's error.message",
                        named(),
                        at + 1,
                        dataset.name()
                    ));
                }
            }
            document.push(b'\n');
            out.write_all(&document)?;
        }
    }
    Ok(outcome)
}

/// The JSON of a payload that is JSON, gzip, or base64 of gzip.
fn decode(bytes: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    if bytes.trim_ascii_start().starts_with(b"{") {
        return Ok(bytes);
    }
    let packed = if bytes.starts_with(&MAGIC) {
        bytes
    } else {
        let base64 = bytes.trim_ascii();
        base64_simd::STANDARD
            .decode_to_vec(base64)
            .ok()
            .filter(|decoded| decoded.starts_with(&MAGIC))
            .ok_or_else(|| anyhow!("neither JSON nor gzip nor base64 of gzip"))?
    };
    let mut text = Vec::new();
    Gunzip::default().gunzip(&packed, &mut text, MOST_BYTES)?;
    Ok(text)
}
