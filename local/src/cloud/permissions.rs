//! Who works in an account may do there what its policies allow, and nothing else: held against each call by
//! action and resource. Conditions are not looked at.
//!
//! Which actions a call takes, and on what: the Service Authorization Reference, and for what comes with
//! another action the API references (`CreateStream` with tags, `PutAccountPolicy`, `UpdateTrail` of an
//! organization).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Cloud;
use super::call::{Call, partition_of};
use super::documents::allows;
use super::refusal::Refusal;
use super::services::kinesis::stream_of_iterator;

/// Policies by account; in accounts without an entry everything is allowed.
#[derive(Debug, Clone, Default)]
pub(super) struct Permissions {
    by_account: BTreeMap<String, Vec<Value>>,
    /// Every account and action that was asked for.
    asked: BTreeSet<(String, String)>,
}

impl Cloud {
    /// From now on, who works in the account may do what these policies allow, and nothing else.
    pub fn permit(&self, account: &str, policies: Vec<Value>) {
        let mut state = self.shared.state();
        state
            .permissions
            .by_account
            .insert(account.to_owned(), policies);
    }

    /// The accounts with their actions (`logs:PutDestination`) that calls have taken since this was asked last.
    #[must_use]
    pub fn asked(&self) -> BTreeSet<(String, String)> {
        std::mem::take(&mut self.shared.state().permissions.asked)
    }
}

impl Permissions {
    /// Refuses a call of which something isn't allowed, in the words that AWS has for it.
    pub(super) fn check(&mut self, call: &Call) -> Result<(), Refusal> {
        for (action, resource) in needed(call) {
            self.asked.insert((call.account.clone(), action.clone()));
            let policies = self.by_account.get(&call.account);
            if policies.is_none_or(|policies| allows(policies, &action, &resource)) {
                continue;
            }
            let message = format!(
                "User: arn:aws:sts::{}:assumed-role/permitted/session is not authorized to perform: {action} on \
                 resource: {resource}",
                call.account
            );
            return Err(match call.service.as_str() {
                "ec2" => Refusal::denied("UnauthorizedOperation", &message),
                "iam" | "sts" | "s3" => Refusal::denied("AccessDenied", &message),
                _ => Refusal::new("AccessDeniedException", &message),
            });
        }
        Ok(())
    }
}

impl Permissions {
    /// What S3 says of a key that isn't there: to who may not list the bucket, that it is denied
    /// (`GetObject`, Permissions).
    pub(super) fn told(&mut self, call: &Call, refusal: Refusal) -> Refusal {
        if refusal.code != "NoSuchKey" {
            return refusal;
        }
        let list = Call {
            operation: "HeadBucket".to_owned(),
            parameters: serde_json::json!({"Bucket": call.optional("Bucket")}),
            ..call.clone()
        };
        self.check(&list).err().unwrap_or(refusal)
    }
}

/// The actions that a call takes, each with its resource.
fn needed(call: &Call) -> Vec<(String, String)> {
    let (service, operation) = (call.service.as_str(), call.operation.as_str());
    let own = match (service, operation) {
        // Everybody may ask who they are.
        ("sts", "GetCallerIdentity") => return Vec::new(),
        ("s3", "HeadBucket") => "ListBucket",
        (_, operation) => operation,
    };
    let resource = resource(call);
    let mut needed = vec![(format!("{service}:{own}"), resource.clone())];
    let mut also = |action: &str, on: &str| needed.push((action.to_owned(), on.to_owned()));
    let has = |name: &str| !call.parameters[name].is_null();
    match (service, operation) {
        ("iam", "CreateRole") if has("Tags.member.1.Key") => also("iam:TagRole", &resource),
        ("kinesis", "CreateStream") if has("Tags") => also("kinesis:AddTagsToStream", &resource),
        ("kinesis", "StartStreamEncryption") => {
            also("kms:DescribeKey", call.optional("KeyId").unwrap_or("*"));
        }
        ("logs", "CreateLogGroup") if has("tags") => also("logs:TagResource", &resource),
        ("logs", "PutSubscriptionFilter") => {
            let to = call.optional("destinationArn").unwrap_or("*");
            also("logs:PutSubscriptionFilter", to);
        }
        ("logs", "PutAccountPolicy") => also("logs:PutSubscriptionFilter", &any_log_group(call)),
        ("logs", "DeleteAccountPolicy") => {
            also("logs:DeleteSubscriptionFilter", &any_log_group(call));
        }
        ("events", "PutRule") if has("Tags") => also("events:TagResource", &resource),
        ("ec2", "CreateFlowLogs") if has("TagSpecification.1.ResourceType") => {
            also("ec2:CreateTags", &call.arn("vpc-flow-log/fl-1"));
        }
        ("cloudtrail", "UpdateTrail") => {
            also("organizations:DescribeOrganization", "*");
            also("organizations:ListAWSServiceAccessForOrganization", "*");
        }
        _ => {}
    }
    if let Some(role) = passed(call) {
        also("iam:PassRole", &role);
    }
    needed
}

/// The role that a call gives to a service.
fn passed(call: &Call) -> Option<String> {
    let of_policy = || -> Option<String> {
        let document = call.optional("policyDocument")?;
        let document: Value = serde_json::from_str(document).ok()?;
        Some(document["RoleArn"].as_str()?.to_owned())
    };
    match call.operation.as_str() {
        "PutDestination" | "PutSubscriptionFilter" => call.optional("roleArn").map(str::to_owned),
        "PutAccountPolicy" => of_policy(),
        "CreateFlowLogs" => call.optional("DeliverLogsPermissionArn").map(str::to_owned),
        "UpdateTrail" => call.optional("CloudWatchLogsRoleArn").map(str::to_owned),
        _ => None,
    }
    .filter(|role| !role.is_empty())
}

fn any_log_group(call: &Call) -> String {
    call.arn("log-group:*")
}

/// The ARN of what a call is about; `*` where its actions know none.
fn resource(call: &Call) -> String {
    let given = ["resourceArn", "ResourceARN", "StreamARN", "RoleArn"];
    if let Some(arn) = given.iter().find_map(|name| call.optional(name)) {
        return arn.to_owned();
    }
    let partition = partition_of(&call.region);
    let iterated = stream_of_iterator(call);
    let named = |name: &str| call.optional(name);
    match call.service.as_str() {
        "iam" => named("RoleName").map(|role| {
            let account = &call.account;
            format!("arn:{partition}:iam::{account}:role/{role}")
        }),
        "kinesis" => named("StreamName")
            .or(iterated.as_deref())
            .map(|stream| call.arn(&format!("stream/{stream}"))),
        "logs" => match (named("logGroupName"), named("destinationName")) {
            (Some(group), _) => Some(call.arn(&format!("log-group:{group}:*"))),
            (_, Some(destination)) => Some(call.arn(&format!("destination:{destination}"))),
            _ => None,
        },
        "events" => named("Rule")
            .or(named("Name"))
            .map(|rule| call.arn(&format!("rule/{rule}"))),
        "cloudtrail" => named("Name").map(|trail| {
            if trail.starts_with("arn:") {
                return trail.to_owned();
            }
            call.arn(&format!("trail/{trail}"))
        }),
        "ec2" => match call.operation.as_str() {
            "CreateFlowLogs" => named("ResourceId.1").map(|id| call.arn(&format!("vpc/{id}"))),
            "DeleteFlowLogs" => {
                named("FlowLogId.1").map(|id| call.arn(&format!("vpc-flow-log/{id}")))
            }
            _ => None,
        },
        "s3" => named("Bucket").map(|bucket| match named("Key") {
            Some(key) if !key.is_empty() => format!("arn:{partition}:s3:::{bucket}/{key}"),
            _ => format!("arn:{partition}:s3:::{bucket}"),
        }),
        _ => None,
    }
    .unwrap_or_else(|| "*".to_owned())
}
