//! One request to Amazon Data Firehose (`PutRecordBatch`).

use aws_sdk_firehose::Client;
use aws_sdk_firehose::primitives::Blob;
use aws_sdk_firehose::types::Record;

use super::failure::{impossible, refusals, request_error};
use super::{Outgoing, Refused, RequestError, Target};

/// Puts `records`, within the limits of one request; returns those that the stream refused.
pub(super) async fn put(
    client: &Client,
    target: &Target,
    records: &[Outgoing],
) -> Result<Vec<Refused>, RequestError> {
    let mut request = client.put_record_batch().delivery_stream_name(&target.name);
    for record in records {
        let entry = Record::builder()
            .data(Blob::new(record.data.clone()))
            .build()
            .map_err(|error| impossible(&error))?;
        request = request.records(entry);
    }
    let answer = request.send().await.map_err(request_error)?;
    let answers = answer.request_responses().iter();
    refusals(
        records.len(),
        answers.map(|entry| (entry.error_code(), entry.error_message())),
    )
}
