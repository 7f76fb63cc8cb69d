//! IP addresses.

use std::net::{IpAddr, Ipv4Addr};

/// The address that `text` is, if it is one.
#[must_use]
pub fn parse_ip(text: &[u8]) -> Option<IpAddr> {
    // The cheap look first: most values that aren't addresses are host names.
    if !(2..=45).contains(&text.len()) || !text[0].is_ascii_hexdigit() && text[0] != b':' {
        return None;
    }
    parse_v4(text)
        .map(IpAddr::V4)
        .or_else(|| std::str::from_utf8(text).ok()?.parse().ok())
}

/// Four numbers without zeros in front, as addresses are written nearly always.
fn parse_v4(text: &[u8]) -> Option<Ipv4Addr> {
    let mut octets = [0_u8; 4];
    let mut parts = text.split(|byte| *byte == b'.');
    for octet in &mut octets {
        let part = parts.next()?;
        if !(1..=3).contains(&part.len()) || (part[0] == b'0' && part.len() > 1) {
            return None;
        }
        for digit in part {
            let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
            *octet = octet.checked_mul(10)?.checked_add(digit)?;
        }
    }
    parts.next().is_none().then(|| octets.into())
}

#[cfg(test)]
mod tests {
    use super::parse_ip;

    #[test]
    fn addresses_are_what_the_standard_library_takes_for_them() {
        for text in [
            "0.0.0.0",
            "255.255.255.255",
            "10.1.22.113",
            "256.1.1.1",
            "1.2.3",
            "1.2.3.4.5",
            "01.2.3.4",
            "1..2.3",
            "1.2.3.",
            ".1.2.3",
            "1.2.3.4 ",
            "1.2.3.a",
            "::1",
            "::ffff:1.2.3.4",
            "2001:db8::17",
            "2001:db8::g",
            "fe80::1%1",
            "AWS Internal",
            "",
        ] {
            assert_eq!(parse_ip(text.as_bytes()), text.parse().ok(), "{text}");
        }
    }
}
