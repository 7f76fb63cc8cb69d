//! What a user agent says of itself: the program and its version, the device, the operating system.
//!
//! The names are those of uap-core, by which Elasticsearch's and OpenSearch's user agent processors
//! go, where it has any. It names the library where AWS's tools name the program in front of it
//! (`APN/1.0 HashiCorp/1.0 Terraform/1.5.7 … aws-sdk-go-v2/1.21.0`, `S3Console/0.4, aws-internal/3
//! aws-sdk-java/1.12.488`): here the program counts. What it calls `Other` stays without a name's
//! part, or has the agent's own words: `cloudtrail.amazonaws.com`, `AWS Internal`.
//!
//! Every part is a span of the agent's text or a constant, found in one pass.

mod browsers;
mod fields;
mod products;
mod recent;
mod systems;

pub use fields::Slots;
pub(crate) use fields::agent_slots;
pub use recent::Recent;

/// Agents are read up to here: what follows are lists of libraries, or somebody plays tricks.
const READ_BYTES: usize = 1024;

/// The parts of a user agent; those that it doesn't tell are empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserAgent<'a> {
    /// The program, like `aws-cli` or `Firefox`.
    pub name: &'a [u8],
    /// Its version: numbers with dots.
    pub version: &'a [u8],
    /// The device, like `iPhone`.
    pub device: &'a [u8],
    /// The operating system, like `Windows`.
    pub os_name: &'a [u8],
    /// Its version, as it stands there: `10_15_7` is 10.15.7.
    pub os_version: &'a [u8],
}

/// Reads the agent `text`: the decoded text of a log field, any bytes.
#[must_use]
pub fn parse(text: &[u8]) -> UserAgent<'_> {
    let text = start_of(without_brackets(text));
    if text.starts_with(b"Mozilla/") {
        browsers::parse(text)
    } else {
        products::parse(text)
    }
}

/// S3 wraps agents in brackets.
fn without_brackets(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii();
    let text = text.strip_prefix(b"[").unwrap_or(text);
    text.strip_suffix(b"]").unwrap_or(text).trim_ascii()
}

/// As much as is read, without a part of a character at its end.
fn start_of(text: &[u8]) -> &[u8] {
    let Some(start) = text.get(..READ_BYTES) else {
        return text;
    };
    let continues = |byte: &u8| byte & 0b1100_0000 == 0b1000_0000;
    let mut end = READ_BYTES;
    if text.get(end).is_some_and(continues) {
        end = start
            .iter()
            .rposition(|byte| !continues(byte))
            .unwrap_or_default();
    }
    &start[..end]
}

/// The version that `text` begins with, a `v` before it passed over: up to four numbers.
fn version(text: &[u8]) -> &[u8] {
    let text = match text {
        [b'v' | b'V', rest @ ..] => rest,
        _ => text,
    };
    numbers(text, b'.')
}

/// Up to four numbers with `separator` between them that `text` begins with.
fn numbers(text: &[u8], separator: u8) -> &[u8] {
    let mut separators = 0;
    let end = text.iter().position(|byte| {
        separators += u8::from(*byte == separator);
        separators > 3 || !(byte.is_ascii_digit() || *byte == separator)
    });
    let mut found = &text[..end.unwrap_or(text.len())];
    while let [rest @ .., last] = found
        && *last == separator
    {
        found = rest;
    }
    if found.first() == Some(&separator) {
        return b"";
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_with_dots() {
        for (text, expected) in [
            ("1.2.3", "1.2.3"),
            ("v1.28.2", "1.28.2"),
            ("5.10.184-153.731", "5.10.184"),
            ("120.0.2210.91.7", "120.0.2210.91"),
            ("1.", "1"),
            (".1", ""),
            ("dev", ""),
            ("", ""),
        ] {
            assert_eq!(version(text.as_bytes()), expected.as_bytes(), "{text}");
        }
    }

    #[test]
    fn brackets_need_not_be_balanced() {
        for text in ["[curl/7.1]", "[curl/7.1", "curl/7.1]", " [ curl/7.1 ] "] {
            assert_eq!(parse(text.as_bytes()).version, b"7.1", "{text}");
        }
        for text in ["", "[", "]", "[]", "[[", "()", "(", ")", "/", "//", ", "] {
            let _ = parse(text.as_bytes());
        }
    }

    #[test]
    fn the_end_of_what_is_read_cuts_no_character() {
        for shift in 0..4 {
            let text = format!("{}{}", "a".repeat(shift), "漢".repeat(1000));
            let start = start_of(text.as_bytes());
            assert!(std::str::from_utf8(start).is_ok());
            assert!(start.len() > READ_BYTES - 3);
        }
    }
}
