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

/// The whole number of 64 bits that `text` is, in decimal digits.
#[must_use]
pub fn integer(text: &[u8]) -> Option<i64> {
    // So many digits certainly fit, and most numbers are no more than digits.
    if (1..=18).contains(&text.len()) && text.iter().all(u8::is_ascii_digit) {
        let digits = text.iter().map(|digit| i64::from(digit - b'0'));
        return Some(digits.fold(0, |number, digit| number * 10 + digit));
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn leading_digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests {
    use super::{integer, is_number};

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

    #[test]
    fn whole_numbers_are_read_as_the_standard_library_reads_them() {
        for text in [
            "0",
            "007",
            "-5",
            "+5",
            "999999999999999999",
            "9223372036854775807",
            "9223372036854775808",
            "",
            "-",
            "1.0",
            "1e3",
            " 1",
        ] {
            assert_eq!(integer(text.as_bytes()), text.parse().ok(), "{text}");
        }
    }
}
