//! The fields that every document has.

use sha1::{Digest, Sha1};

use crate::catalog::{Named, Names};
use crate::dataset::Dataset;
use crate::json::contains;

use super::{Cell, Cells, Row, computed, constant, slot, time};

/// Version of the Elastic Common Schema that the documents follow.
const ECS_VERSION: &str = "\"8.17.0\"";

/// The longest `_id` of Elasticsearch and OpenSearch, in bytes.
const MOST_ID_BYTES: usize = 512;

/// The rows that stand first in every table.
///
/// `@timestamp` and `tributary.document_id` begin every document: a finished document that comes
/// back from the stream is recognised by them.
pub const COMMON: &[Row] = &[
    computed("@timestamp"),
    computed("tributary.document_id"),
    constant("ecs.version", ECS_VERSION),
    computed("event.kind"),
    computed("event.dataset"),
    computed("event.original"),
    constant("cloud.provider", "\"aws\""),
    computed("cloud.account.id"),
    computed("cloud.account.name"),
    computed("cloud.region"),
    computed("aws.cloudwatch.log_group"),
    computed("aws.cloudwatch.log_stream"),
    computed("aws.cloudwatch.owner"),
    computed("organization.id"),
    computed("organization.name"),
    computed("aws.organization.path"),
    computed("aws.organization.paths"),
    computed("aws.account.tags"),
];

/// Slot of `@timestamp`.
pub const TIMESTAMP: usize = slot!(COMMON, "@timestamp");
/// Slot of `tributary.document_id`.
pub const DOCUMENT_ID: usize = slot!(COMMON, "tributary.document_id");
/// Slot of `event.kind`.
pub const EVENT_KIND: usize = slot!(COMMON, "event.kind");
/// Slot of `event.original`.
pub const EVENT_ORIGINAL: usize = slot!(COMMON, "event.original");
/// Slot of `cloud.account.id`.
pub const CLOUD_ACCOUNT: usize = slot!(COMMON, "cloud.account.id");
/// Slot of `cloud.region`.
pub const CLOUD_REGION: usize = slot!(COMMON, "cloud.region");

/// Where a log event came from; texts are JSON string contents of the envelope.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Account that sent the envelope.
    pub owner: &'a [u8],
    /// Account that the event is of, where the envelope says so.
    pub account: &'a [u8],
    /// Region that the event is of, empty where unknown.
    pub region: &'a [u8],
    /// Name of the log group.
    pub log_group: &'a [u8],
    /// Name of the log stream.
    pub log_stream: &'a [u8],
    /// Owner, log group and log stream as cells.
    pub origin: [Cell<'a>; 3],
    /// Id of the log event, empty where it has none.
    pub id: &'a [u8],
    /// Milliseconds since 1970, UTC; absent where the event has none.
    pub timestamp: Option<i64>,
    /// The whole message.
    pub message: &'a [u8],
    /// Whether documents carry the message as `event.original`.
    pub keep_original: bool,
    /// What the catalog says of accounts, where there is one.
    pub names: Option<&'a Names>,
}

impl<'a> Context<'a> {
    /// Fills in the common fields that no rule of a dataset has filled.
    pub fn fill(&self, cells: &mut Cells<'a, '_>, dataset: Dataset) {
        if cells.get(TIMESTAMP).is_absent() {
            cells.set_own(TIMESTAMP, |own| time::write_millis(own, self.time()));
        }
        cells.set_default(DOCUMENT_ID, outer(self.id));
        if !(1..=MOST_ID_BYTES).contains(&cells.bytes(DOCUMENT_ID)) {
            let id = self.hash();
            cells.set_string(DOCUMENT_ID, id.as_bytes());
        }
        cells.set_default(EVENT_KIND, Cell::Static("\"event\""));
        cells.set(
            slot!(COMMON, "event.dataset"),
            Cell::Static(dataset.json_name()),
        );
        if self.keep_original || cells.incomplete {
            cells.set(EVENT_ORIGINAL, outer(self.message));
        }
        cells.set_default(CLOUD_ACCOUNT, outer(self.sender()));
        if let Some(named) = self.named(cells) {
            name(cells, named);
        }
        cells.set_default(CLOUD_REGION, outer(self.region));
        let [owner, log_group, log_stream] = self.origin;
        cells.set(slot!(COMMON, "aws.cloudwatch.log_group"), log_group);
        cells.set(slot!(COMMON, "aws.cloudwatch.log_stream"), log_stream);
        cells.set(slot!(COMMON, "aws.cloudwatch.owner"), owner);
    }

    /// The account that the envelope says the event is of: with logs that were centralized before,
    /// another one than the owner's.
    #[must_use]
    pub fn sender(&self) -> &'a [u8] {
        if self.account.is_empty() {
            self.owner
        } else {
            self.account
        }
    }

    /// What the catalog says of the document's account.
    fn named(&self, cells: &Cells<'a, '_>) -> Option<&'a Named> {
        let names = self.names?;
        match cells.get(CLOUD_ACCOUNT) {
            Cell::Text(id) | Cell::Clean(id) | Cell::Outer(id) | Cell::Json(id) => names.find(id),
            Cell::Own(start, end) => names.find(cells.own.get(start + 1..end - 1)?),
            Cell::Absent | Cell::Static(_) => None,
        }
    }

    /// The event's time, or now where it has none: milliseconds since 1970, UTC.
    #[must_use]
    pub fn time(&self) -> i64 {
        self.timestamp
            .unwrap_or_else(|| jiff::Timestamp::now().as_millisecond())
    }

    /// An id for an event that comes without one: the same for the same event.
    fn hash(&self) -> String {
        let mut hash = Sha1::new();
        for part in [
            self.owner,
            self.log_group,
            self.log_stream,
            &self.timestamp.unwrap_or_default().to_be_bytes(),
            self.message,
        ] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        hex(&hash.finalize())
    }
}

/// The cell of a text of the envelope.
#[must_use]
pub fn outer(text: &[u8]) -> Cell<'_> {
    if text.is_empty() {
        Cell::Absent
    } else if contains(text, b'\\') {
        Cell::Outer(text)
    } else {
        Cell::Clean(text)
    }
}

/// Fills in what is known of an account.
fn name<'a>(cells: &mut Cells<'a, '_>, named: &'a Named) {
    for (slot, json) in [
        (slot!(COMMON, "cloud.account.name"), &named.name),
        (slot!(COMMON, "organization.id"), &named.organization_id),
        (slot!(COMMON, "organization.name"), &named.organization_name),
        (slot!(COMMON, "aws.organization.path"), &named.path),
        (slot!(COMMON, "aws.organization.paths"), &named.paths),
        (slot!(COMMON, "aws.account.tags"), &named.tags),
    ] {
        if !json.is_empty() {
            cells.set(slot, Cell::Json(json));
        }
    }
}

/// Bytes as hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
