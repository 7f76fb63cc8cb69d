//! `service`: malware scans, Runtime Monitoring, anomalies and attack sequences.

use crate::document::Kind::{Array, Date, Flattened, Keyword, Keywords, List, Long};
use crate::document::{Row, computed, input, row};

/// The library that Runtime Monitoring saw loaded.
pub const LIBRARY_PATH: &str = concat!("service.runtimeDetails.context.", "libraryPath");

#[rustfmt::skip]
pub(super) const FIELDS: &[Row] = &[
    // Malware scans: of an instance's volumes, of objects and backups.
    computed(                            "file.path"),
    computed(                            "file.name"),
    computed(                            "file.hash.sha256"),
    row("service.ebsVolumeScanDetails",  "aws.guardduty.flattened.ebs_volume_scan_details", Flattened),
    row("service.ebsVolumeScanDetails.scanId", "aws.guardduty.service.malware_scan.id", Keyword),
    row("service.ebsVolumeScanDetails.scanType", "aws.guardduty.service.malware_scan.type", Keyword),
    row("service.ebsVolumeScanDetails.scanStartedAt", "aws.guardduty.service.malware_scan.started_at", Date),
    row("service.ebsVolumeScanDetails.scanCompletedAt", "aws.guardduty.service.malware_scan.completed_at", Date),
    row("service.ebsVolumeScanDetails.triggerFindingId", "aws.guardduty.service.malware_scan.trigger_finding_id", Keyword),
    row("service.ebsVolumeScanDetails.sources", "aws.guardduty.service.malware_scan.sources", Keywords),
    row("service.ebsVolumeScanDetails.scanDetections.threatsDetectedItemCount.files", "aws.guardduty.service.malware_scan.infected_files", Long),
    row("service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.uniqueThreatNameCount", "aws.guardduty.service.malware_scan.unique_threat_count", Long),
    row("service.ebsVolumeScanDetails.scanDetections.highestSeverityThreatDetails.severity", "aws.guardduty.service.malware_scan.highest_severity", Keyword),
    input("service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames", Array),
    input("service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames.filePaths.filePath", Keyword),
    input("service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames.filePaths.fileName", Keyword),
    input("service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames.filePaths.hash", Keyword),
    row("service.malwareScanDetails",    "aws.guardduty.flattened.malware_scan_details", Flattened),
    row("service.malwareScanDetails.scanId", "aws.guardduty.service.malware_scan.id", Keyword),
    row("service.malwareScanDetails.scanType", "aws.guardduty.service.malware_scan.type", Keyword),
    row("service.malwareScanDetails.scanCategory", "aws.guardduty.service.malware_scan.category", Keyword),
    row("service.malwareScanDetails.scanConfiguration.triggerType", "aws.guardduty.service.malware_scan.trigger_type", Keyword),
    row("service.malwareScanDetails.uniqueThreatCount", "aws.guardduty.service.malware_scan.unique_threat_count", Long),
    computed(                            "aws.guardduty.service.malware_scan.threat_name"),
    input("service.malwareScanDetails.threats",                    Array),
    input("service.malwareScanDetails.threats.hash",               Keyword),
    input("service.malwareScanDetails.threats.itemPaths.nestedItemPath", Keyword),
    input("service.malwareScanDetails.threats.itemPaths.hash",     Keyword),
    input("service.malwareScanDetails.threats.itemDetails.itemPath", Keyword),
    input("service.malwareScanDetails.threats.itemDetails.hash",   Keyword),

    // Runtime Monitoring.
    row("service.runtimeDetails.process.name", "process.name",                    Keyword),
    row("service.runtimeDetails.process.executablePath", "process.executable",    Keyword),
    row("service.runtimeDetails.process.executableSha256", "process.hash.sha256", Keyword),
    row("service.runtimeDetails.process.pwd", "process.working_directory",        Keyword),
    row("service.runtimeDetails.process.pid", "process.pid",                      Long),
    row("service.runtimeDetails.process.startTime", "process.start",              Date),
    row("service.runtimeDetails.process.uuid", "process.entity_id",               Keyword),
    row("service.runtimeDetails.process.user", "process.user.name",               Keyword),
    row("service.runtimeDetails.process.userId", "process.user.id",               Keyword),
    row("service.runtimeDetails.process.parentUuid", "process.parent.entity_id",  Keyword),
    computed(                            "process.parent.name"),
    computed(                            "process.parent.executable"),
    computed(                            "process.parent.pid"),
    computed(                            "process.parent.start"),
    computed(                            "process.parent.user.id"),
    row("service.runtimeDetails.process.namespacePid", "aws.guardduty.service.process.namespace_pid", Long),
    row("service.runtimeDetails.process.euid", "aws.guardduty.service.process.euid", Long),
    input("service.runtimeDetails.process.lineage",                List),
    row("service.runtimeDetails.context", "aws.guardduty.flattened.runtime_context", Flattened),
    input("service.runtimeDetails.context.filePath",               Keyword),
    input("service.runtimeDetails.context.threatFilePath",         Keyword),
    input("service.runtimeDetails.context.scriptPath",             Keyword),
    input(LIBRARY_PATH,                                            Keyword),
    input("service.runtimeDetails.context.moduleFilePath",         Keyword),
    input("service.runtimeDetails.context.moduleSha256",           Keyword),

    // Anomalies and attack sequences.
    row("service.detection",             "aws.guardduty.flattened.detection",     Flattened),
    row("service.detection.sequence.uid", "aws.guardduty.service.sequence.uid",   Keyword),
    row("service.detection.sequence.additionalSequenceTypes", "aws.guardduty.service.sequence.additional_types", Keywords),
    computed(                            "aws.guardduty.service.sequence.signal_names"),
    computed(                            "aws.guardduty.service.sequence.indicators"),
    input("service.detection.sequence.actors",                     Array),
    input("service.detection.sequence.endpoints",                  Array),
    input("service.detection.sequence.signals",                    Array),
    input("service.detection.sequence.sequenceIndicators",         Array),
];
