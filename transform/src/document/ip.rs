//! IP addresses.

use std::net::IpAddr;

/// The address that `text` is, if it is one.
#[must_use]
pub fn parse_ip(text: &[u8]) -> Option<IpAddr> {
    // The cheap look first: most values that aren't addresses are host names.
    if !(2..=45).contains(&text.len()) || !text[0].is_ascii_hexdigit() && text[0] != b':' {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}
