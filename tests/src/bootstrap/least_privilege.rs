//! The organization in a stand-in that enforces policies, worked in by roles that have the policies of
//! `bootstrap policies` and no others.

use std::collections::BTreeMap;

use anyhow::Context;
use aws_sdk_iam::Client as Iam;
use local::organization::MANAGEMENT;
use serde_json::{Value, json};

use super::{BUCKET, Bootstrap, KEY, SOURCES, Scene};

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
        let (logging, management) = (organization.logging.id.clone(), MANAGEMENT.to_owned());
        let members = organization.members.iter().map(|member| member.id.clone());
        Ok(match name {
            "caller" | "access-cloudtrail" | "access-cloudtrail-create" => vec![management],
            "access-central"
            | "access-catalog"
            | "access-encryption"
            | "access-guardduty"
            | "access-canary-archive" => vec![logging],
            "access-member" | "access-flow-logs" | "access-flow-logs-create" | "access-canary" => {
                members.chain([logging, management]).collect()
            }
            // The function's, which isn't here.
            "function-catalog" => Vec::new(),
            other => anyhow::bail!("who has the policy {other}? Say so in least_privilege.rs"),
        })
    }
}

/// Every action of every document that a role here has, with the document's name.
///
/// # Errors
/// When a document belongs to a role that isn't known here.
pub fn actions(least: &LeastPrivilege) -> anyhow::Result<Vec<(String, String)>> {
    let mut actions = Vec::new();
    for (name, document) in &least.documents {
        if least.holders(name)?.is_empty() {
            continue;
        }
        for statement in document["Statement"].as_array().into_iter().flatten() {
            let one = statement["Action"].as_str().into_iter();
            let many = statement["Action"].as_array().into_iter().flatten();
            let all = one.chain(many.filter_map(Value::as_str));
            actions.extend(all.map(|action| (name.clone(), action.to_owned())));
        }
    }
    Ok(actions)
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
    let printed = bootstrap.ends(0, &["policies", "--json"])?.json()?;
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
