//! STS: who somebody is, and how they become a role in another account.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use super::unknown;
use crate::cloud::answer::Answered;
use crate::cloud::call::{Call, partition_of};
use crate::cloud::documents::trusts_account;
use crate::cloud::refusal::Refusal;
use crate::cloud::world::World;

/// The credentials that were given out, by access key.
#[derive(Debug, Clone, Default)]
pub(in crate::cloud) struct Sessions(HashMap<String, Session>);

#[derive(Debug, Clone)]
struct Session {
    account: String,
    role: String,
    name: String,
    ends: Instant,
}

/// The account behind an access key: twelve digits are that account's root.
pub(in crate::cloud) fn account_of(world: &World, access_key: &str) -> Result<String, Refusal> {
    if access_key.len() == 12 && access_key.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(access_key.to_owned());
    }
    match world.sessions.0.get(access_key) {
        Some(session) if session.ends > Instant::now() => Ok(session.account.clone()),
        Some(_) => Err(Refusal::denied(
            "ExpiredTokenException",
            "The security token included in the request is expired",
        )),
        None => Err(Refusal::denied(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        )),
    }
}

pub(super) fn answer(world: &mut World, call: &Call) -> Answered {
    match call.operation.as_str() {
        "GetCallerIdentity" => Ok(identity(world, call)),
        "AssumeRole" => assume_role(world, call),
        _ => Err(unknown(call)),
    }
}

fn identity(world: &World, call: &Call) -> Value {
    let (account, partition) = (&call.account, partition_of(&call.region));
    let arn = match world.sessions.0.get(&call.access_key) {
        Some(Session { role, name, .. }) => {
            format!("arn:{partition}:sts::{account}:assumed-role/{role}/{name}")
        }
        None => format!("arn:{partition}:iam::{account}:root"),
    };
    json!({"Account": account, "Arn": arn, "UserId": account})
}

fn assume_role(world: &mut World, call: &Call) -> Answered {
    let arn = call.text("RoleArn")?;
    let name = call.text("RoleSessionName")?.to_owned();
    let denied = || {
        let message = format!(
            "User: arn:aws:iam::{}:root is not authorized to perform: sts:AssumeRole on resource: {arn}",
            call.account
        );
        Refusal::denied("AccessDenied", &message)
    };
    let (account, path) = match *arn.splitn(6, ':').collect::<Vec<_>>() {
        ["arn", _, "iam", "", account, role] => {
            (account, role.strip_prefix("role/").ok_or_else(denied)?)
        }
        _ => {
            return Err(Refusal::new(
                "ValidationError",
                &format!("{arn} is invalid"),
            ));
        }
    };
    let role = path.rsplit('/').next().unwrap_or(path);
    let found = world.roles.get(account, role).ok_or_else(denied)?;
    if !trusts_account(&found.trust, &call.account, call.optional("ExternalId")) {
        return Err(denied());
    }
    let asked = call
        .number("DurationSeconds")
        .unwrap_or(3600)
        .unsigned_abs();
    let lasts = Duration::from_secs(asked).min(world.settings.session_lasts);
    let key = format!("ASIA{account}{:08}", world.sessions.0.len());
    let (account, role) = (account.to_owned(), role.to_owned());
    let answer = json!({
        "Credentials": {
            "AccessKeyId": key,
            "SecretAccessKey": "secret",
            "SessionToken": "token",
            "Expiration": time_text(SystemTime::now() + lasts),
        },
        "AssumedRoleUser": {
            "Arn": format!("arn:aws:sts::{account}:assumed-role/{role}/{name}"),
            "AssumedRoleId": format!("AROA:{name}"),
        },
    });
    let ends = Instant::now() + lasts;
    world.sessions.0.insert(
        key,
        Session {
            account,
            role,
            name,
            ends,
        },
    );
    Ok(answer)
}

fn time_text(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).map_or_else(|_| String::new(), |time| time.to_string())
}
