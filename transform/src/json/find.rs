//! Finding bytes that are often near: the first ones 16 at a time, what is farther by memchr, whose
//! call costs more than a few comparisons.

use wide::u8x16;

/// Pieces that are looked at before memchr is called.
const NEAR: usize = 6;
const LANES: usize = 16;

/// Position of the first `needle`.
#[inline]
pub fn find(text: &[u8], needle: u8) -> Option<usize> {
    let pattern = u8x16::splat(needle);
    match near(text, |bytes| bytes.simd_eq(pattern), |byte| byte == needle) {
        Near::At(at) => Some(at),
        Near::Nowhere => None,
        Near::Beyond(far) => memchr::memchr(needle, &text[far..]).map(|at| far + at),
    }
}

/// Position of the first byte that is one of two.
#[inline]
pub fn find_either(text: &[u8], one: u8, other: u8) -> Option<usize> {
    let (first, second) = (u8x16::splat(one), u8x16::splat(other));
    let hits = |bytes: u8x16| bytes.simd_eq(first) | bytes.simd_eq(second);
    match near(text, hits, |byte| byte == one || byte == other) {
        Near::At(at) => Some(at),
        Near::Nowhere => None,
        Near::Beyond(far) => memchr::memchr2(one, other, &text[far..]).map(|at| far + at),
    }
}

/// What the first words hold.
enum Near {
    At(usize),
    /// Nothing, and the text ends there.
    Nowhere,
    /// Nothing up to here, and the text goes on.
    Beyond(usize),
}

#[inline]
fn near(text: &[u8], hits: impl Fn(u8x16) -> u8x16, is_hit: impl Fn(u8) -> bool) -> Near {
    let (pieces, rest) = text.as_chunks::<LANES>();
    for (index, piece) in pieces.iter().take(NEAR).enumerate() {
        let hits = hits(u8x16::new(*piece)).to_bitmask();
        if hits != 0 {
            return Near::At(index * LANES + hits.trailing_zeros() as usize);
        }
    }
    if pieces.len() > NEAR {
        return Near::Beyond(NEAR * LANES);
    }
    let start = text.len() - rest.len();
    rest.iter()
        .position(|byte| is_hit(*byte))
        .map_or(Near::Nowhere, |at| Near::At(start + at))
}

/// Whether `needle` stands in a text that is mostly short.
#[inline]
#[must_use]
pub fn contains(text: &[u8], needle: u8) -> bool {
    let word = |bytes: &[u8; 8]| zeros(u64::from_le_bytes(*bytes) ^ (ONES * u64::from(needle)));
    match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) if text.len() <= 16 => word(first) | word(last) != 0,
        (Some(_), _) => find(text, needle).is_some(),
        _ => text.contains(&needle),
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Not zero where a byte of `word` is
/// (Sean Eron Anderson, "Bit Twiddling Hacks", "Determine if a word has a zero byte").
#[inline]
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGHS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_far_bytes_are_found_as_memchr_finds_them() {
        for length in 0..160 {
            for at in 0..length {
                for filler in [b'a', b'\\' + 1, b'"' - 1, 0, 0xff] {
                    let mut text = vec![filler; length];
                    assert_eq!(find(&text, b'\\'), None);
                    text[at] = b'\\';
                    text[length - 1] = b'"';
                    assert_eq!(find(&text, b'\\'), memchr::memchr(b'\\', &text));
                    assert_eq!(contains(&text, b'\\'), text.contains(&b'\\'));
                    let both = memchr::memchr2(b'\\', b'"', &text);
                    assert_eq!(find_either(&text, b'\\', b'"'), both);
                }
            }
        }
    }
}
