//! The Community ID of a flow, version 1 with seed 0 (the Community ID flow hashing specification):
//! the same text for both directions, in every tool that knows it.

use std::net::IpAddr;

use sha1::{Digest, Sha1};

const TCP: u8 = 6;
const UDP: u8 = 17;
const SCTP: u8 = 132;
const ICMP: u8 = 1;
const ICMP_V6: u8 = 58;

/// Message types of ICMP that answer each other.
const ICMP_PAIRS: [(u16, u16); 5] = [(0, 8), (9, 10), (13, 14), (15, 16), (17, 18)];
/// Message types of `ICMPv6` that answer each other.
const ICMP_V6_PAIRS: [(u16, u16); 6] = [
    (128, 129),
    (130, 131),
    (133, 134),
    (135, 136),
    (139, 140),
    (144, 145),
];

/// The hash of a flow, whose base64 stands behind `1:` in its id; `None` where a protocol with ports
/// lacks them.
///
/// `ports` are those of source and destination; of ICMP its type and code.
#[must_use]
pub fn hash(
    addresses: (IpAddr, IpAddr),
    protocol: u8,
    ports: Option<(u16, u16)>,
) -> Option<[u8; 20]> {
    let (ports, one_way) = match protocol {
        TCP | UDP | SCTP => (Some(ports?), false),
        ICMP => icmp(ports?, &ICMP_PAIRS),
        ICMP_V6 => icmp(ports?, &ICMP_V6_PAIRS),
        _ => (None, false),
    };
    let forth = (addresses, ports);
    let back = (
        (addresses.1, addresses.0),
        ports.map(|(source, destination)| (destination, source)),
    );
    let ((low, high), ports) = if one_way || order(forth) <= order(back) {
        forth
    } else {
        back
    };
    // Two addresses of 16 bytes and what goes with them fit into one block of the hash.
    let (mut text, mut length) = ([0; 40], 2);
    let mut add = |bytes: &[u8]| {
        text[length..length + bytes.len()].copy_from_slice(bytes);
        length += bytes.len();
    };
    for address in [low, high] {
        match address {
            IpAddr::V4(address) => add(&address.octets()),
            IpAddr::V6(address) => add(&address.octets()),
        }
    }
    add(&[protocol, 0]);
    if let Some((source, destination)) = ports {
        add(&source.to_be_bytes());
        add(&destination.to_be_bytes());
    }
    Some(Sha1::digest(&text[..length]).into())
}

type Flow = ((IpAddr, IpAddr), Option<(u16, u16)>);

/// The smaller end comes first: by address, then by port.
fn order(((source, destination), ports): Flow) -> ((IpAddr, u16), (IpAddr, u16)) {
    let (from, to) = ports.unwrap_or_default();
    ((source, from), (destination, to))
}

fn icmp((kind, code): (u16, u16), pairs: &[(u16, u16)]) -> (Option<(u16, u16)>, bool) {
    let answer = pairs.iter().find_map(|&(one, other)| match kind {
        _ if kind == one => Some(other),
        _ if kind == other => Some(one),
        _ => None,
    });
    (Some((kind, answer.unwrap_or(code))), answer.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(source: &str, destination: &str, protocol: u8, ports: (u16, u16)) -> String {
        let addresses = (source.parse().unwrap(), destination.parse().unwrap());
        let hash = hash(addresses, protocol, Some(ports)).unwrap();
        format!("1:{}", base64_simd::STANDARD.encode_to_string(hash))
    }

    // From the baseline of the specification's reference implementation.
    #[test]
    fn the_specification_s_examples_come_out_in_both_directions() {
        let tcp = "1:LQU9qZlK+B5F3KDmev6m5PMibrg=";
        assert_eq!(
            id("128.232.110.120", "66.35.250.204", TCP, (34855, 80)),
            tcp
        );
        assert_eq!(
            id("66.35.250.204", "128.232.110.120", TCP, (80, 34855)),
            tcp
        );
        assert_eq!(
            id("192.168.1.52", "8.8.8.8", UDP, (54585, 53)),
            "1:d/FP5EW3wiY1vCndhwleRRKHowQ="
        );
        let icmp = "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=";
        assert_eq!(id("192.168.0.89", "192.168.0.1", ICMP, (8, 0)), icmp);
        assert_eq!(id("192.168.0.1", "192.168.0.89", ICMP, (0, 0)), icmp);
    }
}
