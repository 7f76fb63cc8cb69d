//! What a finding's type says: `ThreatPurpose:ResourceTypeAffected/ThreatFamilyName…`
//! ("GuardDuty finding format", Amazon GuardDuty User Guide).

use super::FIELDS;
use crate::document::{Cell, Cells, slot};

/// The threat purposes that are tactics of MITRE ATT&CK (Enterprise), with the tactic's id and name.
const TACTICS: [(&[u8], &str, &str); 9] = [
    (
        b"CredentialAccess",
        "[\"TA0006\"]",
        "[\"Credential Access\"]",
    ),
    (b"DefenseEvasion", "[\"TA0005\"]", "[\"Defense Evasion\"]"),
    (b"Discovery", "[\"TA0007\"]", "[\"Discovery\"]"),
    (b"Execution", "[\"TA0002\"]", "[\"Execution\"]"),
    (b"Exfiltration", "[\"TA0010\"]", "[\"Exfiltration\"]"),
    (b"Impact", "[\"TA0040\"]", "[\"Impact\"]"),
    (b"InitialAccess", "[\"TA0001\"]", "[\"Initial Access\"]"),
    (b"Persistence", "[\"TA0003\"]", "[\"Persistence\"]"),
    (
        b"PrivilegeEscalation",
        "[\"TA0004\"]",
        "[\"Privilege Escalation\"]",
    ),
];

/// The families of the findings of malware scans ("Malware Protection for EC2 finding types",
/// "Malware Protection for S3 finding type").
const MALWARE: [&[u8]; 2] = [b"/MaliciousFile", b"/SuspiciousFile"];

/// Fills in the rule's category and rule set, the tactic and the event's category.
pub fn apply(cells: &mut Cells<'_, '_>) {
    let name = match cells.get(slot!(FIELDS, "rule.name")) {
        Cell::Text(name) => name,
        _ => b"",
    };
    let purpose = before(name, b':');
    if let Some(purpose) = purpose {
        cells.set(slot!(FIELDS, "rule.category"), Cell::Text(purpose));
        if let Some((_, id, tactic)) = TACTICS.iter().find(|(tactic, _, _)| *tactic == purpose) {
            cells.set(
                slot!(FIELDS, "threat.framework"),
                Cell::Static("\"MITRE ATT&CK\""),
            );
            cells.set(slot!(FIELDS, "threat.tactic.id"), Cell::Static(id));
            cells.set(slot!(FIELDS, "threat.tactic.name"), Cell::Static(tactic));
        }
    }
    if let Some(ruleset) = before(name, b'/') {
        cells.set(slot!(FIELDS, "rule.ruleset"), Cell::Text(ruleset));
    }
    let malware = MALWARE
        .iter()
        .any(|family| memchr::memmem::find(name, family).is_some());
    let category = if malware {
        "[\"malware\"]"
    } else {
        "[\"intrusion_detection\"]"
    };
    cells.set(slot!(FIELDS, "event.category"), Cell::Static(category));
}

/// What stands before `separator`, which is no part of any escape.
fn before(name: &[u8], separator: u8) -> Option<&[u8]> {
    memchr::memchr(separator, name)
        .filter(|at| *at > 0)
        .map(|at| &name[..at])
}
