//! Who and what a finding is about: the user, the cluster, the file.

use std::borrow::Cow;

use super::FIELDS;
use crate::document::{Cell, Cells, slot, source};
use crate::json::Level;

/// Targets with the sources that are tried for them, the likeliest first.
const FIRST_OF: [(usize, &[usize]); 4] = [
    (
        slot!(FIELDS, "user.name"),
        &[
            source!(FIELDS, "resource.accessKeyDetails.userName"),
            source!(
                FIELDS,
                "resource.kubernetesDetails.kubernetesUserDetails.username",
            ),
            source!(FIELDS, "resource.rdsDbUserDetails.user"),
            source!(FIELDS, "service.action.*.user"),
        ],
    ),
    (
        slot!(FIELDS, "file.path"),
        &[
            source!(
                FIELDS,
                "service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames.filePaths.filePath",
            ),
            source!(
                FIELDS,
                "service.malwareScanDetails.threats.itemPaths.nestedItemPath",
            ),
            source!(FIELDS, "resource.s3BucketDetails.s3ObjectDetails.key"),
        ],
    ),
    (
        slot!(FIELDS, "file.name"),
        &[source!(
            FIELDS,
            "service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames.filePaths.fileName",
        )],
    ),
    (
        slot!(FIELDS, "file.hash.sha256"),
        &[
            source!(
                FIELDS,
                "service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames.filePaths.hash",
            ),
            source!(FIELDS, "service.malwareScanDetails.threats.itemPaths.hash"),
        ],
    ),
];

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

/// Fills in user, file and orchestrator.
pub fn apply<L: Level>(cells: &mut Cells<'_, '_>) {
    for (target, sources) in FIRST_OF {
        for source in sources {
            let cell = cells.get(*source);
            cells.set_default(target, cell);
        }
    }
    for (kind, arn, name) in CLUSTERS {
        let (arn, name) = (cells.get(arn), cells.get(name));
        if arn.is_absent() && name.is_absent() {
            continue;
        }
        cells.set(slot!(FIELDS, "orchestrator.type"), Cell::Static(kind));
        cells.set(slot!(FIELDS, "orchestrator.cluster.id"), arn);
        cells.set(slot!(FIELDS, "orchestrator.cluster.name"), name);
    }
    let user = cells
        .text::<L>(cells.get(slot!(FIELDS, "user.name")))
        .map(Cow::into_owned);
    cells.set_strings(slot!(FIELDS, "related.user"), user.as_slice());
}
