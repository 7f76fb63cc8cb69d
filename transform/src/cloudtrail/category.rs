//! What kind of event it was: `event.category` and `event.type` by the service and the action.

use super::FIELDS;
use crate::document::{Cell, Cells, slot};

/// Calls that prove or pass on an identity, besides `AssumeRole…` and `AssumeRoot`.
const AUTHENTICATION: [&[u8]; 13] = [
    b"CheckMfa",
    b"ConsoleLogin",
    b"CredentialChallenge",
    b"CredentialVerification",
    b"ExitRole",
    b"ExternalIdPDirectoryLogin",
    b"Federate",
    b"GetFederationToken",
    b"GetRoleCredentials",
    b"GetSessionToken",
    b"GetSigninToken",
    b"SwitchRole",
    b"UserAuthentication",
];

/// What IAM's actions begin with, and the `event.type` that it means.
const VERBS: [(&[u8], &str); 20] = [
    (b"Add", "change"),
    (b"Attach", "change"),
    (b"Change", "change"),
    (b"Create", "creation"),
    (b"Deactivate", "change"),
    (b"Delete", "deletion"),
    (b"Detach", "change"),
    (b"Disable", "change"),
    (b"Enable", "change"),
    (b"Put", "change"),
    (b"Remove", "change"),
    (b"Reset", "change"),
    (b"Resync", "change"),
    (b"Set", "change"),
    (b"Tag", "change"),
    (b"Untag", "change"),
    (b"Update", "change"),
    (b"Upload", "creation"),
    (b"Generate", "info"),
    (b"Get", "info"),
];

/// What IAM's actions are about: the first that the name holds decides.
const SUBJECTS: [(&[u8], &str); 8] = [
    (b"UserToGroup", "group"),
    (b"UserFromGroup", "group"),
    (b"Group", "group"),
    (b"User", "user"),
    (b"LoginProfile", "user"),
    (b"AccessKey", "user"),
    (b"MFADevice", "user"),
    (b"Password", "user"),
];

/// Fills in `event.category`, `event.type` and `cloud.service.name`.
pub fn apply(cells: &mut Cells<'_, '_>) {
    let text = |slot| match cells.get(slot) {
        Cell::Text(text) => text,
        _ => b"",
    };
    let action = text(slot!(FIELDS, "event.action"));
    let provider = text(slot!(FIELDS, "event.provider"));
    let dot = memchr::memchr(b'.', provider).unwrap_or(provider.len());
    if dot > 0 {
        let service = Cell::Text(&provider[..dot]);
        cells.set(slot!(FIELDS, "cloud.service.name"), service);
    }
    let (category, kind) = if is_authentication(action) {
        (Cell::Static("[\"authentication\"]"), "[\"info\"]")
    } else if provider == b"iam.amazonaws.com" && !action.is_empty() {
        (Cell::Static("[\"iam\"]"), iam_type(action))
    } else {
        (Cell::Absent, "[\"info\"]")
    };
    cells.set(slot!(FIELDS, "event.category"), category);
    cells.set(slot!(FIELDS, "event.type"), Cell::Static(kind));
}

fn is_authentication(action: &[u8]) -> bool {
    action.starts_with(b"AssumeR") || AUTHENTICATION.contains(&action)
}

fn iam_type(action: &[u8]) -> &'static str {
    let verb = VERBS
        .iter()
        .find(|(verb, _)| action.starts_with(verb))
        .map_or("info", |(_, kind)| kind);
    let subject = SUBJECTS
        .iter()
        .find(|(part, _)| memchr::memmem::find(action, part).is_some())
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
        assert_eq!(iam_type(b"CreateUser"), r#"["user","creation"]"#);
        assert_eq!(iam_type(b"AddUserToGroup"), r#"["group","change"]"#);
        assert_eq!(iam_type(b"DeleteAccessKey"), r#"["user","deletion"]"#);
        assert_eq!(iam_type(b"AttachRolePolicy"), r#"["admin","change"]"#);
        assert_eq!(iam_type(b"ListGroups"), r#"["group","info"]"#);
        assert_eq!(iam_type(b"GetAccountSummary"), r#"["admin","info"]"#);
    }
}
