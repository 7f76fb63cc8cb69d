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
    let (mut address, mut octet, mut digits, mut dots) = (0_u32, 0_u32, 0, 0);
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            if digits > 0 && octet == 0 {
                return None;
            }
            octet = octet * 10 + u32::from(digit);
            digits += 1;
            if octet > 255 {
                return None;
            }
        } else if *byte == b'.' && digits > 0 {
            address = address << 8 | octet;
            (octet, digits, dots) = (0, 0, dots + 1);
        } else {
            return None;
        }
    }
    (digits > 0 && dots == 3).then(|| (address << 8 | octet).into())
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
