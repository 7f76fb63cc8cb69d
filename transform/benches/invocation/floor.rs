//! The least that any function does between Firehose's event and its answer, done by the fastest
//! libraries: base64 decode, gunzip, a copy of the documents that come out, base64 encode.
//!
//! Nothing is parsed, and every buffer is there before it begins.

use libdeflater::Decompressor;

use crate::common::answers::Answer;
use crate::events::Event;

/// The floor of one event, and its buffers.
pub struct Floor {
    records: Vec<Record>,
    gunzip: Decompressor,
    decoded: Vec<u8>,
    text: Vec<u8>,
    copied: Vec<u8>,
    answer: Vec<u8>,
}

/// A record's way in and out.
struct Record {
    data: String,
    /// The size of its payload, decompressed.
    text_bytes: usize,
    documents: Vec<u8>,
}

impl Floor {
    /// The floor below `answer`, which the function gave to `event`.
    pub fn new(event: &Event, answer: &[u8]) -> Self {
        let records = event.data.iter().zip(Answer::read(answer).records);
        let records: Vec<Record> = records
            .map(|(data, entry)| Record {
                text_bytes: crate::common::gunzip(&decoded(data)).len(),
                data: data.clone(),
                documents: entry.bytes(),
            })
            .collect();
        let most = records.iter().map(|record| record.text_bytes).max();
        Self {
            records,
            gunzip: Decompressor::new(),
            decoded: Vec::new(),
            text: vec![0; most.unwrap_or_default()],
            copied: Vec::new(),
            answer: Vec::with_capacity(answer.len()),
        }
    }

    /// Does all of it once; returns the answer's bytes.
    pub fn run(&mut self) -> &[u8] {
        self.answer.clear();
        for record in &self.records {
            self.decoded.clear();
            base64_simd::STANDARD
                .decode_append(&record.data, &mut self.decoded)
                .unwrap();
            let text = &mut self.text[..record.text_bytes];
            self.gunzip.gzip_decompress(&self.decoded, text).unwrap();
            self.copied.clear();
            self.copied.extend_from_slice(&record.documents);
            base64_simd::STANDARD.encode_append(&self.copied, &mut self.answer);
        }
        &self.answer
    }
}

fn decoded(data: &str) -> Vec<u8> {
    base64_simd::STANDARD.decode_to_vec(data).unwrap()
}
