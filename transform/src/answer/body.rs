//! The data of one record's answer: documents, as long as they fit.

use crate::gzip_member::GzipMember;
use crate::settings::Output;

/// Text that waits in front of the compressor: few large pieces are cheaper than many small ones.
const PIECE_BYTES: usize = 64 << 10;

/// Collects documents of one record until its room is used up. Used again for the next record.
#[derive(Debug)]
pub struct Body {
    output: Output,
    /// The most bytes of data, before base64.
    room: usize,
    /// Documents that are kept, up to `kept`; behind them the one that was written last.
    text: Vec<u8>,
    kept: usize,
    /// Where the document that was written last begins.
    start: usize,
    documents: usize,
    gzip: GzipMember,
    /// The member is ended: a first document just fitted.
    closed: bool,
    /// The least data with which the record could be answered at all, as far as is known.
    least_bytes: Option<usize>,
}

impl Body {
    /// An empty body of this shape.
    #[must_use]
    pub fn new(output: Output) -> Self {
        Self {
            output,
            room: 0,
            text: Vec::new(),
            kept: 0,
            start: 0,
            documents: 0,
            gzip: GzipMember::default(),
            closed: false,
            least_bytes: None,
        }
    }

    /// Begins the next record's data, of at most `room` bytes.
    pub fn begin(&mut self, room: usize) {
        self.room = room;
        self.text.clear();
        (
            self.kept,
            self.start,
            self.documents,
            self.closed,
            self.least_bytes,
        ) = (0, 0, 0, false, None);
        if self.output == Output::NdjsonGzip {
            self.gzip.begin();
        }
    }

    /// Lets `write` append one document (without a line end); what was written before and not
    /// kept is forgotten.
    pub fn write<T>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        self.text.truncate(self.kept);
        if self.output == Output::NdjsonGzip && self.kept > PIECE_BYTES {
            self.compress_kept();
        }
        self.start = self.text.len();
        write(&mut self.text)
    }

    /// The document that was written last.
    #[must_use]
    pub fn document(&self) -> &[u8] {
        let line = &self.text[self.start..];
        if self.kept > self.start && self.output != Output::Document {
            &line[..line.len() - 1]
        } else {
            line
        }
    }

    /// Keeps the document that was written last, if it fits.
    #[must_use = "a document that isn't kept has to go elsewhere"]
    pub fn keep(&mut self) -> bool {
        let fits = if self.documents == 0 {
            let bytes = self.bytes_alone();
            self.least_bytes = Some(self.least_bytes.map_or(bytes, |least| least.min(bytes)));
            bytes <= self.room
        } else {
            self.fits_behind()
        };
        if !fits {
            return false;
        }
        if self.output != Output::Document {
            self.text.push(b'\n');
        }
        self.kept = self.text.len();
        self.documents += 1;
        true
    }

    /// How many documents are kept.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.documents
    }

    /// The least data (before base64) with which the record could be answered, as far as is known:
    /// that of the smallest document that was tried as the first. `None` where there was none.
    #[must_use]
    pub fn least_bytes(&self) -> Option<usize> {
        self.least_bytes
    }

    /// Ends the data and returns it: never more than the room.
    pub fn finish(&mut self) -> &[u8] {
        self.text.truncate(self.kept);
        if self.output != Output::NdjsonGzip {
            return &self.text;
        }
        if !self.closed {
            self.gzip.write(&self.text);
            self.closed = true;
        }
        self.gzip.finish()
    }

    fn compress_kept(&mut self) {
        self.gzip.write(&self.text[..self.kept]);
        self.text.drain(..self.kept);
        (self.kept, self.start) = (0, 0);
    }

    /// The data of the last document alone. Where the worst case of gzip doesn't fit, it is tried;
    /// the member is ended if that fits.
    fn bytes_alone(&mut self) -> usize {
        match self.output {
            Output::Document => return self.text.len(),
            Output::Ndjson => return self.text.len() + 1,
            Output::NdjsonGzip => {}
        }
        let most = self.gzip.most_bytes(self.text.len() + 1);
        if most <= self.room {
            return most;
        }
        self.gzip.write(&self.text);
        self.gzip.write(b"\n");
        let bytes = self.gzip.finish().len();
        self.closed = bytes <= self.room;
        if !self.closed {
            self.gzip.begin();
        }
        bytes
    }

    /// Whether the last document fits behind others: by the worst case of gzip, and where that
    /// isn't enough, by what the documents before it really take.
    fn fits_behind(&mut self) -> bool {
        match self.output {
            Output::Document => false,
            Output::Ndjson => self.text.len() < self.room,
            Output::NdjsonGzip if self.closed => false,
            Output::NdjsonGzip => {
                if self.gzip.most_bytes(self.text.len() + 1) <= self.room {
                    return true;
                }
                self.compress_kept();
                self.gzip.flush();
                self.gzip.most_bytes(self.text.len() + 1) <= self.room
            }
        }
    }
}
