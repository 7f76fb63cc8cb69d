//! How deep the walked JSON is escaped.

use super::find::{find, find_either};

/// A level of escaping: where strings end in it, and what its text means.
pub trait Level: Copy + std::fmt::Debug + 'static {
    /// What stands for a quote that delimits a string.
    const QUOTE: &'static [u8];

    /// The length of the string that `text` begins with (without its opening quote), or `None`
    /// where it isn't closed.
    fn string_length(text: &[u8]) -> Option<usize>;
}

/// JSON as it stands.
#[derive(Debug, Clone, Copy)]
pub struct Plain;

/// JSON inside a JSON string whose only escapes are `\"` and `\\`
/// (see [`is_plainly_escaped`](super::is_plainly_escaped)).
#[derive(Debug, Clone, Copy)]
pub struct Escaped;

impl Level for Plain {
    const QUOTE: &'static [u8] = b"\"";

    fn string_length(text: &[u8]) -> Option<usize> {
        length_and_escapes(text).map(|(length, _)| length)
    }
}

/// The length of the string that `text` begins with, as [`Level::string_length`] of [`Plain`], and
/// whether its only escapes are `\"` and `\\`.
pub(super) fn length_and_escapes(text: &[u8]) -> Option<(usize, bool)> {
    let mut plainly = true;
    let mut at = 0;
    loop {
        at += find_either(text.get(at..)?, b'"', b'\\')?;
        if text[at] == b'"' {
            return Some((at, plainly));
        }
        plainly &= matches!(text.get(at + 1), Some(b'"' | b'\\'));
        at += 2;
    }
}

impl Level for Escaped {
    const QUOTE: &'static [u8] = b"\\\"";

    fn string_length(text: &[u8]) -> Option<usize> {
        let mut at = 0;
        loop {
            at += find(text.get(at..)?, b'\\')?;
            if *text.get(at + 1)? == b'"' {
                return Some(at);
            }
            // `\\` is the inner backslash; the inner character after it takes one byte or, when it
            // is a quote or a backslash itself, two.
            at += if *text.get(at + 2)? == b'\\' { 4 } else { 3 };
        }
    }
}
