//! What Firehose writes of a record that it could not process or deliver: a line of JSON with the
//! original bytes, numbers as JSON numbers, as in objects it has written.

use super::ids;
use super::record::{Failure, SourceRecord};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

/// The error prefix of records that the function failed.
pub const PROCESSING_FAILED: &str = "processing-failed";
/// The error prefix of documents that OpenSearch refused.
pub const OPENSEARCH_FAILED: &str = "AmazonOpenSearchService_failed";
/// The error prefix of records that an HTTP endpoint did not take: not in the guide, but in the
/// instructions of those who run such endpoints.
pub const ENDPOINT_FAILED: &str = "http-endpoint-failed";

/// A line of an error object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorRecord {
    /// Base64 of the bytes that Firehose was given.
    pub raw_data: String,
    /// Such as `Lambda.FunctionError` or `HttpEndpoint.RequestTimeout`; for OpenSearch the HTTP status.
    pub error_code: String,
    /// What went wrong.
    pub error_message: String,
    /// How often it was tried.
    pub attempts_made: u32,
    /// When the record arrived, milliseconds since 1970.
    pub arrival_timestamp: i64,
    /// When it was given up, milliseconds since 1970.
    pub attempt_ending_timestamp: i64,
    /// The function, where it was one that failed.
    #[serde(rename = "lambdaARN", skip_serializing_if = "Option::is_none", default)]
    pub lambda_arn: Option<String>,
    /// The document's id, where it was OpenSearch that refused.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub es_document_id: Option<String>,
    /// The index, likewise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub es_index_name: Option<String>,
    /// The mapping type, likewise; empty since types are gone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub es_type_name: Option<String>,
    /// The record's place in an aggregated record, where it was an HTTP endpoint that didn't take it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subsequence_number: Option<u64>,
    /// The record's place in its source, likewise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub data_id: Option<String>,
}

impl ErrorRecord {
    /// Of a record that the function `lambda` failed.
    #[must_use]
    pub fn processing(record: &SourceRecord, failure: &Failure, lambda: &str) -> Self {
        Self {
            lambda_arn: Some(format!("{lambda}:$LATEST")),
            ..Self::new(&record.data, record.arrival, failure)
        }
    }

    /// Of a document that OpenSearch did not take.
    #[must_use]
    pub fn search(data: &[u8], arrival: i64, failure: &Failure, (id, index): (&str, &str)) -> Self {
        Self {
            es_document_id: Some(id.to_owned()),
            es_index_name: Some(index.to_owned()),
            es_type_name: Some(String::new()),
            ..Self::new(data, arrival, failure)
        }
    }

    /// Of a record that an HTTP endpoint did not take.
    #[must_use]
    pub fn endpoint(data: &[u8], arrival: i64, failure: &Failure, data_id: &str) -> Self {
        let subsequence_number = data_id.rsplit_once('.').and_then(|(_, it)| it.parse().ok());
        Self {
            subsequence_number,
            data_id: Some(data_id.to_owned()),
            ..Self::new(data, arrival, failure)
        }
    }

    fn new(data: &[u8], arrival: i64, failure: &Failure) -> Self {
        Self {
            raw_data: STANDARD.encode(data),
            error_code: failure.code.clone(),
            error_message: failure.message.clone(),
            attempts_made: failure.attempts,
            arrival_timestamp: arrival,
            attempt_ending_timestamp: ids::now(),
            lambda_arn: None,
            es_document_id: None,
            es_index_name: None,
            es_type_name: None,
            subsequence_number: None,
            data_id: None,
        }
    }

    /// The record as one line, with its line end.
    #[must_use]
    pub fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processing_error_has_the_service_s_keys() {
        let record = SourceRecord {
            data: vec![0xFF, 0],
            arrival: 5,
            partition_key: String::new(),
            sequence_number: String::new(),
            subsequence_number: 0,
            shard: String::new(),
        };
        let failure = Failure {
            code: "Lambda.FunctionError".into(),
            message: "m".into(),
            attempts: 4,
        };
        let mut error = ErrorRecord::processing(&record, &failure, "arn:f");
        error.attempt_ending_timestamp = 9;
        assert_eq!(
            String::from_utf8(error.line()).unwrap(),
            "{\"rawData\":\"/wA=\",\"errorCode\":\"Lambda.FunctionError\",\"errorMessage\":\"m\",\"attemptsMade\":4,\"arrivalTimestamp\":5,\"attemptEndingTimestamp\":9,\"lambdaARN\":\"arn:f:$LATEST\"}\n"
        );
    }
}
