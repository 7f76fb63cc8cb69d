//! The fields of a line.

use crate::json::blocks::{BLOCK, block, mask};

/// Replaces the content of `tokens` by what stands between the spaces of `line`.
pub fn tokens<'a>(line: &'a [u8], tokens: &mut Vec<&'a [u8]>) {
    tokens.clear();
    let mut start = 0;
    let mut at = 0;
    while at < line.len() {
        let mut spaces = mask(&block(&line[at..], 0), b' ');
        while spaces != 0 {
            let end = at + spaces.trailing_zeros() as usize;
            if end > start {
                tokens.push(&line[start..end]);
            }
            start = end + 1;
            spaces &= spaces - 1;
        }
        at += BLOCK;
    }
    if start < line.len() {
        tokens.push(&line[start..]);
    }
}

/// Whether a line has the shape of the default format. The number of fields alone says nothing.
#[must_use]
pub fn looks_like_default(tokens: &[&[u8]]) -> bool {
    let number = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    let [b"2", .., start, end, action, status] = tokens else {
        return false;
    };
    tokens.len() == 14
        && number(start)
        && number(end)
        && matches!(*action, b"ACCEPT" | b"REJECT" | b"-")
        && matches!(*status, b"OK" | b"NODATA" | b"SKIPDATA")
}

/// Whether a line only names fields: it is the header of the lines that follow.
#[must_use]
pub fn is_header(tokens: &[&[u8]]) -> bool {
    let is_name = |token: &&[u8]| {
        let mut rows = super::FIELDS.iter();
        rows.any(|row| row.source.as_bytes() == *token)
    };
    !tokens.is_empty() && tokens.iter().all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_what_stands_between_spaces() {
        for line in [
            "",
            " ",
            "a",
            " a  bc ",
            "a b",
            &"xyz ".repeat(50),
            &"longer than a block".repeat(9),
        ] {
            let mut found = Vec::new();
            tokens(line.as_bytes(), &mut found);
            let expected: Vec<_> = line.split(' ').filter(|part| !part.is_empty()).collect();
            assert_eq!(
                found,
                expected
                    .iter()
                    .map(|part| part.as_bytes())
                    .collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn lines_are_recognised_by_more_than_their_number_of_fields() {
        let looks = |line: &str| {
            let mut found = Vec::new();
            tokens(line.as_bytes(), &mut found);
            looks_like_default(&found)
        };
        let line = "2 123456789010 eni-1 10.0.0.1 10.0.0.2 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK";
        assert!(looks(line));
        assert!(!looks(&line.replace("ACCEPT", "MAYBE")));
        assert!(!looks(&format!("{line} more")));
        assert!(!looks(&line.replacen('2', "3", 1)));
    }
}
