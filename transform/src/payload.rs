//! A record's data, from base64 to the text of CloudWatch Logs or to a finished document.

use crate::envelope;
use crate::event::Text;
use crate::finished;
use crate::gunzip::{Gunzip, GunzipError, MAGIC};
use crate::outcome::Failed;

/// What a record holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Payload<'a> {
    /// Nothing at all.
    Empty,
    /// The decompressed messages of CloudWatch Logs.
    Messages(&'a [u8]),
    /// A document that was put back, and now returns.
    Document(&'a [u8]),
    /// An answer, gzipped or not, or an object of the archive, that came back: finished documents.
    Documents(Vec<&'a [u8]>),
}

/// Decodes records, one after the other, in buffers that are used again.
#[derive(Debug)]
pub struct PayloadReader {
    max_bytes: usize,
    decoded: Vec<u8>,
    text: Vec<u8>,
    gunzip: Gunzip,
}

/// A buffer that grew beyond this for one large payload is given back afterwards.
const KEPT_BYTES: usize = 16 << 20;

impl PayloadReader {
    /// A reader that refuses payloads of more than `max_bytes` decompressed bytes.
    #[must_use]
    pub fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            decoded: Vec::new(),
            text: Vec::new(),
            gunzip: Gunzip::default(),
        }
    }

    /// Decodes `data` of one record.
    ///
    /// # Errors
    /// The reason why it can't be read.
    pub fn read(&mut self, data: &Text<'_>) -> Result<Payload<'_>, Failed> {
        self.decoded.clear();
        if self.text.capacity() > KEPT_BYTES {
            self.text = Vec::new();
        }
        match data {
            Text::Absent => return Ok(Payload::Empty),
            Text::Other => return Err(Failed::BadBase64),
            Text::Text(base64) => base64_simd::STANDARD
                .decode_append(base64.as_bytes(), &mut self.decoded)
                .map_err(|_| Failed::BadBase64)?,
        }
        if self.decoded.is_empty() {
            return Ok(Payload::Empty);
        }
        if !self.decoded.starts_with(&MAGIC) {
            let one = finished::recognise(&self.decoded).map(Payload::Document);
            let lines = || finished::recognise_lines(&self.decoded).map(Payload::Documents);
            return one.or_else(lines).ok_or(Failed::NotGzip);
        }
        self.gunzip
            .gunzip(&self.decoded, &mut self.text, self.max_bytes)
            .map_err(|error| match error {
                GunzipError::NotGzip => Failed::NotGzip,
                GunzipError::CutOff => Failed::CutOffGzip,
                GunzipError::Damaged => Failed::DamagedGzip,
                GunzipError::TooLarge => Failed::PayloadTooLarge,
            })?;
        if finished::document_id(&self.text).is_some() {
            let lines = finished::recognise_lines(&self.text);
            return lines.map(Payload::Documents).ok_or(Failed::NotJson);
        }
        envelope::clean(&mut self.text);
        if self.text.trim_ascii().is_empty() {
            Ok(Payload::Empty)
        } else {
            Ok(Payload::Messages(&self.text))
        }
    }
}
