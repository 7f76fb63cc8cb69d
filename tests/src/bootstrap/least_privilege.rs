//! The organization in a stand-in that enforces policies, worked in by roles that have the policies of
//! `bootstrap policies` and no others.

use std::collections::BTreeMap;

use anyhow::Context;
use aws_sdk_iam::Client as Iam;
use local::organization::MANAGEMENT;
use serde_json::{Value, json};

use super::{BUCKET, Bootstrap, KEY, Ran, SOURCES, Scene};

/// Policy documents by their names.
pub type Documents = BTreeMap<String, Value>;

/// The role that is assumed in every account but the caller's.
const ACCESS_ROLE: &str = "OrganizationAccountAccessRole";

/// The role of whoever runs the program.
const OPERATOR: &str = "operator";

/// The organization, and the policies that make the program able to work in it.
pub struct LeastPrivilege {
    /// The organization; its program has the operator's credentials.
    pub scene: Scene,
    /// Everything that `bootstrap policies` prints.
    pub documents: Documents,
}

impl LeastPrivilege {
    /// Makes the organization and the roles with their policies.
    ///
    /// # Errors
    /// When the stand-in doesn't start, or refuses something.
    pub async fn new() -> anyhow::Result<Self> {
        Self::with("").await
    }

    /// The same with more tables in the configuration; `{logging}` in them is the logging account.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub async fn with(tables: &str) -> anyhow::Result<Self> {
        let mut scene = Scene::with(&[("AUTH", "true")]).await?;
        let logging = &scene.organization.logging.id;
        scene.aws.create_bucket(logging, BUCKET).await?;
        let catalog = format!("[catalog]\nlocation = \"s3://{BUCKET}/{KEY}\"\n");
        scene.configure(
            "",
            &format!(
                "{SOURCES}{catalog}{}",
                tables.replace("{logging}", &scene.organization.logging.id)
            ),
        )?;
        let documents = printed(&scene.bootstrap)?;
        for account in scene.accounts() {
            create_role(&scene, &account, role_in(&account)).await?;
        }
        scene.bootstrap.credentials = operator(&scene).await?;
        let least = Self { scene, documents };
        least.grant(&least.documents).await?;
        Ok(least)
    }

    /// Gives every role exactly its part of these documents from now on.
    ///
    /// # Errors
    /// When a document belongs to a role that isn't known here, or the stand-in refuses something.
    pub async fn grant(&self, documents: &Documents) -> anyhow::Result<()> {
        for (name, document) in documents {
            let document = as_the_stand_in_checks(document);
            for account in self.holders(name)? {
                let put = Iam::new(&self.scene.aws.account(&account))
                    .put_role_policy()
                    .role_name(role_in(&account))
                    .policy_name(name)
                    .policy_document(document.to_string());
                put.send().await?;
            }
        }
        Ok(())
    }

    /// The accounts whose role has the document of that name.
    ///
    /// # Errors
    /// When nobody said.
    pub fn holders(&self, name: &str) -> anyhow::Result<Vec<String>> {
        let organization = &self.scene.organization;
        let (logging, management) = (organization.logging.id.as_str(), MANAGEMENT);
        let members = organization.members.iter().map(|member| member.id.as_str());
        let all: Vec<_> = members.chain([logging, management]).collect();
        holders(name, (management, logging, logging), &all)
    }
}

/// The accounts in which somebody has the document of that name: of the management account, the logging account
/// and GuardDuty's account, or of all that send.
///
/// # Errors
/// When nobody said.
pub fn holders(
    name: &str,
    (management, logging, guardduty): (&str, &str, &str),
    all: &[&str],
) -> anyhow::Result<Vec<String>> {
    let accounts = match name {
        "caller" | "access-cloudtrail" | "access-cloudtrail-create" => &[management],
        "access-central" | "access-catalog" | "access-encryption" | "access-canary-archive" => {
            &[logging]
        }
        "access-guardduty" => &[guardduty],
        "access-member"
        | "access-account-policy"
        | "access-flow-logs"
        | "access-flow-logs-create"
        | "access-canary" => all,
        // The function's, which isn't here.
        "function-catalog" => &[],
        other => anyhow::bail!("who has the policy {other}? Say so in least_privilege.rs"),
    };
    Ok(accounts.iter().map(|&account| account.to_owned()).collect())
}

/// Every action of every document that a role here has, with the document's name.
///
/// # Errors
/// When a document belongs to a role that isn't known here.
pub fn actions(least: &LeastPrivilege) -> anyhow::Result<Vec<(String, String)>> {
    let mut all = actions_of(&least.documents);
    for name in least.documents.keys() {
        if least.holders(name)?.is_empty() {
            all.retain(|(document, _)| document != name);
        }
    }
    Ok(all)
}

/// Every action of these documents, with the document's name.
#[must_use]
pub fn actions_of(documents: &Documents) -> Vec<(String, String)> {
    let mut actions = Vec::new();
    for (name, document) in documents {
        for statement in document["Statement"].as_array().into_iter().flatten() {
            let one = statement["Action"].as_str().into_iter();
            let many = statement["Action"].as_array().into_iter().flatten();
            let all = one.chain(many.filter_map(Value::as_str));
            actions.extend(all.map(|action| (name.clone(), action.to_owned())));
        }
    }
    actions
}

/// The documents with one action less in one of them.
#[must_use]
pub fn without(documents: &Documents, name: &str, action: &str) -> Documents {
    let mut documents = documents.clone();
    let statements = documents
        .get_mut(name)
        .and_then(|document| document["Statement"].as_array_mut());
    for statement in statements.into_iter().flatten() {
        match &mut statement["Action"] {
            Value::Array(actions) => actions.retain(|other| other != action),
            // A policy must allow something; this one everybody may do anyway.
            one if one == action => *one = json!("sts:GetCallerIdentity"),
            _ => {}
        }
    }
    documents
}

/// What `bootstrap policies` prints.
///
/// # Errors
/// When it fails.
pub fn printed(bootstrap: &Bootstrap) -> anyhow::Result<Documents> {
    printed_with(bootstrap, &[])
}

/// The same with more arguments (`--canary`).
///
/// # Errors
/// When it fails.
pub fn printed_with(bootstrap: &Bootstrap, more: &[&str]) -> anyhow::Result<Documents> {
    let arguments = [&["policies", "--json"], more].concat();
    let printed = bootstrap.ends(0, &arguments)?.json()?;
    let entries = printed["policies"].as_array().cloned().unwrap_or_default();
    let pairs = entries.into_iter().map(|entry| {
        let name = entry["name"].as_str().unwrap_or_default();
        (name.to_owned(), entry["document"].clone())
    });
    Ok(pairs.collect())
}

fn role_in(account: &str) -> &'static str {
    if account == MANAGEMENT {
        OPERATOR
    } else {
        ACCESS_ROLE
    }
}

/// A role that the management account may assume.
async fn create_role(scene: &Scene, account: &str, name: &str) -> anyhow::Result<()> {
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{MANAGEMENT}:root")}, "Action": "sts:AssumeRole",
    }]});
    let iam = Iam::new(&scene.aws.account(account));
    let create = iam.create_role().role_name(name);
    create
        .assume_role_policy_document(trust.to_string())
        .send()
        .await?;
    Ok(())
}

/// Credentials of the operator's role.
async fn operator(scene: &Scene) -> anyhow::Result<(String, String, Option<String>)> {
    let sts = aws_sdk_sts::Client::new(&scene.aws.account(MANAGEMENT));
    let assume = sts
        .assume_role()
        .role_arn(format!("arn:aws:iam::{MANAGEMENT}:role/{OPERATOR}"));
    let answer = assume.role_session_name("test").send().await?;
    let keys = answer.credentials.context("no credentials")?;
    Ok((
        keys.access_key_id,
        keys.secret_access_key,
        Some(keys.session_token),
    ))
}

/// The stand-in holds calls on destinations against `*`, where AWS holds them against the destination
/// (Service Authorization Reference, `logs:PutDestination`: resource type `destination`). So it does
/// with `ec2:CreateFlowLogs`, whose resource types are the flow log and the VPC, with
/// rules of `EventBridge`, and with the reading of records, where the request names the stream only by its iterator.
fn as_the_stand_in_checks(document: &Value) -> Value {
    let mut document = document.clone();
    for statement in document["Statement"].as_array_mut().into_iter().flatten() {
        if ["Destination", "CreateFlowLogs", "ReadTheStream", "Rule"]
            .iter()
            .any(|sid| statement["Sid"] == *sid)
        {
            statement["Resource"] = "*".into();
        }
    }
    document
}

/// Whether somebody who reads what a run said knows that the action (`logs:PutDestination`) is missing, and in
/// which of these accounts.
#[must_use]
pub fn is_told(ran: &Ran, action: &str, holders: &[String]) -> bool {
    let name = action.split_once(':').map_or("", |(_, name)| name);
    ran.said().lines().any(|line| {
        let mut words = line.split(|character: char| !character.is_ascii_alphanumeric());
        let named = words.any(|word| word == name);
        let denied = line.contains("AccessDenied") || line.contains("not authorized");
        let mut accounts = holders.iter();
        named && denied && accounts.any(|account| line.contains(account.as_str()))
    })
}
