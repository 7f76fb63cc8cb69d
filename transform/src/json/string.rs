//! The content of JSON strings: read, written again, cut.

use std::borrow::Cow;
use std::io::Write as _;

use super::append::{append, append_without};
use super::find::{contains, find};

use super::Level;

/// Makes the control characters of `text`, which JSON only allows as white space between its parts,
/// spaces.
pub fn blank_controls(text: &mut [u8]) {
    // Without an early end, the compiler compares many bytes at once.
    let smallest = text
        .iter()
        .fold(u8::MAX, |smallest, byte| smallest.min(*byte));
    if smallest < b' ' {
        text.iter_mut()
            .filter(|byte| **byte < b' ')
            .for_each(|byte| *byte = b' ');
    }
}

/// Whether the only escapes in the content of a JSON string are `\"` and `\\`.
///
/// JSON inside such a string can be walked as it stands, at the level [`Escaped`](super::Escaped).
#[must_use]
pub fn is_plainly_escaped(content: &[u8]) -> bool {
    let mut rest = content;
    while let Some(at) = find(rest, b'\\') {
        match rest.get(at + 1) {
            Some(b'"' | b'\\') => rest = &rest[at + 2..],
            _ => return false,
        }
    }
    true
}

/// Appends the string whose content is `content`, of level `L`, as a valid JSON string.
pub fn write_string<L: Level>(out: &mut Vec<u8>, content: &[u8]) {
    out.push(b'"');
    if append_without(out, content, b'\\') {
    } else if L::QUOTE.len() == 1 {
        normalise(out, content);
    } else {
        let start = out.len();
        push_without_outer_escapes(out, content);
        if !is_valid(&out[start..]) {
            let inner = out.split_off(start);
            normalise(out, &inner);
        }
    }
    out.push(b'"');
}

/// [`write_string`], but never more than `limit` bytes between the quotes. Returns whether it was cut.
pub fn write_truncated<L: Level>(out: &mut Vec<u8>, content: &[u8], limit: usize) -> bool {
    let start = out.len() + 1;
    write_string::<L>(out, content);
    let end = out.len() - 1;
    if end - start <= limit {
        return false;
    }
    let keep = whole_characters(&out[start..end], limit);
    out.truncate(start + keep);
    out.push(b'"');
    true
}

/// Appends `text` as a JSON string, escaping what must be.
pub fn write_quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    escape(out, text);
    out.push(b'"');
}

/// How many bytes [`write_quoted`] appends.
#[must_use]
pub fn quoted_bytes(text: &str) -> usize {
    let escaped = text.bytes().map(|byte| match byte {
        b'"' | b'\\' | b'\n' | b'\t' | b'\r' => 2,
        0..=0x1f => 6,
        _ => 1,
    });
    2 + escaped.sum::<usize>()
}

/// Appends `text` as it would stand between the quotes of a JSON string.
pub fn escape(out: &mut Vec<u8>, text: &[u8]) {
    let special = |byte: &u8| *byte < b' ' || matches!(byte, b'"' | b'\\');
    // Nearly always nothing is special, which is found fastest without an early end.
    if !text.iter().fold(false, |any, byte| any | special(byte)) {
        return out.extend_from_slice(text);
    }
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\r' => out.extend_from_slice(b"\\r"),
            0..=0x1f => {
                // Writing to a Vec cannot fail.
                let _ = write!(out, "\\u{byte:04x}");
            }
            _ => out.push(byte),
        }
    }
}

/// The text that a string's content of level `L` stands for; lone surrogates become U+FFFD.
#[must_use]
pub fn decode<L: Level>(content: &[u8]) -> Cow<'_, [u8]> {
    if !contains(content, b'\\') {
        return Cow::Borrowed(content);
    }
    let mut text = Vec::with_capacity(content.len());
    if L::QUOTE.len() == 1 {
        unescape_into(&mut text, content);
    } else {
        unescape_into(&mut text, &without_outer_escapes(content));
    }
    Cow::Owned(text)
}

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

enum Escape {
    Character(char),
    /// Not an escape of JSON: the backslash stands for itself.
    Unknown,
}

/// Reads the escape that `text` begins with, and how many bytes it takes.
fn read_escape(text: &[u8]) -> (Escape, usize) {
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

/// Copies the content of a string, repairing what isn't valid JSON in it.
fn normalise(out: &mut Vec<u8>, content: &[u8]) {
    let mut rest = content;
    while let Some(at) = find(rest, b'\\') {
        out.extend_from_slice(&rest[..at]);
        let (escape, length) = read_escape(&rest[at..]);
        match escape {
            Escape::Character('\u{fffd}') if length == 6 => {
                out.extend_from_slice("\u{fffd}".as_bytes());
            }
            Escape::Character(_) => out.extend_from_slice(&rest[at..at + length]),
            Escape::Unknown => out.extend_from_slice(b"\\\\"),
        }
        rest = &rest[at + length..];
    }
    out.extend_from_slice(rest);
}

/// Whether the content of a string holds only escapes that stand for a character.
fn is_valid(content: &[u8]) -> bool {
    let mut rest = content;
    while let Some(at) = find(rest, b'\\') {
        let length = match rest.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'n' | b't' | b'r' | b'b' | b'f') => 2,
            _ => match read_escape(&rest[at..]) {
                (Escape::Character('\u{fffd}') | Escape::Unknown, _) => return false,
                (_, length) => length,
            },
        };
        rest = &rest[at + length..];
    }
    true
}

/// The inner JSON of a span of level [`Escaped`](super::Escaped).
fn without_outer_escapes(content: &[u8]) -> Vec<u8> {
    let mut inner = Vec::with_capacity(content.len());
    push_without_outer_escapes(&mut inner, content);
    inner
}

fn push_without_outer_escapes(out: &mut Vec<u8>, content: &[u8]) {
    let mut rest = content;
    while let Some(at) = find(rest, b'\\') {
        append(out, &rest[..at]);
        out.extend(rest.get(at + 1));
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    append(out, rest);
}

/// The longest length up to `limit` that cuts neither an escape nor a UTF-8 sequence of valid content.
fn whole_characters(content: &[u8], limit: usize) -> usize {
    let mut at = 0;
    while at < content.len() {
        let length = match content[at] {
            b'\\' => read_escape(&content[at..]).1,
            0xF0.. => 4,
            0xE0.. => 3,
            0xC0.. => 2,
            _ => 1,
        };
        if at + length > limit {
            break;
        }
        at += length;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::{Escaped, Plain};
    use super::*;

    fn written<L: Level>(content: &str) -> String {
        let mut out = Vec::new();
        write_string::<L>(&mut out, content.as_bytes());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn strings_of_both_levels_come_out_as_the_same_json() {
        assert_eq!(written::<Plain>(r#"a\"b\\c\n"#), r#""a\"b\\c\n""#);
        assert_eq!(written::<Escaped>(r#"a\\\"b\\\\c\\n"#), r#""a\"b\\c\n""#);
    }

    #[test]
    fn lone_surrogates_and_unknown_escapes_become_valid_json() {
        assert_eq!(
            written::<Plain>(r"\ud83d\ude00 \ud800 \q \u12"),
            "\"\\ud83d\\ude00 \u{fffd} \\\\q \\\\u12\""
        );
        let text = decode::<Plain>(br"\ud83d\ude00\udc00\u0041\/").into_owned();
        assert_eq!(String::from_utf8(text).unwrap(), "\u{1f600}\u{fffd}A/");
    }

    #[test]
    fn cutting_leaves_whole_characters_and_escapes() {
        for limit in 0..12 {
            let mut out = Vec::new();
            assert!(write_truncated::<Plain>(
                &mut out,
                r#"aé\n\u00e9\"z"#.as_bytes(),
                limit
            ));
            assert!(out.len() <= limit + 2);
            assert!(
                serde_json::from_slice::<String>(&out).is_ok(),
                "{limit}: {}",
                String::from_utf8_lossy(&out)
            );
        }
    }

    #[test]
    fn the_size_of_a_quoted_text_is_known_beforehand() {
        let all: String = (0..=0x7f).map(char::from).chain("é漢".chars()).collect();
        let mut out = Vec::new();
        write_quoted(&mut out, all.as_bytes());
        assert_eq!(out.len(), quoted_bytes(&all));
        assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), all);
    }

    #[test]
    fn only_quotes_and_backslashes_are_plain_escapes() {
        assert!(is_plainly_escaped(br#"{\"a\":\"\\n\"}"#));
        assert!(!is_plainly_escaped(br#"{\n\"a\":1}"#));
        assert!(!is_plainly_escaped(br"a\"));
    }
}
