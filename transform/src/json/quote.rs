//! Text written as a JSON string.

use std::io::Write as _;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_quoted_text_is_known_beforehand() {
        let all: String = (0..=0x7f).map(char::from).chain("é漢".chars()).collect();
        let mut out = Vec::new();
        write_quoted(&mut out, all.as_bytes());
        assert_eq!(out.len(), quoted_bytes(&all));
        assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), all);
    }
}
