//! Everyone and everything that a finding names, in one place each: `related.*` and `host.ip`.

use super::FIELDS;
use super::lists::{addresses, collect, is_address, pick};
use crate::document::{Cell, Cells, slot, source};
use crate::json::Level;

const INTERFACES: usize = source!(FIELDS, "resource.instanceDetails.networkInterfaces");
const PROBES: usize = source!(FIELDS, "service.action.*.portProbeDetails");
const LOGINS: usize = source!(FIELDS, "service.action.*.LoginAttributes");
const ACTORS: usize = source!(FIELDS, "service.detection.sequence.actors");
const ENDPOINTS: usize = source!(FIELDS, "service.detection.sequence.endpoints");
const THREATS: usize = source!(FIELDS, "service.malwareScanDetails.threats");
const NAMED_THREATS: usize = source!(
    FIELDS,
    "service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames",
);

/// Fills in `host.ip` and `related.*`.
pub fn apply<L: Level>(cells: &mut Cells<'_, '_>) {
    let hosts = hosts::<L>(cells);
    cells.set_list::<L>(slot!(FIELDS, "host.ip"), &hosts);
    let mut addresses_ = vec![
        cells.get(slot!(FIELDS, "source.ip")),
        cells.get(slot!(FIELDS, "destination.ip")),
    ];
    for other in [
        slot!(FIELDS, "aws.guardduty.service.action.remote_ip.address_v6"),
        slot!(FIELDS, "aws.guardduty.service.action.local_ip.address_v6"),
    ] {
        addresses_.extend(Some(cells.get(other)).filter(is_address));
    }
    addresses_.extend(hosts);
    for key in ["ipAddressV4", "ipAddressV6"] {
        addresses_.extend(addresses::<L>(cells, PROBES, &["remoteIpDetails", key]));
    }
    addresses_.extend(addresses::<L>(cells, ENDPOINTS, &["ip"]));
    cells.set_list::<L>(slot!(FIELDS, "related.ip"), &addresses_);

    let mut users = vec![
        cells.get(slot!(FIELDS, "user.name")),
        cells.get(slot!(FIELDS, "user.effective.name")),
    ];
    users.extend(collect::<L>(cells, LOGINS, &["user"]));
    users.extend(collect::<L>(cells, ACTORS, &["user", "name"]));
    cells.set_list::<L>(slot!(FIELDS, "related.user"), &users);

    let mut names = vec![cells.get(slot!(FIELDS, "dns.question.name"))];
    names.extend(collect::<L>(cells, ENDPOINTS, &["domain"]));
    cells.set_list::<L>(slot!(FIELDS, "related.hosts"), &names);

    let mut hashes = vec![
        cells.get(slot!(FIELDS, "file.hash.sha256")),
        cells.get(slot!(FIELDS, "process.hash.sha256")),
    ];
    hashes.extend(collect::<L>(cells, NAMED_THREATS, &["filePaths", "hash"]));
    let paths: [&[&str]; 2] = [&["itemPaths", "hash"], &["itemDetails", "hash"]];
    pick::<L>(cells, THREATS, &paths, |_, cell| hashes.push(cell));
    hashes.extend(collect::<L>(cells, ACTORS, &["process", "sha256"]));
    cells.set_list::<L>(slot!(FIELDS, "related.hash"), &hashes);
}

/// The addresses of the instance.
fn hosts<'a, L: Level>(cells: &Cells<'a, '_>) -> Vec<Cell<'a>> {
    let paths: [&[&str]; 4] = [
        &["privateIpAddress"],
        &["privateIpAddresses", "privateIpAddress"],
        &["ipv6Addresses"],
        &["publicIp"],
    ];
    let mut found = Vec::new();
    pick::<L>(cells, INTERFACES, &paths, |_, cell| found.push(cell));
    found.retain(is_address);
    found
}
