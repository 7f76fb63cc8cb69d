//! Appending short texts: most parts of a document have a few bytes, for which a call of `memcpy`
//! costs more than the copy.

use wide::u8x16;

use super::find::contains;

/// Bytes that are compared at once.
const LANES: usize = 16;

/// Fragments are copied in steps of this many bytes.
pub const STEP: usize = 32;

/// Appends `text`.
#[expect(clippy::inline_always, reason = "a call costs as much as the copy")]
#[inline(always)]
pub fn append(out: &mut Vec<u8>, text: &[u8]) {
    match text.len() {
        17..=32 => halves::<16>(out, text),
        9..=16 => halves::<8>(out, text),
        4..=8 => halves::<4>(out, text),
        1..=3 => {
            // The first, the middle and the last, which may be the same.
            let last = text.len() - 1;
            let end = out.len() + text.len();
            out.extend_from_slice(&[text[0], text[last / 2], text[last]]);
            if text.len() == 2 {
                out.truncate(end - 1);
                out.push(text[1]);
            } else {
                out.truncate(end);
            }
        }
        _ => out.extend_from_slice(text),
    }
}

/// Appends `text`, unless `without` stands in it. Returns whether it has been appended.
#[inline]
pub fn append_without(out: &mut Vec<u8>, text: &[u8], without: u8) -> bool {
    let (Some(last), true) = (text.last_chunk::<LANES>(), text.len() > LANES) else {
        let clean = !contains(text, without);
        if clean {
            append(out, text);
        }
        return clean;
    };
    let (start, pattern) = (out.len(), u8x16::splat(without));
    let mut found = u8x16::new(*last).simd_eq(pattern);
    let (pieces, _) = text.as_chunks::<LANES>();
    for piece in pieces {
        found |= u8x16::new(*piece).simd_eq(pattern);
        out.extend_from_slice(piece);
    }
    if found.to_bitmask() != 0 {
        out.truncate(start);
        return false;
    }
    out.truncate(start + text.len() - LANES);
    out.extend_from_slice(last);
    true
}

/// Appends a text of `N` to `2 N` bytes as its first and its last `N`, which may overlap.
#[inline]
fn halves<const N: usize>(out: &mut Vec<u8>, text: &[u8]) {
    let (Some(first), Some(last)) = (text.first_chunk::<N>(), text.last_chunk::<N>()) else {
        return out.extend_from_slice(text);
    };
    let end = out.len() + text.len();
    out.extend_from_slice(first);
    out.truncate(end - N);
    out.extend_from_slice(last);
}

/// Appends `length` bytes that begin at `start` in `padded`, behind which [`STEP`] more bytes stand.
#[inline]
pub fn append_padded(out: &mut Vec<u8>, padded: &[u8], start: usize, length: usize) {
    let end = out.len() + length;
    let mut from = start;
    while let Some(chunk) = padded[from..].first_chunk::<STEP>() {
        out.extend_from_slice(chunk);
        from += STEP;
        if from >= start + length {
            break;
        }
    }
    out.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_all_short_lengths_are_appended_whole() {
        let text: Vec<u8> = (0..100).collect();
        for length in 0..=text.len() {
            let mut out = b"before".to_vec();
            append(&mut out, &text[..length]);
            assert_eq!(out, [b"before", &text[..length]].concat());
        }
    }

    #[test]
    fn texts_are_appended_where_the_byte_does_not_stand_in_them() {
        for length in 0..80 {
            for at in 0..=length {
                let mut text = vec![b'a'; length];
                if at < length {
                    text[at] = b'x';
                }
                let mut out = b"before".to_vec();
                assert_eq!(append_without(&mut out, &text, b'x'), at == length);
                let expected: &[u8] = if at == length { &text } else { b"" };
                assert_eq!(out, [b"before", expected].concat());
            }
        }
    }

    #[test]
    fn padded_texts_are_appended_without_what_follows() {
        let text: Vec<u8> = (0..200).collect();
        for length in 0..=100 {
            let mut out = b"before".to_vec();
            append_padded(&mut out, &text, 7, length);
            assert_eq!(out, [b"before", &text[7..7 + length]].concat());
        }
    }
}
