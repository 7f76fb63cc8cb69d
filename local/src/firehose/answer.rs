//! Reads a function's answer by the rules of "Amazon Data Firehose data transformation": exactly one
//! status for each record id that was sent.
//!
//! What makes the answer unreadable (no records, a status that doesn't exist, data that is no base64)
//! fails the whole event; what is wrong with one record fails that record. None is tried again.

use super::record::{Failure, PartitionKeys, Processed};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    records: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow)]
    record_id: Option<std::borrow::Cow<'a, str>>,
    result: Status,
    #[serde(borrow)]
    data: Option<std::borrow::Cow<'a, str>>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    partition_keys: PartitionKeys,
}

#[derive(Deserialize, Clone, Copy)]
enum Status {
    Ok,
    Dropped,
    ProcessingFailed,
}

/// What the answer says of each of `ids`, in their order.
///
/// # Errors
/// When the answer can't be read at all: that failure holds for every record.
pub fn read(ids: &[String], answer: &[u8]) -> Result<Vec<Processed>, Failure> {
    let answer: Answer<'_> = serde_json::from_slice(answer).map_err(|error| {
        failure(
            "Lambda.JsonProcessingException",
            &format!("There was an error parsing returned records from the Lambda function. Ensure that the returned records follow the status model that is required by Firehose. {error}"),
        )
    })?;
    let mut said: HashMap<&str, Vec<Processed>> = HashMap::with_capacity(ids.len());
    for record in &answer.records {
        let processed = processed(record)?;
        if let Some(id) = &record.record_id {
            said.entry(id.as_ref()).or_default().push(processed);
        }
    }
    Ok(ids.iter().map(|id| one(said.remove(id.as_str()))).collect())
}

fn processed(record: &Entry<'_>) -> Result<Processed, Failure> {
    let data = match &record.data {
        Some(text) => Some(STANDARD.decode(text.as_bytes()).map_err(|error| {
            failure(
                "Lambda.FunctionError",
                &format!("The Lambda function returned data that is not valid base64: {error}"),
            )
        })?),
        None => None,
    };
    let keys = record.metadata.as_ref();
    let keys = keys.map_or_else(PartitionKeys::new, |it| it.partition_keys.clone());
    Ok(match (record.result, data) {
        (Status::Ok, Some(data)) => Processed::Ok(data, keys),
        (Status::Ok, None) => Processed::Failed(failure(
            "Lambda.InvalidReturnFormat",
            "The data field cannot be null when the SourceType is DirectPut or KinesisStreamAsSource and processing result is Ok.",
        )),
        (Status::Dropped, _) => Processed::Dropped,
        (Status::ProcessingFailed, _) => Processed::Failed(failure(
            "Lambda.ProcessingFailedStatus",
            "ProcessingFailed status set for record",
        )),
    })
}

fn one(said: Option<Vec<Processed>>) -> Processed {
    match said.map(|mut all| (all.pop(), all.is_empty())) {
        Some((Some(only), true)) => only,
        Some((Some(_), false)) => Processed::Failed(failure(
            "Lambda.DuplicatedRecordId",
            "Multiple records were returned with the same record ID. Ensure that the Lambda function returns a unique record ID for each record.",
        )),
        _ => Processed::Failed(failure(
            "Lambda.MissingRecordId",
            "One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids.",
        )),
    }
}

fn failure(code: &str, message: &str) -> Failure {
    Failure {
        code: code.to_owned(),
        message: message.to_owned(),
        attempts: 1,
    }
}
