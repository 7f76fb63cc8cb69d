//! What an event asks for: everything, an account, or a log group.
//!
//! Events of AWS come by `EventBridge`, which wraps what `CloudTrail` recorded into `detail`
//! (`CloudTrail` User Guide, "Non-API events captured by CloudTrail"; AWS Control Tower User Guide,
//! "Lifecycle events").

use serde_json::{Map, Value};

use crate::names::AccountId;
use crate::planning::OneLogGroup;

/// What an event asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The whole organization, the central account included.
    Everything,
    /// These accounts.
    Accounts {
        /// Which ones.
        accounts: Vec<AccountId>,
        /// Whether they are new or have moved, so that AWS may still be making them ready.
        new: bool,
    },
    /// One log group, which is new.
    LogGroup {
        /// Its account.
        account: AccountId,
        /// Where it is there.
        log_group: OneLogGroup,
    },
    /// Nothing: the event tells of something that came to nothing.
    Nothing(String),
}

/// An event that nobody knows.
#[derive(Debug, thiserror::Error)]
#[error(
    "the event {found}, which this function doesn't know: it takes {{}} for the whole organization, {{\"accounts\": \
     [\"333333333333\"]}}, and EventBridge's events (a schedule's, and those of accounts and log groups by CloudTrail)"
)]
pub struct UnknownEvent {
    found: String,
}

impl UnknownEvent {
    fn new(found: impl Into<String>) -> Self {
        Self {
            found: found.into(),
        }
    }
}

impl Asked {
    /// Reads an event.
    ///
    /// # Errors
    /// When it is of a kind that nobody knows: nothing is guessed from it.
    pub fn by(event: &Value) -> Result<Self, UnknownEvent> {
        let Value::Object(fields) = event else {
            return Err(UnknownEvent::new("is no JSON object"));
        };
        match fields.get("detail-type").and_then(Value::as_str) {
            Some("Scheduled Event") => Ok(Self::Everything),
            Some(_) => of_cloudtrail(fields),
            None => by_hand(fields),
        }
    }
}

/// What somebody wrote, or a schedule's own input.
fn by_hand(fields: &Map<String, Value>) -> Result<Asked, UnknownEvent> {
    if let Some(other) = fields.keys().find(|key| *key != "accounts") {
        return Err(UnknownEvent::new(format!("has the key {other:?}")));
    }
    let Some(accounts) = fields.get("accounts") else {
        return Ok(Asked::Everything);
    };
    let wrong = || UnknownEvent::new(format!("has the accounts {accounts}"));
    let id = |value: &Value| value.as_str().and_then(AccountId::parse);
    let ids = accounts.as_array().ok_or_else(wrong)?.iter().map(id);
    let accounts: Vec<_> = ids.collect::<Option<_>>().ok_or_else(wrong)?;
    if accounts.is_empty() {
        // Not the whole organization: whoever made this list had something else in mind.
        return Err(wrong());
    }
    let new = false;
    Ok(Asked::Accounts { accounts, new })
}

fn of_cloudtrail(fields: &Map<String, Value>) -> Result<Asked, UnknownEvent> {
    let detail = fields.get("detail").unwrap_or(&Value::Null);
    let name = detail["eventName"].as_str().unwrap_or_default();
    if let Some(code) = detail["errorCode"].as_str() {
        return Ok(Asked::Nothing(format!("{name} was refused ({code})")));
    }
    match name {
        "CreateLogGroup" => log_group(detail),
        // An invitation: nobody has joined yet.
        "InviteAccountToOrganization" => Ok(Asked::Nothing(
            "an invited account can be worked in once it has accepted".to_owned(),
        )),
        "CreateAccountResult"
        | "CreateManagedAccount"
        | "UpdateManagedAccount"
        | "AccountJoinedOrganization"
        | "MoveAccount"
        | "AcceptHandshake" => Ok(account(name, detail)),
        "" => Err(UnknownEvent::new("names no API call (detail.eventName)")),
        other => Err(UnknownEvent::new(format!("is of {other}"))),
    }
}

/// The account that an event of Organizations or Control Tower is about; everything, where its shape is
/// one that we don't know.
fn account(name: &str, detail: &Value) -> Asked {
    let service = &detail["serviceEventDetails"];
    let states = [
        &service["createAccountStatus"]["state"],
        &service["createManagedAccountStatus"]["state"],
        &service["updateManagedAccountStatus"]["state"],
    ];
    let state = states.into_iter().find_map(Value::as_str);
    if let Some(state) = state.filter(|state| *state != "SUCCEEDED") {
        return Asked::Nothing(format!("{name} ended as {state}"));
    }
    let places = [
        &service["createAccountStatus"]["accountId"],
        &service["createManagedAccountStatus"]["account"]["accountId"],
        &service["updateManagedAccountStatus"]["account"]["accountId"],
        &service["accountId"],
        &service["memberAccountId"],
        &detail["requestParameters"]["accountId"],
    ];
    let id = |value: &Value| value.as_str().and_then(AccountId::parse);
    let found = places.into_iter().find_map(id);
    match found.or_else(|| party(&detail["responseElements"]["handshake"])) {
        Some(account) => Asked::Accounts {
            accounts: vec![account],
            new: true,
        },
        None => Asked::Everything,
    }
}

/// The account among the parties of a handshake (`Handshake`, `HandshakeParty`).
fn party(handshake: &Value) -> Option<AccountId> {
    let mut parties = handshake["parties"].as_array()?.iter();
    let party = parties.find(|party| party["type"] == "ACCOUNT")?;
    party["id"].as_str().and_then(AccountId::parse)
}

fn log_group(detail: &Value) -> Result<Asked, UnknownEvent> {
    // Who called may be of another account than the one that has the log group now.
    let places = [
        &detail["recipientAccountId"],
        &detail["userIdentity"]["accountId"],
    ];
    let account = places
        .into_iter()
        .find_map(|value| value.as_str().and_then(AccountId::parse));
    let region = detail["awsRegion"].as_str();
    let name = detail["requestParameters"]["logGroupName"].as_str();
    let (Some(account), Some(region), Some(name)) = (account, region, name) else {
        let found = "is of CreateLogGroup without recipientAccountId, awsRegion or \
                     requestParameters.logGroupName";
        return Err(UnknownEvent::new(found));
    };
    let log_group = OneLogGroup {
        region: region.to_owned(),
        name: name.to_owned(),
    };
    Ok(Asked::LogGroup { account, log_group })
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
