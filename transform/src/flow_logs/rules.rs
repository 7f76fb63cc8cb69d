//! What follows from a flow log's fields: outcome, transport, flags, addresses.

use std::net::IpAddr;

use super::{FIELDS, community_id};
use crate::document::{Cell, Cells, parse_ip, slot};

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

/// Fills in the computed fields.
pub fn apply(cells: &mut Cells<'_, '_>) {
    cells.set(
        slot!(FIELDS, "event.category"),
        Cell::Static("[\"network\"]"),
    );
    let (kind, outcome) = match cells.get(slot!(FIELDS, "aws.vpcflow.action")) {
        Cell::Text(b"ACCEPT") => ("[\"connection\",\"allowed\"]", "\"success\""),
        Cell::Text(b"REJECT") => ("[\"connection\",\"denied\"]", "\"failure\""),
        _ => ("[\"connection\"]", ""),
    };
    cells.set(slot!(FIELDS, "event.type"), Cell::Static(kind));
    if !outcome.is_empty() {
        cells.set(slot!(FIELDS, "event.outcome"), Cell::Static(outcome));
    }
    if cells.get(slot!(FIELDS, "cloud.account.id")) == Cell::Text(b"unknown") {
        // The sender of the envelope is known.
        cells.set(slot!(FIELDS, "cloud.account.id"), Cell::Absent);
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
    addresses(cells);
}

fn transport(cells: &mut Cells<'_, '_>) {
    if let Cell::Text(number) = cells.get(slot!(FIELDS, "network.iana_number"))
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
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// `network.type`, `network.community_id` and `related.ip` of the addresses that are ones.
fn addresses(cells: &mut Cells<'_, '_>) {
    let address = |slot: usize, cells: &Cells<'_, '_>| match cells.get(slot) {
        Cell::Text(text) => parse_ip(text),
        _ => None,
    };
    let source = address(slot!(FIELDS, "source.ip"), cells);
    let destination = address(slot!(FIELDS, "destination.ip"), cells);
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
    let texts = slots.map(|slot| {
        if let Cell::Text(text) = cells.get(slot) {
            text
        } else {
            b""
        }
    });
    cells.set_strings(slot!(FIELDS, "related.ip"), &texts);
}

fn fill_community_id(cells: &mut Cells<'_, '_>, source: IpAddr, destination: IpAddr) {
    let Cell::Text(protocol) = cells.get(slot!(FIELDS, "network.iana_number")) else {
        return;
    };
    let Some(protocol) = std::str::from_utf8(protocol)
        .ok()
        .and_then(|text| text.parse::<u8>().ok())
    else {
        return;
    };
    let port = |slot: usize| integer(cells.get(slot)).and_then(|port| u16::try_from(port).ok());
    let ports = port(slot!(FIELDS, "source.port")).zip(port(slot!(FIELDS, "destination.port")));
    if let Some(id) = community_id::of((source, destination), protocol, ports) {
        cells.set_own(slot!(FIELDS, "network.community_id"), |own| {
            own.push(b'"');
            own.extend_from_slice(&id);
            own.push(b'"');
        });
    }
}
