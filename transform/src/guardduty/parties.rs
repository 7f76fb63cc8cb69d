//! The two ends of a finding's action: the remote party and ours, as source and destination.

use super::FIELDS;
use super::lists::{is_address, pick};
use crate::document::{Cell, Cells, slot, source};
use crate::json::Level;

/// The slots of one end in the document.
struct End {
    address: usize,
    ip: usize,
    port: usize,
    as_number: usize,
    as_name: usize,
    city: usize,
    country: usize,
    country_code: usize,
    location: usize,
}

/// The slots of one end by its name.
macro_rules! end {
    ($name:literal) => {
        End {
            address: slot!(FIELDS, concat!($name, ".address")),
            ip: slot!(FIELDS, concat!($name, ".ip")),
            port: slot!(FIELDS, concat!($name, ".port")),
            as_number: slot!(FIELDS, concat!($name, ".as.number")),
            as_name: slot!(FIELDS, concat!($name, ".as.organization.name")),
            city: slot!(FIELDS, concat!($name, ".geo.city_name")),
            country: slot!(FIELDS, concat!($name, ".geo.country_name")),
            country_code: slot!(FIELDS, concat!($name, ".geo.country_iso_code")),
            location: slot!(FIELDS, concat!($name, ".geo.location")),
        }
    };
}

const SOURCE: End = end!("source");
const DESTINATION: End = end!("destination");

/// Where a part of the action has been read to.
macro_rules! action {
    ($path:literal) => {
        source!(FIELDS, concat!("service.action.*.", $path))
    };
}

const REMOTE_V4: usize = action!("remoteIpDetails.ipAddressV4");
const REMOTE_V6: usize = action!("remoteIpDetails.ipAddressV6");
const REMOTE_PORT: usize = action!("remotePortDetails.port");
const LOCAL_V4: usize = action!("localIpDetails.ipAddressV4");
const LOCAL_V6: usize = action!("localIpDetails.ipAddressV6");
const LOCAL_PORT: usize = action!("localPortDetails.port");
const AS_NUMBER: usize = action!("remoteIpDetails.organization.asn");
const AS_NAME: usize = action!("remoteIpDetails.organization.asnOrg");
const CITY: usize = action!("remoteIpDetails.city.cityName");
const COUNTRY: usize = action!("remoteIpDetails.country.countryName");
const COUNTRY_CODE: usize = action!("remoteIpDetails.country.countryCode");
const LATITUDE: usize = action!("remoteIpDetails.geoLocation.lat");
const LONGITUDE: usize = action!("remoteIpDetails.geoLocation.lon");

/// A port probe has its parties in a list: of these parts, the first is taken.
const PROBE: [(&[&str], usize); 14] = [
    (&["remoteIpDetails", "ipAddressV4"], REMOTE_V4),
    (&["remoteIpDetails", "ipAddressV6"], REMOTE_V6),
    (&["remoteIpDetails", "organization", "asn"], AS_NUMBER),
    (&["remoteIpDetails", "organization", "asnOrg"], AS_NAME),
    (&["remoteIpDetails", "city", "cityName"], CITY),
    (&["remoteIpDetails", "country", "countryName"], COUNTRY),
    (&["remoteIpDetails", "country", "countryCode"], COUNTRY_CODE),
    (&["remoteIpDetails", "geoLocation", "lat"], LATITUDE),
    (&["remoteIpDetails", "geoLocation", "lon"], LONGITUDE),
    (&["localIpDetails", "ipAddressV4"], LOCAL_V4),
    (&["localIpDetails", "ipAddressV6"], LOCAL_V6),
    (&["localPortDetails", "port"], LOCAL_PORT),
    (
        &["localPortDetails", "portName"],
        slot!(FIELDS, "aws.guardduty.service.action.local_port_name"),
    ),
    (
        &["remoteIpDetails", "organization", "isp"],
        slot!(FIELDS, "aws.guardduty.service.action.remote_ip.isp"),
    ),
];

/// Those of them that are numbers.
const NUMBERS: [usize; 4] = [AS_NUMBER, LATITUDE, LONGITUDE, LOCAL_PORT];

/// Fills in source, destination and network: the remote party is the source, except of connections
/// that go out.
pub fn apply<L: Level>(cells: &mut Cells<'_, '_>) {
    first_probe::<L>(cells);
    let (remote, local, direction) = match cells.get(slot!(
        FIELDS,
        "aws.guardduty.service.action.connection_direction",
    )) {
        Cell::Text(b"OUTBOUND") => (DESTINATION, SOURCE, Cell::Static("\"outbound\"")),
        Cell::Text(b"INBOUND") => (SOURCE, DESTINATION, Cell::Static("\"inbound\"")),
        _ => (SOURCE, DESTINATION, Cell::Absent),
    };
    cells.set(slot!(FIELDS, "network.direction"), direction);
    let other = slot!(FIELDS, "aws.guardduty.service.action.remote_ip.address_v6");
    address(cells, &remote, [REMOTE_V4, REMOTE_V6, other], REMOTE_PORT);
    let other = slot!(FIELDS, "aws.guardduty.service.action.local_ip.address_v6");
    address(cells, &local, [LOCAL_V4, LOCAL_V6, other], LOCAL_PORT);
    place::<L>(cells, &remote);
    let protocol = cells.get(slot!(FIELDS, "aws.guardduty.service.action.protocol"));
    if !protocol.is_absent() {
        let start = cells.own.len();
        cells.append::<L>(protocol);
        cells.own[start..].make_ascii_lowercase();
        let end = cells.own.len();
        cells.set(slot!(FIELDS, "network.transport"), Cell::Own(start, end));
    }
}

fn first_probe<L: Level>(cells: &mut Cells<'_, '_>) {
    let probes = action!("portProbeDetails");
    if cells.get(probes).is_absent() {
        return;
    }
    let mut first = [None; PROBE.len()];
    let paths = PROBE.map(|(path, _)| path);
    pick::<L>(cells, probes, &paths, |path, cell| {
        first[path].get_or_insert(cell);
    });
    for (first, (_, slot)) in first.into_iter().zip(PROBE) {
        let first = match first {
            Some(Cell::Text(text)) if NUMBERS.contains(&slot) => number(text),
            Some(Cell::Json(_)) if !NUMBERS.contains(&slot) => Cell::Absent,
            first => first.unwrap_or_default(),
        };
        cells.set_default(slot, first);
    }
}

/// A number that is written as a string.
fn number(text: &[u8]) -> Cell<'_> {
    if crate::json::is_number(text) {
        Cell::Json(text)
    } else {
        Cell::Absent
    }
}

fn address(cells: &mut Cells<'_, '_>, end: &End, [v4, v6, other]: [usize; 3], port: usize) {
    let port = cells.get(port);
    cells.set(end.port, port);
    let (v4, v6) = (cells.get(v4), cells.get(v6));
    let address = if v4.is_absent() { v6 } else { v4 };
    if !v4.is_absent() {
        cells.set(other, v6);
    }
    cells.set(end.address, address);
    if is_address(&address) {
        cells.set(end.ip, address);
    }
}

fn place<L: Level>(cells: &mut Cells<'_, '_>, end: &End) {
    let copies = [
        (end.as_number, AS_NUMBER),
        (end.as_name, AS_NAME),
        (end.city, CITY),
        (end.country, COUNTRY),
        (end.country_code, COUNTRY_CODE),
    ];
    for (target, source) in copies {
        let cell = cells.get(source);
        cells.set(target, cell);
    }
    let (latitude, longitude) = (cells.get(LATITUDE), cells.get(LONGITUDE));
    if latitude.is_absent() || longitude.is_absent() {
        return;
    }
    let start = cells.own.len();
    cells.own.extend_from_slice(b"{\"lat\":");
    cells.append::<L>(latitude);
    cells.own.extend_from_slice(b",\"lon\":");
    cells.append::<L>(longitude);
    cells.own.push(b'}');
    let point = Cell::Own(start, cells.own.len());
    cells.set(end.location, point);
}
