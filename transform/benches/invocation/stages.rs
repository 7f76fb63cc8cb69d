//! What a function that knows what it reads can't do without, besides the floor: two bounds between
//! the floor and the whole, each with the documents ready made.

use std::hint::black_box;

use transform::envelope::{self, LogEvent};
use transform::event::FirehoseEvent;
use transform::flow_logs;
use transform::json::{Cursor, Escaped};
use transform::payload::{Payload, PayloadReader};

use crate::common::answers::Answer;
use crate::events::Event;

/// Reading without writing, and its buffers.
pub struct Stages {
    documents: Vec<Vec<u8>>,
    reader: PayloadReader,
    copied: Vec<u8>,
    answer: Vec<u8>,
}

impl Stages {
    /// Reads `event`, and answers what the function gave for it.
    pub fn new(event: &Event, answer: &[u8]) -> Self {
        let records = Answer::read(answer).records;
        assert_eq!(event.data.len(), records.len());
        Self {
            documents: records
                .iter()
                .map(crate::common::answers::Entry::bytes)
                .collect(),
            reader: PayloadReader::new(64 << 20),
            copied: Vec::new(),
            answer: Vec::with_capacity(answer.len()),
        }
    }

    /// The frame: Firehose's event is parsed, the payload's text checked to be UTF-8, and the end of
    /// each message found; then the floor's copy and base64.
    pub fn frame(&mut self, body: &[u8]) -> &[u8] {
        self.each(body, |event| {
            black_box(event.message);
        })
    }

    /// The frame, and each message is walked once: the quotes, brackets and numbers of an object, the
    /// spaces of a line. Nothing is looked up, converted or written.
    pub fn walk(&mut self, body: &[u8]) -> &[u8] {
        self.each(body, |event| {
            let mut cursor = Cursor::<Escaped>::new(event.message);
            if cursor.peek() == Some(b'{') {
                let _ = black_box(cursor.value());
            } else {
                let mut tokens = Vec::with_capacity(16);
                flow_logs::tokens(event.message, &mut tokens);
                black_box(tokens);
            }
        })
    }

    fn each(&mut self, body: &[u8], mut read: impl FnMut(&LogEvent<'_>)) -> &[u8] {
        self.answer.clear();
        let event = FirehoseEvent::parse(body).unwrap();
        for (record, documents) in event.records.iter().zip(&self.documents) {
            if let Payload::Messages(text) = self.reader.read(&record.0.data).unwrap() {
                for envelope in envelope::parse(text).unwrap() {
                    envelope.events.iter().for_each(&mut read);
                }
            }
            self.copied.clear();
            self.copied.extend_from_slice(documents);
            base64_simd::STANDARD.encode_append(&self.copied, &mut self.answer);
        }
        &self.answer
    }
}
