//! Who and what a finding is about: the user, the cluster, the container, the file.

use super::FIELDS;
use super::fields::LIBRARY_PATH;
use super::lists::{collect, pick};
use crate::document::{Cell, Cells, slot, source};
use crate::json::Level;

/// Targets with the sources that are tried for them, the likeliest first.
macro_rules! first_of {
    ($($target:literal: $($source:expr),+;)+) => {
        &[$((slot!(FIELDS, $target), &[$(source!(FIELDS, $source)),+])),+]
    };
}

const FIRST_OF: &[(usize, &[usize])] = first_of! {
    "user.name":
        "resource.accessKeyDetails.userName",
        "resource.kubernetesDetails.kubernetesUserDetails.username",
        "resource.rdsDbUserDetails.user";
    "user.id":
        "resource.accessKeyDetails.principalId",
        "resource.kubernetesDetails.kubernetesUserDetails.uid";
    "container.id":
        "resource.kubernetesDetails.kubernetesWorkloadDetails.containers.id",
        "resource.ecsClusterDetails.taskDetails.containers.id";
    "container.name":
        "resource.kubernetesDetails.kubernetesWorkloadDetails.containers.name",
        "resource.ecsClusterDetails.taskDetails.containers.name";
    "container.image.name":
        "resource.kubernetesDetails.kubernetesWorkloadDetails.containers.image",
        "resource.ecsClusterDetails.taskDetails.containers.image";
    "file.path":
        "service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames.filePaths.filePath",
        "service.malwareScanDetails.threats.itemPaths.nestedItemPath",
        "service.malwareScanDetails.threats.itemDetails.itemPath",
        "resource.s3BucketDetails.s3ObjectDetails.key",
        "service.runtimeDetails.context.threatFilePath",
        "service.runtimeDetails.context.filePath",
        "service.runtimeDetails.context.scriptPath",
        "service.runtimeDetails.context.moduleFilePath",
        LIBRARY_PATH;
    "file.name":
        "service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames.filePaths.fileName";
    "file.hash.sha256":
        "service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames.filePaths.hash",
        "service.malwareScanDetails.threats.itemPaths.hash",
        "service.malwareScanDetails.threats.itemDetails.hash",
        "service.malwareScanDetails.threats.hash",
        "resource.s3BucketDetails.s3ObjectDetails.hash",
        "service.runtimeDetails.context.moduleSha256";
};

/// Lists that the document has one part of, each value once.
const EACH_OF: [(usize, usize, &[&str]); 8] = [
    (
        slot!(FIELDS, "aws.guardduty.resource.bucket.name"),
        BUCKETS,
        &["name"],
    ),
    (
        slot!(FIELDS, "aws.guardduty.resource.bucket.arn"),
        BUCKETS,
        &["arn"],
    ),
    (
        slot!(FIELDS, "aws.guardduty.resource.bucket.object.arn"),
        BUCKETS,
        &["s3ObjectDetails", "objectArn"],
    ),
    (
        slot!(FIELDS, "aws.guardduty.resource.instance.security_group_ids"),
        source!(FIELDS, "resource.instanceDetails.networkInterfaces"),
        &["securityGroups", "groupId"],
    ),
    (
        THREAT_NAME,
        source!(
            FIELDS,
            "service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames",
        ),
        &["name"],
    ),
    (
        THREAT_NAME,
        source!(FIELDS, "service.malwareScanDetails.threats"),
        &["name"],
    ),
    (
        slot!(FIELDS, "aws.guardduty.service.sequence.signal_names"),
        source!(FIELDS, "service.detection.sequence.signals"),
        &["name"],
    ),
    (
        slot!(FIELDS, "aws.guardduty.service.sequence.indicators"),
        source!(FIELDS, "service.detection.sequence.sequenceIndicators"),
        &["key"],
    ),
];

const BUCKETS: usize = source!(FIELDS, "resource.s3BucketDetails");
const THREAT_NAME: usize = slot!(FIELDS, "aws.guardduty.service.malware_scan.threat_name");
const LOGINS: usize = source!(FIELDS, "service.action.*.LoginAttributes");

/// A kind of cluster with where its ARN and name are read from.
const CLUSTERS: [(&str, usize, usize); 2] = [
    (
        "\"kubernetes\"",
        source!(FIELDS, "resource.eksClusterDetails.arn"),
        source!(FIELDS, "resource.eksClusterDetails.name"),
    ),
    (
        "\"ecs\"",
        source!(FIELDS, "resource.ecsClusterDetails.arn"),
        source!(FIELDS, "resource.ecsClusterDetails.name"),
    ),
];

/// Fills in user, file, container and orchestrator.
pub fn apply<L: Level>(cells: &mut Cells<'_, '_>) {
    for (target, sources) in FIRST_OF {
        for source in *sources {
            let cell = cells.get(*source);
            cells.set_default(*target, cell);
        }
    }
    for parts in EACH_OF.chunk_by(|one, next| one.1 == next.1) {
        each_of::<L>(cells, parts);
    }
    for (kind, arn, name) in CLUSTERS {
        let (arn, name) = (cells.get(arn), cells.get(name));
        if arn.is_absent() && name.is_absent() {
            continue;
        }
        // A document has room for one cluster; of another, the original tells.
        cells.replace(slot!(FIELDS, "orchestrator.type"), Cell::Static(kind));
        cells.set(slot!(FIELDS, "orchestrator.cluster.id"), arn);
        cells.set(slot!(FIELDS, "orchestrator.cluster.name"), name);
    }
    logins::<L>(cells);
}

/// Fills in the parts of one list.
fn each_of<L: Level>(cells: &mut Cells<'_, '_>, parts: &[(usize, usize, &[&str])]) {
    let list = parts[0].1;
    if cells.get(list).is_absent() {
        return;
    }
    let paths: Vec<&[&str]> = parts.iter().map(|(_, _, path)| *path).collect();
    let mut found = vec![Vec::new(); parts.len()];
    pick::<L>(cells, list, &paths, |path, cell| found[path].push(cell));
    for ((target, _, _), values) in parts.iter().zip(found) {
        cells.set_list::<L>(*target, &values);
    }
}

/// Attempts to log in to a database: the first user's name where there is no other, and how many
/// attempts all of them made.
fn logins<L: Level>(cells: &mut Cells<'_, '_>) {
    if cells.get(LOGINS).is_absent() {
        return;
    }
    let user = first::<L>(cells, "user");
    cells.set_default(slot!(FIELDS, "user.name"), user);
    let application = first::<L>(cells, "application");
    cells.set_default(
        slot!(FIELDS, "aws.guardduty.resource.rds_db_user.application"),
        application,
    );
    for (key, target) in [
        (
            "failedLoginAttempts",
            slot!(FIELDS, "aws.guardduty.service.action.failed_login_attempts"),
        ),
        (
            "successfulLoginAttempts",
            slot!(
                FIELDS,
                "aws.guardduty.service.action.successful_login_attempts",
            ),
        ),
    ] {
        let counts = collect::<L>(cells, LOGINS, &[key]);
        if !counts.is_empty() {
            let all = counts.iter().map(count).fold(0, i64::saturating_add);
            let all = cells.own_integer(all);
            cells.set(target, all);
        }
    }
}

/// The first text of the attempts under `key`.
fn first<'a, L: Level>(cells: &Cells<'a, '_>, key: &str) -> Cell<'a> {
    let texts = collect::<L>(cells, LOGINS, &[key]);
    let mut texts = texts.into_iter();
    texts
        .find(|cell| matches!(cell, Cell::Text(_)))
        .unwrap_or_default()
}

fn count(cell: &Cell<'_>) -> i64 {
    let (Cell::Json(text) | Cell::Text(text)) = cell else {
        return 0;
    };
    std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}
