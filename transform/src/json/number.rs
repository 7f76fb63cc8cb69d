//! JSON's grammar of numbers.

/// Whether `text` is a number by RFC 8259, section 6.
#[must_use]
pub fn is_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let whole = leading_digits(digits);
    if whole == 0 || (whole > 1 && digits[0] == b'0') {
        return false;
    }
    let mut rest = &digits[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = leading_digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let unsigned = exponent
            .strip_prefix(b"-")
            .or_else(|| exponent.strip_prefix(b"+"));
        let exponent = unsigned.unwrap_or(exponent);
        return !exponent.is_empty() && leading_digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

fn leading_digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests {
    use super::is_number;

    #[test]
    fn numbers_are_told_from_look_alikes() {
        for yes in ["0", "-0", "12", "1.5", "-1.5e10", "1E+2", "0.0"] {
            assert!(is_number(yes.as_bytes()), "{yes}");
        }
        for no in [
            "", "-", "01", "1.", ".5", "1e", "1e+", "+1", "0x1", "NaN", "1.5.5",
        ] {
            assert!(!is_number(no.as_bytes()), "{no}");
        }
    }
}
