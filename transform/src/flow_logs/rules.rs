//! What follows from a flow log's fields: outcome, transport, flags, addresses.

use std::net::IpAddr;

use super::{FIELDS, community_id};
use crate::document::{Cell, Cells, slot};
use crate::json::{self, Plain};

/// Names of the protocols that flows are made of ("Assigned Internet Protocol Numbers", IANA).
const TRANSPORTS: [(&[u8], &str); 13] = [
    (b"6", "\"tcp\""),
    (b"17", "\"udp\""),
    (b"1", "\"icmp\""),
    (b"58", "\"ipv6-icmp\""),
    (b"0", "\"hopopt\""),
    (b"2", "\"igmp\""),
    (b"8", "\"egp\""),
    (b"33", "\"dccp\""),
    (b"41", "\"ipv6\""),
    (b"47", "\"gre\""),
    (b"50", "\"esp\""),
    (b"112", "\"vrrp\""),
    (b"132", "\"sctp\""),
];

/// TCP's flags by their bit, the lowest first (RFC 9293, section 3.1).
const TCP_FLAGS: [&str; 6] = ["fin", "syn", "rst", "psh", "ack", "urg"];

/// The addresses of a flow that are ones.
#[derive(Debug, Default, Clone, Copy)]
pub struct Addresses {
    source: Option<IpAddr>,
    destination: Option<IpAddr>,
}

impl Addresses {
    /// Takes note of the address in row `slot`.
    pub fn add(&mut self, slot: usize, address: IpAddr) {
        if slot == slot!(FIELDS, "source.ip") {
            self.source = Some(address);
        } else if slot == slot!(FIELDS, "destination.ip") {
            self.destination = Some(address);
        }
    }
}

/// Fills in the computed fields.
pub fn apply(cells: &mut Cells<'_, '_>, addresses: Addresses) {
    cells.set(
        slot!(FIELDS, "event.category"),
        Cell::Static("[\"network\"]"),
    );
    let (kind, outcome) = match cells.get(slot!(FIELDS, "aws.vpcflow.action")) {
        Cell::Clean(b"ACCEPT") => ("[\"connection\",\"allowed\"]", "\"success\""),
        Cell::Clean(b"REJECT") => ("[\"connection\",\"denied\"]", "\"failure\""),
        _ => ("[\"connection\"]", ""),
    };
    cells.set(slot!(FIELDS, "event.type"), Cell::Static(kind));
    if !outcome.is_empty() {
        cells.set(slot!(FIELDS, "event.outcome"), Cell::Static(outcome));
    }
    if cells.get(slot!(FIELDS, "cloud.account.id")) == Cell::Clean(b"unknown") {
        // The sender of the envelope is known.
        cells.set(slot!(FIELDS, "cloud.account.id"), Cell::Absent);
        let said = Cell::Static("\"unknown\"");
        cells.set(slot!(FIELDS, "aws.vpcflow.account_id"), said);
    }
    if !cells
        .get(slot!(FIELDS, "orchestrator.cluster.id"))
        .is_absent()
        || !cells
            .get(slot!(FIELDS, "orchestrator.cluster.name"))
            .is_absent()
    {
        cells.set(slot!(FIELDS, "orchestrator.type"), Cell::Static("\"ecs\""));
    }
    transport(cells);
    tcp_flags(cells);
    network(cells, addresses);
}

fn transport(cells: &mut Cells<'_, '_>) {
    if let Cell::Clean(number) = cells.get(slot!(FIELDS, "network.iana_number"))
        && let Some((_, name)) = TRANSPORTS.iter().find(|(known, _)| *known == number)
    {
        cells.set(slot!(FIELDS, "network.transport"), Cell::Static(name));
    }
}

fn tcp_flags(cells: &mut Cells<'_, '_>) {
    let Some(flags) = integer(cells.get(slot!(FIELDS, "aws.vpcflow.tcp_flags"))) else {
        return;
    };
    let names = TCP_FLAGS
        .iter()
        .enumerate()
        .filter(|(bit, _)| flags & (1 << bit) != 0);
    let mut names = names.map(|(_, name)| name).peekable();
    if names.peek().is_none() {
        return;
    }
    cells.set_own(slot!(FIELDS, "aws.vpcflow.tcp_flags_array"), |own| {
        own.push(b'[');
        for name in names {
            own.push(b'"');
            own.extend_from_slice(name.as_bytes());
            own.extend_from_slice(b"\",");
        }
        own.pop();
        own.push(b']');
    });
}

fn integer(cell: Cell<'_>) -> Option<i64> {
    let Cell::Json(text) = cell else { return None };
    json::integer(text)
}

/// `network.type`, `network.community_id` and `related.ip` of the addresses that are ones.
fn network(cells: &mut Cells<'_, '_>, addresses: Addresses) {
    let Addresses {
        source,
        destination,
    } = addresses;
    if let Some(known) = source.or(destination) {
        let kind = if known.is_ipv4() {
            "\"ipv4\""
        } else {
            "\"ipv6\""
        };
        cells.set(slot!(FIELDS, "network.type"), Cell::Static(kind));
    }
    if let (Some(source), Some(destination)) = (source, destination) {
        fill_community_id(cells, source, destination);
    }
    let slots = [
        slot!(FIELDS, "source.ip"),
        slot!(FIELDS, "destination.ip"),
        slot!(FIELDS, "aws.vpcflow.pkt_srcaddr"),
        slot!(FIELDS, "aws.vpcflow.pkt_dstaddr"),
    ];
    let addresses = slots.map(|slot| cells.get(slot));
    cells.set_list::<Plain>(slot!(FIELDS, "related.ip"), &addresses);
}

fn fill_community_id(cells: &mut Cells<'_, '_>, source: IpAddr, destination: IpAddr) {
    let Cell::Clean(protocol) = cells.get(slot!(FIELDS, "network.iana_number")) else {
        return;
    };
    let Some(protocol) = small(protocol).and_then(|number| u8::try_from(number).ok()) else {
        return;
    };
    let port = |slot: usize| match cells.get(slot) {
        Cell::Json(text) => small(text),
        _ => None,
    };
    let ports = port(slot!(FIELDS, "source.port")).zip(port(slot!(FIELDS, "destination.port")));
    if let Some(hash) = community_id::hash((source, destination), protocol, ports) {
        cells.set_own(slot!(FIELDS, "network.community_id"), |own| {
            own.extend_from_slice(b"\"1:");
            base64_simd::STANDARD.encode_append(hash, own);
            own.push(b'"');
        });
    }
}

/// The number of at most 16 bits that `text` is, in digits.
fn small(text: &[u8]) -> Option<u16> {
    if !(1..=5).contains(&text.len()) {
        return None;
    }
    let number = text.iter().try_fold(0_u32, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        Some(number * 10 + u32::from(digit))
    });
    number.and_then(|number| u16::try_from(number).ok())
}
