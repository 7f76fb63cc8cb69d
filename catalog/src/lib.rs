//! The catalog: what `bootstrap` knows of an organization and `transform` wants to write into
//! documents. One JSON file, written by one program and read by the other:
//!
//! ```json
//! {
//!   "kind": "tributary-catalog",
//!   "version": 1,
//!   "created_by": "tributary",
//!   "generated_at": "2026-03-01T12:00:00Z",
//!   "organization": {"id": "o-exampleorg1"},
//!   "accounts": {
//!     "333333333333": {
//!       "name": "shop",
//!       "path": ["Root", "Workloads", "Production"],
//!       "path_ids": ["r-a1b2", "ou-a1b2-11111111", "ou-a1b2-22222222"],
//!       "tags": {"owner": "team-shop"}
//!     }
//!   },
//!   "flow_log_formats": [
//!     {"log_group": "cwl_vpc_fl_*", "format": "${version} ${srcaddr} ${dstaddr}"}
//!   ]
//! }
//! ```
//!
//! A reader passes over members that it doesn't know, so that a later writer may add some; it
//! refuses a version that it doesn't know, and anything that is no catalog.

mod error;
pub mod glob;
mod location;
mod read;
mod write;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use error::{ReadError, TooLarge};
pub use location::{Location, LocationError};

/// What makes a JSON file a catalog: its `kind`.
pub const KIND: &str = "tributary-catalog";

/// The version that this crate writes, and the only one that it reads.
pub const VERSION: u32 = 1;

/// The most bytes of a catalog: tens of thousands of accounts, and little beside the memory of a
/// function.
pub const MAX_BYTES: usize = 16 << 20;

/// A catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// Whose it is: the name of the `bootstrap` installation that wrote it. Empty for one that was
    /// written by hand.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub created_by: String,
    /// When it was written (RFC 3339, UTC), where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated_at: Option<String>,
    /// The organization that the accounts belong to.
    #[serde(default, skip_serializing_if = "Organization::is_unknown")]
    pub organization: Organization,
    /// Accounts by their twelve digits.
    #[serde(default)]
    pub accounts: BTreeMap<String, Account>,
    /// Formats of flow logs, in order: the first entry that matches a log group counts.
    #[serde(default)]
    pub flow_log_formats: Vec<FlowLogFormat>,
}

/// An organization of AWS Organizations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// `o-…`; empty where it isn't known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// What people call it. AWS knows no names of organizations, so `bootstrap` writes none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// One account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name; empty where it isn't known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Names of the root and of the organizational units above it, from the root down. A reader
    /// takes one text with slashes (`Root/Workloads`) as well.
    #[serde(
        default,
        deserialize_with = "read::path",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub path: Vec<String>,
    /// Ids of the same (`r-…`, `ou-…`), in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path_ids: Vec<String>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// The format of the flow logs in some log groups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowLogFormat {
    /// Account of the log groups; any where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Region of the log groups; any where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Name of a log group, or a glob: `*` is any run of characters, `?` is one.
    pub log_group: String,
    /// The format as `CreateFlowLogs` takes it. Where it is missing, the log groups have none of
    /// their own, and no later entry counts for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
}

impl Organization {
    fn is_unknown(&self) -> bool {
        self.id.is_empty() && self.name.is_empty()
    }
}

impl Catalog {
    /// Whether both say the same, whenever they were written.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.created_by == other.created_by
            && self.organization == other.organization
            && self.accounts == other.accounts
            && self.flow_log_formats == other.flow_log_formats
    }
}
