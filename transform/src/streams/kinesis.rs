//! One request to Kinesis Data Streams (`PutRecords`).

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;

use super::failure::{impossible, refusals, request_error};
use super::{Outgoing, Refused, RequestError, Target};

/// Puts `records`, within the limits of one request; returns those that the stream refused.
pub(super) async fn put(
    client: &Client,
    target: &Target,
    records: &[Outgoing],
) -> Result<Vec<Refused>, RequestError> {
    let mut request = client.put_records().stream_arn(&target.arn);
    for record in records {
        let entry = PutRecordsRequestEntry::builder()
            .data(Blob::new(record.data.clone()))
            .partition_key(&record.partition_key)
            .build()
            .map_err(|error| impossible(&error))?;
        request = request.records(entry);
    }
    let answer = request.send().await.map_err(request_error)?;
    let answers = answer.records().iter();
    refusals(
        records.len(),
        answers.map(|entry| (entry.error_code(), entry.error_message())),
    )
}
