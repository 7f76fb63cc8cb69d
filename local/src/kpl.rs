//! The aggregated record format of the Kinesis Producer Library: many user records in one Kinesis
//! record (`aggregation-format.md` in awslabs/amazon-kinesis-producer).

use md5::{Digest, Md5};

const MAGIC: [u8; 4] = [0xF3, 0x89, 0x9A, 0xC2];
const DIGEST_LENGTH: usize = 16;

/// One record inside of an aggregated one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// The partition key that its producer gave it.
    pub partition_key: String,
    /// Its bytes.
    pub data: Vec<u8>,
}

/// The records in `data`, or nothing where it is no aggregated record: no magic number, a digest
/// that doesn't fit, or something else than the format's messages between them.
#[must_use]
pub fn user_records(data: &[u8]) -> Option<Vec<UserRecord>> {
    let body = data.strip_prefix(&MAGIC)?;
    let (message, digest) = body.split_at(body.len().checked_sub(DIGEST_LENGTH)?);
    if Md5::digest(message).as_slice() != digest {
        return None;
    }
    let mut keys = Vec::new();
    let mut records = Vec::new();
    let mut fields = Fields(message);
    while !fields.is_empty() {
        match fields.next()? {
            (1, Value::Bytes(key)) => keys.push(std::str::from_utf8(key).ok()?),
            (3, Value::Bytes(record)) => records.push(record),
            _ => {}
        }
    }
    records
        .into_iter()
        .map(|record| user_record(record, &keys))
        .collect()
}

fn user_record(message: &[u8], keys: &[&str]) -> Option<UserRecord> {
    let mut key = None;
    let mut data = None;
    let mut fields = Fields(message);
    while !fields.is_empty() {
        match fields.next()? {
            (1, Value::Number(index)) => key = keys.get(usize::try_from(index).ok()?),
            (3, Value::Bytes(bytes)) => data = Some(bytes),
            _ => {}
        }
    }
    Some(UserRecord {
        partition_key: (*key?).to_owned(),
        data: data?.to_vec(),
    })
}

/// The fields of a protobuf message, as far as this format uses them.
struct Fields<'a>(&'a [u8]);

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Fields<'a> {
    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn next(&mut self) -> Option<(u64, Value<'a>)> {
        let tag = self.number()?;
        let value = match tag & 7 {
            0 => Value::Number(self.number()?),
            2 => {
                let length = usize::try_from(self.number()?).ok()?;
                let (bytes, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Value::Bytes(bytes)
            }
            _ => return None,
        };
        Some((tag >> 3, value))
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    //! The fixtures were written by the reference aggregator, `PyPI`'s `aws-kinesis-agg` 1.2.3.

    use super::*;

    const THREE: &[u8] = include_bytes!("../tests/fixtures/kpl/three.bin");
    const MANY: &[u8] = include_bytes!("../tests/fixtures/kpl/five-hundred-and-one.bin");

    #[test]
    fn the_reference_aggregator_s_records_come_out_in_order() {
        let records = user_records(THREE).unwrap();
        let keys: Vec<&str> = records.iter().map(|r| r.partition_key.as_str()).collect();
        assert_eq!(keys, ["first", "second", "first"]);
        assert_eq!(records[0].data, br#"{"a":1}"#);
        assert_eq!(records[1].data, b"{\"b\":2}\n");
        assert_eq!(records[2].data, [0x00, 0xFF].repeat(100));
    }

    #[test]
    fn more_than_five_hundred_records_are_read_too() {
        let records = user_records(MANY).unwrap();
        assert_eq!(records.len(), 501);
        assert_eq!(records[500].data, br#"{"n":500}"#);
        assert_eq!(records[500].partition_key, "k3");
    }

    #[test]
    fn what_is_no_aggregated_record_is_left_alone() {
        assert!(user_records(b"").is_none());
        assert!(user_records(&[0x1F, 0x8B, 8, 0]).is_none());
        assert!(user_records(&MAGIC).is_none());
        let mut broken = THREE.to_vec();
        broken[10] ^= 1;
        assert!(user_records(&broken).is_none(), "the digest no longer fits");
        assert!(user_records(&THREE[..THREE.len() - 1]).is_none());
    }
}
