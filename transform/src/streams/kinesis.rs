//! One request to Kinesis Data Streams (`PutRecords`).

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;

use super::failure::request_error;
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
            .map_err(|error| RequestError {
                retryable: false,
                message: error.to_string(),
            })?;
        request = request.records(entry);
    }
    let answer = request.send().await.map_err(request_error)?;
    if answer.records().len() != records.len() {
        return Err(RequestError {
            retryable: true,
            message: "the answer doesn't cover all records".to_owned(),
        });
    }
    let refused = answer
        .records()
        .iter()
        .enumerate()
        .filter_map(|(index, entry)| {
            let code = entry.error_code()?;
            let text = entry.error_message().unwrap_or_default();
            Some(Refused {
                index,
                code: format!("{code} {text}").trim_end().to_owned(),
            })
        });
    Ok(refused.collect())
}
