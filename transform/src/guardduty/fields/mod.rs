//! The table of GuardDuty's fields.
//!
//! Sources: "GuardDuty finding format" in the Amazon GuardDuty User Guide, and the types `Finding`,
//! `Resource` and `Service` of the Amazon GuardDuty API (version 2017-11-28). Lists and free-form
//! parts are flattened objects of their own; whatever has no row stays searchable in
//! `aws.guardduty.flattened.unmapped`.

mod action;
mod resource;
mod service;

pub use service::LIBRARY_PATH;

use crate::dataset::Dataset;
use crate::document::Kind::{Boolean, Date, Double, Flattened, Keyword, Keywords, Long};
use crate::document::{COMMON, Row, computed, constant, row};

/// Where each field of a finding goes.
pub const FIELDS: &[Row] = &joined();

/// Of the finding itself.
#[rustfmt::skip]
const FINDING: &[Row] = &[
    constant("event.dataset", Dataset::GuardDuty.json_name()),
    row("updatedAt",                     "@timestamp",                            Date),
    row("id",                            "event.id",                              Keyword),
    row("createdAt",                     "event.created",                         Date),
    row("service.eventFirstSeen",        "event.start",                           Date),
    row("service.eventLastSeen",         "event.end",                             Date),
    computed(                            "event.severity"),
    computed(                            "event.category"),
    computed(                            "event.type"),
    row("service.action.actionType",     "event.action",                          Keyword),
    row("description",                   "message",                               Keyword),
    row("type",                          "rule.name",                             Keyword),
    computed(                            "rule.category"),
    computed(                            "rule.ruleset"),
    computed(                            "threat.framework"),
    computed(                            "threat.tactic.id"),
    computed(                            "threat.tactic.name"),
    computed(                            "threat.technique.id"),
    row("accountId",                     "cloud.account.id",                      Keyword),
    row("region",                        "cloud.region",                          Keyword),

    // Who is source and who is destination depends on the direction: the rules decide.
    computed("source.address"),
    computed("source.ip"),
    computed("source.port"),
    computed("source.as.number"),
    computed("source.as.organization.name"),
    computed("source.geo.city_name"),
    computed("source.geo.country_name"),
    computed("source.geo.country_iso_code"),
    computed("source.geo.location"),
    computed("destination.address"),
    computed("destination.ip"),
    computed("destination.port"),
    computed("destination.as.number"),
    computed("destination.as.organization.name"),
    computed("destination.geo.city_name"),
    computed("destination.geo.country_name"),
    computed("destination.geo.country_iso_code"),
    computed("destination.geo.location"),
    computed("network.transport"),
    computed("network.direction"),
    computed("related.ip"),
    computed("related.user"),
    computed("related.hosts"),
    computed("related.hash"),
    row("arn",                           "aws.guardduty.arn",                     Keyword),
    row("associatedAttackSequenceArn",   "aws.guardduty.associated_attack_sequence_arn", Keyword),
    row("customDetectionRuleName",       "aws.guardduty.custom_detection_rule_name", Keyword),
    row("type",                          "aws.guardduty.type",                    Keyword),
    row("title",                         "aws.guardduty.title",                   Keyword),
    row("partition",                     "aws.guardduty.partition",               Keyword),
    row("schemaVersion",                 "aws.guardduty.schema_version",          Keyword),
    row("confidence",                    "aws.guardduty.confidence",              Double),
    row("severity",                      "aws.guardduty.severity.code",           Double),
    computed(                            "aws.guardduty.severity.value"),
    row("resource.resourceType",         "aws.guardduty.resource.type",           Keyword),
    row("service.archived",              "aws.guardduty.service.archived",        Boolean),
    row("service.count",                 "aws.guardduty.service.count",           Long),
    row("service.detectorId",            "aws.guardduty.service.detector_id",     Keyword),
    row("service.featureName",           "aws.guardduty.service.feature_name",    Keyword),
    row("service.resourceRole",          "aws.guardduty.service.resource_role",   Keyword),
    row("service.serviceName",           "aws.guardduty.service.name",            Keyword),
    row("service.userFeedback",          "aws.guardduty.service.user_feedback",   Keyword),
    row("service.evidence.threatIntelligenceDetails.threatListName", "aws.guardduty.service.evidence.threat_list_name", Keyword),
    row("service.evidence.threatIntelligenceDetails.threatNames", "aws.guardduty.service.evidence.threat_names", Keywords),
    row("service.evidence.threatIntelligenceDetails.threatFileSha256", "aws.guardduty.service.evidence.threat_file_sha256", Keyword),
    row("service.additionalInfo",        "aws.guardduty.flattened.additional_info", Flattened),
    computed(                            "aws.guardduty.flattened.unmapped"),
];

/// The rows in the order of the document.
const PARTS: [&[Row]; 5] = [
    COMMON,
    FINDING,
    action::FIELDS,
    resource::FIELDS,
    service::FIELDS,
];

const LENGTH: usize = {
    let mut length = 0;
    let mut part = 0;
    while part < PARTS.len() {
        length += PARTS[part].len();
        part += 1;
    }
    length
};

#[expect(clippy::large_stack_arrays, reason = "runs while compiling only")]
const fn joined() -> [Row; LENGTH] {
    let mut all = [COMMON[0]; LENGTH];
    let (mut at, mut part) = (0, 0);
    while part < PARTS.len() {
        let mut row = 0;
        while row < PARTS[part].len() {
            all[at] = PARTS[part][row];
            at += 1;
            row += 1;
        }
        part += 1;
    }
    all
}
