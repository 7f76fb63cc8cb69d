//! EC2: VPCs and their flow logs. Five calls of a service of hundreds: its SDK crate takes minutes and
//! gigabytes to build, so these are made with the SDK's own signing and retries in `query`, and read
//! in `answers`.

mod answers;
mod query;

use std::collections::BTreeMap;

use super::{Answer, AwsError, Page};
use crate::names::OWNER_TAG;

pub use query::AwsEc2;

/// What `bootstrap` asks of EC2.
pub trait Ec2: Send + Sync {
    /// A page of the VPCs that are visible in the account, shared ones among them.
    fn vpcs(&self, token: Option<String>) -> Answer<'_, Page<Vpc>>;
    /// A page of the flow logs; with `resource`, of those of that VPC.
    fn flow_logs<'a>(
        &'a self,
        resource: Option<&'a str>,
        token: Option<String>,
    ) -> Answer<'a, Page<FlowLog>>;
    /// Creates a flow log of one VPC. What EC2 answers as `Unsuccessful` is an error like any other.
    fn create_flow_log<'a>(&'a self, wanted: &'a NewFlowLog) -> Answer<'a, ()>;
    /// Deletes a flow log. What it has written stays.
    fn delete_flow_log<'a>(&'a self, id: &'a str) -> Answer<'a, ()>;
}

/// A VPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vpc {
    /// `vpc-…`
    pub id: String,
    /// The account that it belongs to: only that one can create flow logs of the whole VPC.
    pub owner: String,
}

/// A flow log as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlowLog {
    /// `fl-…`
    pub id: String,
    /// The VPC, subnet, network interface or gateway that it is about.
    pub resource: String,
    /// `cloud-watch-logs`, `s3` or `kinesis-data-firehose`.
    pub destination_type: String,
    /// Where it goes, where that isn't a log group.
    pub destination: String,
    /// The log group that it goes to, if it goes to one.
    pub log_group: Option<String>,
    /// Its format, like `${version} ${account-id}`; empty where EC2 doesn't say.
    pub format: String,
    /// `ALL`, `ACCEPT` or `REJECT`.
    pub traffic: String,
    /// Longest seconds that one record covers, 60 or 600; 0 where EC2 doesn't say.
    pub interval_seconds: u32,
    /// Why it can't deliver, if it can't.
    pub failure: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl FlowLog {
    /// Whether it carries the tag of what `bootstrap` created under that owner.
    pub fn is_owned_by(&self, owner: &str) -> bool {
        self.tags.get(OWNER_TAG).map(String::as_str) == Some(owner)
    }
}

/// A flow log to create, of one VPC into a log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFlowLog {
    /// The VPC.
    pub vpc: String,
    /// The log group, which must be there.
    pub log_group: String,
    /// ARN of the role that writes into it.
    pub role_arn: String,
    /// Its format; AWS's default where there is none.
    pub format: Option<String>,
    /// `ALL`, `ACCEPT` or `REJECT`.
    pub traffic: String,
    /// 60 or 600.
    pub interval_seconds: u32,
    /// Tag key and value.
    pub tag: (String, String),
    /// The same for every repetition of one request, so that it is done once.
    pub token: String,
}

impl AwsError {
    /// There is such a flow log already.
    pub fn is_flow_log_present(&self) -> bool {
        self.code() == "FlowLogAlreadyExists"
    }
}
