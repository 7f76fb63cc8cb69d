//! IAM: roles with their trust, their inline and their attached policies.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};

use super::pages::page;
use super::unknown;
use crate::cloud::answer::Answered;
use crate::cloud::call::Call;
use crate::cloud::documents::is_policy;
use crate::cloud::refusal::Refusal;
use crate::cloud::world::World;

/// Roles by account and name.
#[derive(Debug, Clone, Default)]
pub(in crate::cloud) struct Roles(BTreeMap<String, BTreeMap<String, Role>>);

/// A role.
#[derive(Debug, Clone)]
pub(in crate::cloud) struct Role {
    path: String,
    description: String,
    /// Who may assume it.
    pub trust: Value,
    /// Inline policies by name.
    pub policies: BTreeMap<String, Value>,
    attached: Vec<String>,
    tags: BTreeMap<String, String>,
    /// When it, or one of its policies, was last changed.
    pub changed: Instant,
}

impl Roles {
    /// A role of an account.
    pub(in crate::cloud) fn get(&self, account: &str, name: &str) -> Option<&Role> {
        self.0.get(account)?.get(name)
    }

    /// A role by its ARN, with its account.
    pub(in crate::cloud) fn by_arn<'a>(&self, arn: &'a str) -> Option<(&'a str, &Role)> {
        let (_, rest) = arn.strip_prefix("arn:")?.split_once(":iam::")?;
        let (account, path) = rest.split_once(":role/")?;
        let name = path.rsplit('/').next()?;
        Some((account, self.get(account, name)?))
    }

    /// Adds a role that trusts `account`, as Organizations does in the accounts that it creates.
    pub(in crate::cloud) fn add_access_role(&mut self, account: &str, name: &str, trusted: &str) {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{trusted}:root")}, "Action": "sts:AssumeRole"}]});
        let role = Role::new(trust);
        self.of(account).insert(name.to_owned(), role);
    }

    fn of(&mut self, account: &str) -> &mut BTreeMap<String, Role> {
        if !self.0.contains_key(account) {
            self.0.insert(account.to_owned(), BTreeMap::new());
        }
        self.0.entry(account.to_owned()).or_default()
    }

    pub(in crate::cloud) fn dump(&self, dump: &mut BTreeMap<String, String>) {
        for (account, roles) in &self.0 {
            for (name, role) in roles {
                let key = format!("{account} role {name}");
                let Role {
                    path,
                    description,
                    trust,
                    policies,
                    attached,
                    tags,
                    ..
                } = role;
                dump.insert(
                    key,
                    json!({"path": path, "description": description, "trust": trust, "policies": policies,
                        "attached": attached, "tags": tags})
                    .to_string(),
                );
            }
        }
    }
}

impl Role {
    fn new(trust: Value) -> Self {
        Self {
            path: "/".to_owned(),
            description: String::new(),
            trust,
            policies: BTreeMap::new(),
            attached: Vec::new(),
            tags: BTreeMap::new(),
            changed: Instant::now(),
        }
    }

    /// As `GetRole` and `ListRoles` answer it; documents are percent-encoded.
    fn shown(&self, account: &str, name: &str) -> Value {
        let tags = self.tags.iter();
        let tags: Vec<_> = tags
            .map(|(key, value)| json!({"Key": key, "Value": value}))
            .collect();
        json!({
            "RoleName": name,
            "RoleId": format!("AROA{account}{name}"),
            "Path": self.path,
            "Arn": format!("arn:aws:iam::{account}:role{}{name}", self.path),
            "CreateDate": "2026-01-01T00:00:00Z",
            "Description": self.description,
            "AssumeRolePolicyDocument": percent_encoded(&self.trust.to_string()),
            "Tags": tags,
        })
    }
}

pub(super) fn answer(world: &mut World, call: &Call) -> Answered {
    let roles = world.roles.of(&call.account);
    match call.operation.as_str() {
        "CreateRole" => return create(roles, call),
        "ListRoles" => {
            let (found, marker) = page(roles.iter(), call.optional("Marker"), 100)?;
            let found = found
                .into_iter()
                .map(|(name, role)| role.shown(&call.account, name));
            let found: Vec<_> = found.collect();
            return Ok(json!({"Roles": found, "IsTruncated": !marker.is_null(), "Marker": marker}));
        }
        "DeleteRole" => return delete(roles, call),
        _ => {}
    }
    let name = call.text("RoleName")?;
    let missing = || no_such(&format!("The role with name {name} cannot be found."));
    let role = roles.get_mut(name).ok_or_else(missing)?;
    match call.operation.as_str() {
        "GetRole" => Ok(json!({"Role": role.shown(&call.account, name)})),
        "TagRole" => {
            role.tags.extend(tags(call));
            Ok(Value::Null)
        }
        "UpdateAssumeRolePolicy" => {
            role.trust = document(call, "PolicyDocument")?;
            role.changed = Instant::now();
            Ok(Value::Null)
        }
        _ => policies(role, call),
    }
}

fn create(roles: &mut BTreeMap<String, Role>, call: &Call) -> Answered {
    let name = call.text("RoleName")?;
    if roles.contains_key(name) {
        let message = format!("Role with name {name} already exists.");
        return Err(Refusal::with_status(409, "EntityAlreadyExists", &message));
    }
    let role = Role {
        path: call.optional("Path").unwrap_or("/").to_owned(),
        description: call.optional("Description").unwrap_or_default().to_owned(),
        tags: tags(call).collect(),
        ..Role::new(document(call, "AssumeRolePolicyDocument")?)
    };
    let shown = role.shown(&call.account, name);
    roles.insert(name.to_owned(), role);
    Ok(json!({"Role": shown}))
}

fn delete(roles: &mut BTreeMap<String, Role>, call: &Call) -> Answered {
    let name = call.text("RoleName")?;
    match roles.get(name) {
        None => Err(no_such(&format!(
            "The role with name {name} cannot be found."
        ))),
        Some(role) if !role.policies.is_empty() || !role.attached.is_empty() => {
            let message = "Cannot delete entity, must delete policies first.";
            Err(Refusal::with_status(409, "DeleteConflict", message))
        }
        Some(_) => {
            roles.remove(name);
            Ok(Value::Null)
        }
    }
}

/// The operations on a role's policies.
fn policies(role: &mut Role, call: &Call) -> Answered {
    let missing = || no_such("The role policy cannot be found.");
    match call.operation.as_str() {
        "ListRolePolicies" => {
            let names: Vec<_> = role.policies.keys().collect();
            return Ok(json!({"PolicyNames": names, "IsTruncated": false}));
        }
        "ListAttachedRolePolicies" => {
            let shown =
                |arn: &String| json!({"PolicyArn": arn, "PolicyName": arn.rsplit('/').next()});
            let found: Vec<_> = role.attached.iter().map(shown).collect();
            return Ok(json!({"AttachedPolicies": found, "IsTruncated": false}));
        }
        "GetRolePolicy" => {
            let name = call.text("PolicyName")?;
            let found = role.policies.get(name).ok_or_else(missing)?;
            return Ok(json!({
                "RoleName": call.text("RoleName")?,
                "PolicyName": name,
                "PolicyDocument": percent_encoded(&found.to_string()),
            }));
        }
        "PutRolePolicy" => {
            let name = call.text("PolicyName")?.to_owned();
            role.policies
                .insert(name, document(call, "PolicyDocument")?);
        }
        "DeleteRolePolicy" => {
            let name = call.text("PolicyName")?;
            role.policies.remove(name).ok_or_else(missing)?;
        }
        "AttachRolePolicy" => {
            let arn = call.text("PolicyArn")?.to_owned();
            if !role.attached.contains(&arn) {
                role.attached.push(arn);
            }
        }
        "DetachRolePolicy" => {
            let arn = call.text("PolicyArn")?;
            let found = role.attached.iter().position(|found| found == arn);
            role.attached.remove(found.ok_or_else(missing)?);
        }
        _ => return Err(unknown(call)),
    }
    role.changed = Instant::now();
    Ok(Value::Null)
}

fn document(call: &Call, name: &str) -> Answered {
    let malformed = || Refusal::new("MalformedPolicyDocument", "Syntax errors in policy.");
    let document = serde_json::from_str(call.text(name)?).map_err(|_| malformed())?;
    if is_policy(&document) {
        Ok(document)
    } else {
        Err(malformed())
    }
}

/// The tags of a form: `Tags.member.1.Key`, `Tags.member.1.Value`.
fn tags(call: &Call) -> impl Iterator<Item = (String, String)> + '_ {
    (1..).map_while(|number| {
        let key = call.optional(&format!("Tags.member.{number}.Key"))?;
        let value = call.optional(&format!("Tags.member.{number}.Value"));
        Some((key.to_owned(), value.unwrap_or_default().to_owned()))
    })
}

fn no_such(message: &str) -> Refusal {
    Refusal::with_status(404, "NoSuchEntity", message)
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(HEX[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    encoded
}
