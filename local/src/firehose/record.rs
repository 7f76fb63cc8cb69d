//! A record on its way through a delivery stream.

use std::collections::BTreeMap;

/// A record as it was read from the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRecord {
    /// Its bytes.
    pub data: Vec<u8>,
    /// When Kinesis took it, milliseconds since 1970.
    pub arrival: i64,
    /// Its partition key; inside of an aggregated record, its own.
    pub partition_key: String,
    /// The Kinesis record's number in its shard.
    pub sequence_number: String,
    /// Its position in an aggregated record, otherwise 0.
    pub subsequence_number: usize,
    /// The shard it was read from.
    pub shard: String,
}

impl SourceRecord {
    /// The record's id: opaque to the function, the same on every try.
    #[must_use]
    pub fn id(&self) -> String {
        format!(
            "{}{}{:012}",
            self.shard, self.sequence_number, self.subsequence_number
        )
    }

    /// The record's place in its source, as error records of HTTP endpoints name it.
    #[must_use]
    pub fn data_id(&self) -> String {
        format!("{}.{}", self.sequence_number, self.subsequence_number)
    }
}

/// `metadata.partitionKeys` of an answer, for dynamic partitioning.
pub type PartitionKeys = BTreeMap<String, String>;

/// What became of a record in the function's hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Processed {
    /// `Ok`: this is to be delivered, under these keys.
    Ok(Vec<u8>, PartitionKeys),
    /// `Dropped`: done with, delivered nowhere.
    Dropped,
    /// It failed, with the code and message of its error record.
    Failed(Failure),
}

/// Why a record was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// `errorCode`, such as `Lambda.FunctionError`.
    pub code: String,
    /// `errorMessage`.
    pub message: String,
    /// How often it was tried.
    pub attempts: u32,
}

/// What a delivery stream's last step has to do with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Deliver `data`.
    Deliver {
        /// What is delivered.
        data: Vec<u8>,
        /// When the record arrived, milliseconds since 1970.
        arrival: i64,
        /// The record's id.
        id: String,
        /// The record's place in its source ([`SourceRecord::data_id`]).
        data_id: String,
        /// Its partition.
        keys: PartitionKeys,
    },
    /// Keep the record under the error prefix `processing-failed`, as this line of JSON.
    Fail {
        /// The error record.
        line: Vec<u8>,
        /// When the record arrived, milliseconds since 1970.
        arrival: i64,
        /// The error record's code.
        code: String,
    },
}
