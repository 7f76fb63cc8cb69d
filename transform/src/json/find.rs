//! Finding bytes that are often near: the first words one by one, what is farther by memchr, whose
//! call costs more than a few words.

/// Words that are looked at before memchr is called.
const NEAR: usize = 3;
const WORD: usize = size_of::<u64>();
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Position of the first `needle`.
#[inline]
pub fn find(text: &[u8], needle: u8) -> Option<usize> {
    let pattern = ONES * u64::from(needle);
    match near(text, |word| zeros(word ^ pattern), |byte| byte == needle) {
        Near::At(at) => Some(at),
        Near::Nowhere => None,
        Near::Beyond(far) => memchr::memchr(needle, &text[far..]).map(|at| far + at),
    }
}

/// Position of the first byte that is one of two.
#[inline]
pub fn find_either(text: &[u8], one: u8, other: u8) -> Option<usize> {
    let (first, second) = (ONES * u64::from(one), ONES * u64::from(other));
    let hits = |word| zeros(word ^ first) | zeros(word ^ second);
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
fn near(text: &[u8], hits: impl Fn(u64) -> u64, is_hit: impl Fn(u8) -> bool) -> Near {
    let (words, rest) = text.as_chunks::<WORD>();
    for (index, word) in words.iter().take(NEAR).enumerate() {
        let hits = hits(u64::from_le_bytes(*word));
        if hits != 0 {
            return Near::At(index * WORD + hits.trailing_zeros() as usize / 8);
        }
    }
    if words.len() > NEAR {
        return Near::Beyond(NEAR * WORD);
    }
    let start = text.len() - rest.len();
    rest.iter()
        .position(|byte| is_hit(*byte))
        .map_or(Near::Nowhere, |at| Near::At(start + at))
}

/// The high bit of the lowest byte that is zero, and of others only above it
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
        for length in 0..64 {
            for at in 0..length {
                for filler in [b'a', b'\\' + 1, b'"' - 1, 0, 0xff] {
                    let mut text = vec![filler; length];
                    assert_eq!(find(&text, b'\\'), None);
                    text[at] = b'\\';
                    text[length - 1] = b'"';
                    assert_eq!(find(&text, b'\\'), memchr::memchr(b'\\', &text));
                    let both = memchr::memchr2(b'\\', b'"', &text);
                    assert_eq!(find_either(&text, b'\\', b'"'), both);
                }
            }
        }
    }
}
