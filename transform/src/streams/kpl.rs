//! Many records in one Kinesis record, as the Kinesis Producer Library aggregates them.
//!
//! Firehose takes such a record apart before it calls the function and before it delivers. The
//! format: "KPL Aggregated Record Format" of the amazon-kinesis-producer project: four magic bytes,
//! a protobuf message (a table of partition keys, then the records), and the message's MD5.

use md5::{Digest, Md5};

const MAGIC: [u8; 4] = [0xf3, 0x89, 0x9a, 0xc2];
const MD5_BYTES: usize = 16;
/// Field numbers with their wire type, as they stand in the message.
const PARTITION_KEY_TABLE: u8 = 1 << 3 | 2;
const RECORDS: u8 = 3 << 3 | 2;
const RECORD_PARTITION_KEY_INDEX: u8 = 1 << 3;
const RECORD_DATA: u8 = 3 << 3 | 2;

/// More records in one are not taken apart by Firehose.
pub const MAX_RECORDS: usize = 500;

/// An aggregated record that is being written. All its records share one partition key.
#[derive(Debug)]
pub struct Aggregate {
    bytes: Vec<u8>,
    records: usize,
    partition_key: String,
}

impl Aggregate {
    /// Begins an aggregated record.
    #[must_use]
    pub fn new(partition_key: String) -> Self {
        let mut bytes = MAGIC.to_vec();
        bytes.push(PARTITION_KEY_TABLE);
        varint(partition_key.len(), &mut bytes);
        bytes.extend_from_slice(partition_key.as_bytes());
        Self {
            bytes,
            records: 0,
            partition_key,
        }
    }

    /// Appends one record.
    pub fn push(&mut self, data: &[u8]) {
        self.bytes.push(RECORDS);
        varint(record_bytes(data.len()), &mut self.bytes);
        self.bytes
            .extend_from_slice(&[RECORD_PARTITION_KEY_INDEX, 0, RECORD_DATA]);
        varint(data.len(), &mut self.bytes);
        self.bytes.extend_from_slice(data);
        self.records += 1;
    }

    /// How large the aggregated record would be with one more record of `data` bytes, with the
    /// partition key that Kinesis counts in.
    #[must_use]
    pub fn bytes_with(&self, data: usize) -> usize {
        let record = record_bytes(data);
        self.partition_key.len() + self.bytes.len() + 1 + varint_bytes(record) + record + MD5_BYTES
    }

    /// How many records are in it.
    #[must_use]
    pub fn records(&self) -> usize {
        self.records
    }

    /// Ends the aggregated record: its partition key, and its data.
    #[must_use]
    pub fn finish(mut self) -> (String, Vec<u8>) {
        let sum = Md5::digest(&self.bytes[MAGIC.len()..]);
        self.bytes.extend_from_slice(&sum);
        (self.partition_key, self.bytes)
    }
}

/// The size of one record's message: the key's index (0), then the data.
fn record_bytes(data: usize) -> usize {
    3 + varint_bytes(data) + data
}

fn varint(mut value: usize, out: &mut Vec<u8>) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}

fn varint_bytes(value: usize) -> usize {
    let bits = usize::BITS - (value | 1).leading_zeros();
    bits.div_ceil(7) as usize
}
