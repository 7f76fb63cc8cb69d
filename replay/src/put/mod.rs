//! One request to a stream, and what its answer says of each record.

mod failure;

use aws_sdk_firehose::types::Record;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use transform::streams::{Service, Target};

use crate::clients::Clients;

/// A record on its way.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its line in its object.
    pub line: u32,
    /// Its bytes.
    pub data: Vec<u8>,
    /// Where in a Kinesis stream it goes; Firehose takes none.
    pub partition_key: String,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// For each record, why it was refused; nothing where it was taken.
    Each(Vec<Option<String>>),
    /// Nothing was taken.
    Refused {
        /// The same request may succeed later.
        again: bool,
        /// What the service, or the way to it, said.
        why: String,
    },
    /// Nobody knows what was taken.
    Unknown(String),
}

/// A stream that takes records.
#[derive(Debug)]
pub enum Stream {
    /// Kinesis Data Streams (`PutRecords`).
    Kinesis(aws_sdk_kinesis::Client, Target),
    /// Amazon Data Firehose (`PutRecordBatch`).
    Firehose(aws_sdk_firehose::Client, Target),
}

impl Stream {
    /// The stream `target`.
    #[must_use]
    pub fn new(clients: &Clients, target: &Target) -> Self {
        match target.service {
            Service::Kinesis => Self::Kinesis(clients.kinesis(&target.region), target.clone()),
            Service::Firehose => Self::Firehose(clients.firehose(&target.region), target.clone()),
        }
    }

    /// Which one it is.
    #[must_use]
    pub const fn target(&self) -> &Target {
        match self {
            Self::Kinesis(_, target) | Self::Firehose(_, target) => target,
        }
    }

    /// Puts `records`, within the limits of one request, and asks once.
    pub async fn put(&self, records: &[Outgoing]) -> Answer {
        match self {
            Self::Kinesis(client, target) => kinesis(client, target, records).await,
            Self::Firehose(client, target) => firehose(client, target, records).await,
        }
    }
}

async fn kinesis(
    client: &aws_sdk_kinesis::Client,
    target: &Target,
    records: &[Outgoing],
) -> Answer {
    let entry = |record: &Outgoing| {
        PutRecordsRequestEntry::builder()
            .data(Blob::new(record.data.clone()))
            .partition_key(&record.partition_key)
            .build()
    };
    let entries: Result<Vec<_>, _> = records.iter().map(entry).collect();
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) => return failure::impossible(&error),
    };
    let request = client.put_records().stream_arn(&target.arn);
    match request.set_records(Some(entries)).send().await {
        Err(error) => failure::of_request(&error),
        Ok(answer) => {
            let each = answer.records().iter();
            failure::of_each(
                records.len(),
                each.map(|entry| (entry.error_code(), entry.error_message())),
            )
        }
    }
}

async fn firehose(
    client: &aws_sdk_firehose::Client,
    target: &Target,
    records: &[Outgoing],
) -> Answer {
    let entry = |record: &Outgoing| {
        Record::builder()
            .data(Blob::new(record.data.clone()))
            .build()
    };
    let entries: Result<Vec<_>, _> = records.iter().map(entry).collect();
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) => return failure::impossible(&error),
    };
    let request = client.put_record_batch().delivery_stream_name(&target.name);
    match request.set_records(Some(entries)).send().await {
        Err(error) => failure::of_request(&error),
        Ok(answer) => {
            let each = answer.request_responses().iter();
            failure::of_each(
                records.len(),
                each.map(|entry| (entry.error_code(), entry.error_message())),
            )
        }
    }
}
