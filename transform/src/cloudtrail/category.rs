//! What kind of event it was: `event.category` and `event.type` by the service and the action.

use super::FIELDS;
use crate::document::{Cell, Cells, slot};
use crate::json::Level;

/// Calls that prove or pass on an identity.
const AUTHENTICATION: [&[u8]; 9] = [
    b"AssumeRole",
    b"AssumeRoleWithSAML",
    b"AssumeRoleWithWebIdentity",
    b"AssumeRoot",
    b"ConsoleLogin",
    b"ExternalIdPDirectoryLogin",
    b"GetFederationToken",
    b"GetSessionToken",
    b"UserAuthentication",
];

/// What IAM's actions begin with, and the `event.type` that it means.
const VERBS: [(&str, &str); 22] = [
    ("AddUserToGroup", "change"),
    ("RemoveUserFromGroup", "change"),
    ("Add", "change"),
    ("Attach", "change"),
    ("Change", "change"),
    ("Create", "creation"),
    ("Deactivate", "change"),
    ("Delete", "deletion"),
    ("Detach", "change"),
    ("Disable", "change"),
    ("Enable", "change"),
    ("Put", "change"),
    ("Remove", "change"),
    ("Reset", "change"),
    ("Resync", "change"),
    ("Set", "change"),
    ("Tag", "change"),
    ("Untag", "change"),
    ("Update", "change"),
    ("Upload", "creation"),
    ("Generate", "info"),
    ("Get", "info"),
];

/// What IAM's actions are about: the first that the name holds decides.
const SUBJECTS: [(&str, &str); 8] = [
    ("UserToGroup", "group"),
    ("UserFromGroup", "group"),
    ("Group", "group"),
    ("User", "user"),
    ("LoginProfile", "user"),
    ("AccessKey", "user"),
    ("MFADevice", "user"),
    ("Password", "user"),
];

/// Fills in `event.category` and `event.type`.
pub fn apply<L: Level>(cells: &mut Cells<'_, '_>) {
    let action = cells
        .text::<L>(cells.get(slot!(FIELDS, "event.action")))
        .unwrap_or_default()
        .into_owned();
    let provider = cells
        .text::<L>(cells.get(slot!(FIELDS, "event.provider")))
        .unwrap_or_default()
        .into_owned();
    if let Some(service) = provider
        .split(|byte| *byte == b'.')
        .next()
        .filter(|service| !service.is_empty())
    {
        cells.set_string(slot!(FIELDS, "cloud.service.name"), service);
    }
    let kind = slot!(FIELDS, "event.type");
    if AUTHENTICATION.contains(&action.as_slice()) {
        cells.set(
            slot!(FIELDS, "event.category"),
            Cell::Static("[\"authentication\"]"),
        );
        cells.set(kind, Cell::Static("[\"info\"]"));
    } else if provider == b"iam.amazonaws.com" {
        cells.set(slot!(FIELDS, "event.category"), Cell::Static("[\"iam\"]"));
        cells.set(
            kind,
            Cell::Static(iam_type(&String::from_utf8_lossy(&action))),
        );
    } else {
        cells.set(kind, Cell::Static("[\"info\"]"));
    }
}

fn iam_type(action: &str) -> &'static str {
    let verb = VERBS
        .iter()
        .find(|(verb, _)| action.starts_with(verb))
        .map_or("info", |(_, kind)| kind);
    let subject = SUBJECTS
        .iter()
        .find(|(part, _)| action.contains(part))
        .map_or("admin", |(_, subject)| subject);
    match (subject, verb) {
        ("user", "creation") => r#"["user","creation"]"#,
        ("user", "change") => r#"["user","change"]"#,
        ("user", "deletion") => r#"["user","deletion"]"#,
        ("user", _) => r#"["user","info"]"#,
        ("group", "creation") => r#"["group","creation"]"#,
        ("group", "change") => r#"["group","change"]"#,
        ("group", "deletion") => r#"["group","deletion"]"#,
        ("group", _) => r#"["group","info"]"#,
        (_, "creation") => r#"["admin","creation"]"#,
        (_, "change") => r#"["admin","change"]"#,
        (_, "deletion") => r#"["admin","deletion"]"#,
        _ => r#"["admin","info"]"#,
    }
}

#[cfg(test)]
mod tests {
    use super::iam_type;

    #[test]
    fn iam_actions_are_told_by_verb_and_subject() {
        assert_eq!(iam_type("CreateUser"), r#"["user","creation"]"#);
        assert_eq!(iam_type("AddUserToGroup"), r#"["group","change"]"#);
        assert_eq!(iam_type("DeleteAccessKey"), r#"["user","deletion"]"#);
        assert_eq!(iam_type("AttachRolePolicy"), r#"["admin","change"]"#);
        assert_eq!(iam_type("ListGroups"), r#"["group","info"]"#);
        assert_eq!(iam_type("GetAccountSummary"), r#"["admin","info"]"#);
    }
}
