//! Which rows of a table a document has.

/// The most rows that a table may have.
pub const MOST_ROWS: usize = 512;

const BITS: usize = u64::BITS as usize;

/// A set of slots.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shape([u64; MOST_ROWS / BITS]);

impl Shape {
    /// Whether `slot` is in it.
    #[inline]
    pub fn has(&self, slot: usize) -> bool {
        self.0[slot / BITS] & (1 << (slot % BITS)) != 0
    }

    /// Puts `slot` into it, or takes it out.
    #[inline]
    pub fn set(&mut self, slot: usize, present: bool) {
        let word = &mut self.0[slot / BITS];
        *word = *word & !(1 << (slot % BITS)) | u64::from(present) << (slot % BITS);
    }

    /// A number that differs for most shapes that differ.
    pub fn mixed(&self) -> u64 {
        self.0.iter().fold(0, |sum, word| {
            (sum.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        })
    }
}
