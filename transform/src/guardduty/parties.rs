//! The two ends of a finding's action: the remote party and ours, as source and destination.

use std::borrow::Cow;

use super::FIELDS;
use crate::document::{Cells, parse_ip, slot, source};
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

const SOURCE: End = End {
    address: slot!(FIELDS, "source.address"),
    ip: slot!(FIELDS, "source.ip"),
    port: slot!(FIELDS, "source.port"),
    as_number: slot!(FIELDS, "source.as.number"),
    as_name: slot!(FIELDS, "source.as.organization.name"),
    city: slot!(FIELDS, "source.geo.city_name"),
    country: slot!(FIELDS, "source.geo.country_name"),
    country_code: slot!(FIELDS, "source.geo.country_iso_code"),
    location: slot!(FIELDS, "source.geo.location"),
};

const DESTINATION: End = End {
    address: slot!(FIELDS, "destination.address"),
    ip: slot!(FIELDS, "destination.ip"),
    port: slot!(FIELDS, "destination.port"),
    as_number: slot!(FIELDS, "destination.as.number"),
    as_name: slot!(FIELDS, "destination.as.organization.name"),
    city: slot!(FIELDS, "destination.geo.city_name"),
    country: slot!(FIELDS, "destination.geo.country_name"),
    country_code: slot!(FIELDS, "destination.geo.country_iso_code"),
    location: slot!(FIELDS, "destination.geo.location"),
};

const REMOTE_V4: usize = source!(FIELDS, "service.action.*.remoteIpDetails.ipAddressV4");
const REMOTE_V6: usize = source!(FIELDS, "service.action.*.remoteIpDetails.ipAddressV6");
const REMOTE_PORT: usize = source!(FIELDS, "service.action.*.remotePortDetails.port");
const LOCAL_V4: usize = source!(FIELDS, "service.action.*.localIpDetails.ipAddressV4");
const LOCAL_V6: usize = source!(FIELDS, "service.action.*.localIpDetails.ipAddressV6");
const LOCAL_PORT: usize = source!(FIELDS, "service.action.*.localPortDetails.port");
const LATITUDE: usize = source!(FIELDS, "service.action.*.remoteIpDetails.geoLocation.lat");
const LONGITUDE: usize = source!(FIELDS, "service.action.*.remoteIpDetails.geoLocation.lon");
const DIRECTION: usize = slot!(FIELDS, "aws.guardduty.service.action.connection_direction");
const PROTOCOL: usize = slot!(FIELDS, "aws.guardduty.service.action.protocol");

/// Fills in source, destination, network and `related.ip`: the remote party is the source, except of
/// connections that go out.
pub fn apply<L: Level>(cells: &mut Cells<'_, '_>) {
    let direction = cells.text::<L>(cells.get(DIRECTION)).map(Cow::into_owned);
    let (remote, local) = if direction.as_deref() == Some(b"OUTBOUND") {
        (DESTINATION, SOURCE)
    } else {
        (SOURCE, DESTINATION)
    };
    address::<L>(cells, &remote, [REMOTE_V4, REMOTE_V6], REMOTE_PORT);
    address::<L>(cells, &local, [LOCAL_V4, LOCAL_V6], LOCAL_PORT);
    place::<L>(cells, &remote);
    if let Some(direction) =
        direction.filter(|text| matches!(text.as_slice(), b"INBOUND" | b"OUTBOUND"))
    {
        cells.set_string(
            slot!(FIELDS, "network.direction"),
            &direction.to_ascii_lowercase(),
        );
    }
    if let Some(protocol) = cells
        .text::<L>(cells.get(PROTOCOL))
        .map(|text| text.to_ascii_lowercase())
    {
        cells.set_string(slot!(FIELDS, "network.transport"), &protocol);
    }
    related::<L>(cells);
}

fn address<L: Level>(cells: &mut Cells<'_, '_>, end: &End, addresses: [usize; 2], port: usize) {
    let port = cells.get(port);
    cells.set(end.port, port);
    let Some(cell) = addresses
        .into_iter()
        .map(|slot| cells.get(slot))
        .find(|cell| !cell.is_absent())
    else {
        return;
    };
    cells.set(end.address, cell);
    if cells
        .text::<L>(cell)
        .is_some_and(|text| parse_ip(&text).is_some())
    {
        cells.set(end.ip, cell);
    }
}

fn place<L: Level>(cells: &mut Cells<'_, '_>, end: &End) {
    let copies = [
        (
            end.as_number,
            source!(FIELDS, "service.action.*.remoteIpDetails.organization.asn"),
        ),
        (
            end.as_name,
            source!(
                FIELDS,
                "service.action.*.remoteIpDetails.organization.asnOrg",
            ),
        ),
        (
            end.city,
            source!(FIELDS, "service.action.*.remoteIpDetails.city.cityName"),
        ),
        (
            end.country,
            source!(
                FIELDS,
                "service.action.*.remoteIpDetails.country.countryName",
            ),
        ),
        (
            end.country_code,
            source!(
                FIELDS,
                "service.action.*.remoteIpDetails.country.countryCode",
            ),
        ),
    ];
    for (target, source) in copies {
        let cell = cells.get(source);
        cells.set(target, cell);
    }
    let (latitude, longitude) = (cells.get(LATITUDE), cells.get(LONGITUDE));
    if latitude.is_absent() || longitude.is_absent() {
        return;
    }
    let mut point = b"{\"lat\":".to_vec();
    cells.write::<L>(&mut point, latitude);
    point.extend_from_slice(b",\"lon\":");
    cells.write::<L>(&mut point, longitude);
    point.push(b'}');
    cells.set_own(end.location, |own| own.extend_from_slice(&point));
}

fn related<L: Level>(cells: &mut Cells<'_, '_>) {
    let slots = [SOURCE.ip, DESTINATION.ip, slot!(FIELDS, "host.ip")];
    let addresses: Vec<Vec<u8>> = slots
        .iter()
        .filter_map(|slot| cells.text::<L>(cells.get(*slot)))
        .map(Cow::into_owned)
        .collect();
    cells.set_strings(slot!(FIELDS, "related.ip"), &addresses);
}
