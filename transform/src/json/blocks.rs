//! Looking at 64 bytes at once.

use wide::u8x16;

/// Bytes that are looked at together: one bit each in a mask.
pub const BLOCK: usize = 64;
const LANES: usize = 16;
const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;

/// The first block of `text`, filled up with `filler` where the text is shorter.
#[inline]
pub fn block(text: &[u8], filler: u8) -> [u8; BLOCK] {
    text.first_chunk().copied().unwrap_or_else(|| {
        let mut block = [filler; BLOCK];
        block[..text.len()].copy_from_slice(text);
        block
    })
}

/// Where `byte` stands in `block`: its first byte is the lowest bit.
#[inline]
pub fn mask(block: &[u8; BLOCK], byte: u8) -> u64 {
    let pattern = u8x16::splat(byte);
    let (parts, _) = block.as_chunks::<LANES>();
    parts.iter().enumerate().fold(0, |mask, (part, lanes)| {
        let bits = u8x16::new(*lanes).simd_eq(pattern).to_bitmask();
        mask | u64::from(bits) << (part * LANES)
    })
}

/// The length of the JSON string that `text` begins with (without its opening quote), and whether
/// its only escapes are `\"` and `\\`; `None` where it isn't closed.
///
/// For long strings with many escapes. Which characters are escaped is found for a whole block
/// (Geoff Langdale and Daniel Lemire, "Parsing Gigabytes of JSON per Second", section 3.1.1).
pub fn length_and_escapes(text: &[u8]) -> Option<(usize, bool)> {
    let mut plainly = true;
    // 1 where the first byte of the next block is escaped.
    let mut carry = 0;
    let mut at = 0;
    while at < text.len() {
        let block = block(&text[at..], 0);
        let (quotes, backslashes) = (mask(&block, b'"'), mask(&block, b'\\'));
        let escaped = if backslashes == 0 {
            std::mem::take(&mut carry)
        } else {
            let starts = backslashes & !carry;
            let ends = ((starts << 1 | ODD).wrapping_sub(starts)) ^ ODD;
            let escaped = ends ^ (backslashes | carry);
            carry = (ends & backslashes) >> (BLOCK - 1);
            escaped
        };
        let ends = quotes & !escaped;
        let before_end = ends.wrapping_sub(1) & !ends;
        plainly &= escaped & !(quotes | backslashes) & before_end == 0;
        if ends != 0 {
            return Some((at + ends.trailing_zeros() as usize, plainly));
        }
        at += BLOCK;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Byte by byte.
    fn reference(text: &[u8]) -> Option<(usize, bool)> {
        let (mut plainly, mut at) = (true, 0);
        loop {
            match text.get(at)? {
                b'"' => return Some((at, plainly)),
                b'\\' => {
                    plainly &= matches!(text.get(at + 1)?, b'"' | b'\\');
                    at += 2;
                }
                _ => at += 1,
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn strings_end_where_they_end_byte_by_byte(
            text in proptest::collection::vec(prop_oneof![4 => Just(b'\\'), 1 => Just(b'"'), 8 => Just(b'a'), 1 => Just(b'n')], 0..300)
        ) {
            prop_assert_eq!(length_and_escapes(&text), reference(&text));
        }
    }
}
