//! The content of JSON strings as it stands in a message: read, written again, cut.

use std::borrow::Cow;

use super::Level;
use super::append::{append, append_without};
use super::escapes::{Escape, read_escape, unescape_into};
use super::find::{contains, find};

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
    fn only_quotes_and_backslashes_are_plain_escapes() {
        assert!(is_plainly_escaped(br#"{\"a\":\"\\n\"}"#));
        assert!(!is_plainly_escaped(br#"{\n\"a\":1}"#));
        assert!(!is_plainly_escaped(br"a\"));
    }
}
