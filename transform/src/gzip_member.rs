//! One gzip member, written piece by piece, whose size is known before it is too late.

use flate2::{Compress, Compression, FlushCompress, Status};

const WINDOW_BITS: u8 = 15;
/// Check sum and size at the end of a member.
const TRAILER_BYTES: usize = 8;

/// A gzip member at level 1 (higher levels double the time for a few per cent).
#[derive(Debug, Default)]
pub struct GzipMember {
    /// Takes 370 KB: made when it is first needed.
    deflate: Option<Compress>,
    out: Vec<u8>,
    /// Bytes that went in since the last flush: some of them may not have come out yet.
    unflushed: usize,
    ended: bool,
}

impl GzipMember {
    /// Begins a new member; what was written before is gone.
    pub fn begin(&mut self) {
        if let Some(deflate) = &mut self.deflate {
            deflate.reset();
        }
        self.out.clear();
        self.unflushed = 0;
        self.ended = false;
    }

    /// Takes in more text.
    pub fn write(&mut self, text: &[u8]) {
        self.unflushed += text.len();
        self.run(text, FlushCompress::None);
    }

    /// Lets everything come out that went in, so that [`GzipMember::most_bytes`] is exact.
    pub fn flush(&mut self) {
        if self.unflushed > 0 {
            self.run(&[], FlushCompress::Sync);
            self.unflushed = 0;
        }
    }

    /// The most bytes that the member has if `more` bytes of text come, and then its end.
    #[must_use]
    pub fn most_bytes(&self, more: usize) -> usize {
        let waiting = self.unflushed + more;
        // Level 1 writes fixed codes, of nine bits at most; the rest is for block heads and flushes.
        self.out.len() + waiting + waiting.div_ceil(8) + 64 + TRAILER_BYTES
    }

    /// Ends the member, if that isn't done yet, and returns it.
    pub fn finish(&mut self) -> &[u8] {
        if !self.ended {
            self.run(&[], FlushCompress::Finish);
            self.ended = true;
        }
        &self.out
    }

    fn run(&mut self, mut text: &[u8], flush: FlushCompress) {
        let deflate = self
            .deflate
            .get_or_insert_with(|| Compress::new_gzip(Compression::fast(), WINDOW_BITS));
        loop {
            if self.out.capacity() - self.out.len() < 1024 {
                self.out.reserve(self.out.len().max(16 << 10));
            }
            let before = (deflate.total_in(), self.out.len());
            let status = deflate.compress_vec(text, &mut self.out, flush);
            let read = usize::try_from(deflate.total_in() - before.0).unwrap_or(usize::MAX);
            text = text.get(read..).unwrap_or_default();
            // With room left over nothing waits to come out; only a member's end announces itself.
            let all_out = text.is_empty() && self.out.len() < self.out.capacity();
            let ended = matches!(status, Ok(Status::StreamEnd) | Err(_));
            let stuck = read == 0 && self.out.len() == before.1;
            if ended || stuck || (all_out && !matches!(flush, FlushCompress::Finish)) {
                return;
            }
        }
    }
}
