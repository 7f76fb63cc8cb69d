//! The escapes of a JSON string, and the text that they stand for.

use super::find::find;

/// Appends the text that the content of a JSON string stands for; lone surrogates become U+FFFD,
/// escapes that JSON doesn't know stay as they are.
pub fn unescape_into(out: &mut Vec<u8>, content: &[u8]) {
    let mut rest = content;
    while let Some(at) = find(rest, b'\\') {
        out.extend_from_slice(&rest[..at]);
        let (escape, length) = read_escape(&rest[at..]);
        rest = &rest[at + length..];
        match escape {
            Escape::Character(character) => {
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            Escape::Unknown => out.push(b'\\'),
        }
    }
    out.extend_from_slice(rest);
}

/// What an escape stands for.
pub(super) enum Escape {
    /// A character; U+FFFD for half a surrogate pair.
    Character(char),
    /// Not an escape of JSON: the backslash stands for itself.
    Unknown,
}

/// Reads the escape that `text` begins with, and how many bytes it takes.
pub(super) fn read_escape(text: &[u8]) -> (Escape, usize) {
    let simple = |character| (Escape::Character(character), 2);
    match text.get(1) {
        Some(b'"') => simple('"'),
        Some(b'\\') => simple('\\'),
        Some(b'/') => simple('/'),
        Some(b'n') => simple('\n'),
        Some(b't') => simple('\t'),
        Some(b'r') => simple('\r'),
        Some(b'b') => simple('\u{8}'),
        Some(b'f') => simple('\u{c}'),
        Some(b'u') => read_unicode_escape(text),
        _ => (Escape::Unknown, 1),
    }
}

fn read_unicode_escape(text: &[u8]) -> (Escape, usize) {
    let Some(unit) = hex(text) else {
        return (Escape::Unknown, 1);
    };
    if let Some(character) = char::from_u32(unit) {
        return (Escape::Character(character), 6);
    }
    let pair = (0xD800..0xDC00)
        .contains(&unit)
        .then(|| text.get(6..).and_then(hex))
        .flatten();
    match pair {
        Some(low) if (0xDC00..0xE000).contains(&low) => {
            let code = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
            (
                Escape::Character(char::from_u32(code).unwrap_or('\u{fffd}')),
                12,
            )
        }
        _ => (Escape::Character('\u{fffd}'), 6),
    }
}

/// The number in `\uXXXX` at the beginning of `text`.
fn hex(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |sum, digit| {
        Some(sum * 16 + char::from(*digit).to_digit(16)?)
    })
}
