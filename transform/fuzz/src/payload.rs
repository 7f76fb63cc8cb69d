//! A record's data: decompressed as another reader does it, or refused with a reason.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use transform::event::Text;
use transform::finished;
use transform::gunzip::MAGIC;
use transform::outcome::Failed;
use transform::payload::{Payload, PayloadReader};

use crate::common::{base64, gzip};

const MOST_BYTES: usize = 1 << 20;

/// The first byte says what the others are: the record's bytes, their base64, or text to compress.
pub fn payload(data: &[u8]) {
    let Some((kind, data)) = data.split_first() else {
        return;
    };
    let mut reader = PayloadReader::new(MOST_BYTES);
    match kind % 5 {
        0 => bytes(&mut reader, data),
        1 => {
            let text = Text::Text(String::from_utf8_lossy(data));
            let _ = reader.read(&text);
        }
        2 => bytes(&mut reader, &gzip(data)),
        3 => {
            let (first, second) = data.split_at(data.len() / 2);
            bytes(&mut reader, &[gzip(first), gzip(second)].concat());
        }
        _ => {
            let (wrong, data) = data.split_first().unwrap_or((&0, data));
            let mut gzipped = gzip(data);
            let at = usize::from(*wrong) % gzipped.len();
            gzipped[at] ^= 1 << (wrong % 8);
            bytes(&mut reader, &gzipped);
        }
    }
    // Whatever was read before, the next record is read as always.
    bytes(&mut reader, &gzip(b"{}"));
}

fn bytes(reader: &mut PayloadReader, data: &[u8]) {
    let read = reader.read(&Text::Text(Cow::from(base64(data))));
    match &read {
        Ok(Payload::Messages(text)) => {
            assert!(text.len() <= 3 * MOST_BYTES && std::str::from_utf8(text).is_ok());
            assert!(data.starts_with(&MAGIC));
        }
        Ok(Payload::Document(line)) => {
            assert!(data.starts_with(line) && finished::recognise(line).is_some());
        }
        Ok(Payload::Documents(lines)) => {
            assert!(lines.iter().all(|line| finished::recognise(line).is_some()));
        }
        Ok(Payload::Empty) | Err(_) => {}
    }
    let mut text = Vec::new();
    let decoder = MultiGzDecoder::new(data);
    if decoder
        .take(MOST_BYTES as u64 + 1)
        .read_to_end(&mut text)
        .is_err()
    {
        return;
    }
    if text.len() > MOST_BYTES {
        assert_eq!(read, Err(Failed::PayloadTooLarge));
        return;
    }
    if finished::document_id(&text).is_some() {
        let expected = finished::recognise_lines(&text).map(Payload::Documents);
        assert_eq!(read, expected.ok_or(Failed::NotJson));
        return;
    }
    transform::envelope::clean(&mut text);
    let expected = if text.trim_ascii().is_empty() {
        Payload::Empty
    } else {
        Payload::Messages(&text)
    };
    assert_eq!(read, Ok(expected));
}
