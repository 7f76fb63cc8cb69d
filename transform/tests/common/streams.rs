//! Streams that hold every request against the service's limits, refuse what they are told to
//! refuse, and remember the rest.

use std::collections::HashMap;

use transform::streams::{Outgoing, Refused, RequestError, Service, Streams, Target};

/// What a [`Remembering`] does with the next request.
#[derive(Debug, Clone)]
pub enum Plan {
    /// Refuse the records at these positions.
    Refuse(Vec<usize>),
    /// Refuse the request: whether it may be repeated.
    Fail { retryable: bool },
}

/// Kinesis and Firehose in memory.
#[derive(Debug, Default)]
pub struct Remembering {
    /// Taken records in their order, by ARN: the partition key, and the data.
    pub taken: HashMap<String, Vec<(String, Vec<u8>)>>,
    /// How many records each request had.
    pub requests: Vec<usize>,
    /// What to do with the next requests; after them, everything is taken.
    pub plans: Vec<Plan>,
    /// Nothing is ever taken by this stream.
    pub closed: Option<String>,
}

impl Remembering {
    /// The records that `arn` has taken, aggregated ones taken apart.
    pub fn user_records(&self, arn: &str) -> Vec<Vec<u8>> {
        let taken = self.taken.get(arn).map(Vec::as_slice).unwrap_or_default();
        taken
            .iter()
            .flat_map(|(_, data)| take_apart(data))
            .collect()
    }
}

impl Streams for Remembering {
    async fn put(
        &mut self,
        target: &Target,
        records: &[Outgoing],
    ) -> Result<Vec<Refused>, RequestError> {
        assert_within_limits(target, records);
        self.requests.push(records.len());
        if self.closed.as_ref() == Some(&target.arn) {
            return Err(RequestError {
                retryable: false,
                message: "AccessDeniedException".to_owned(),
            });
        }
        let refused = match (!self.plans.is_empty()).then(|| self.plans.remove(0)) {
            Some(Plan::Fail { retryable }) => {
                return Err(RequestError {
                    retryable,
                    message: "InternalFailure".to_owned(),
                });
            }
            Some(Plan::Refuse(positions)) => positions,
            None => Vec::new(),
        };
        let taken = self.taken.entry(target.arn.clone()).or_default();
        for (index, record) in records.iter().enumerate() {
            if !refused.contains(&index) {
                taken.push((record.partition_key.clone(), record.data.clone()));
            }
        }
        let code = "ProvisionedThroughputExceededException".to_owned();
        let refused = refused.into_iter().filter(|&index| index < records.len());
        Ok(refused
            .map(|index| Refused {
                index,
                code: code.clone(),
            })
            .collect())
    }
}

/// The limits as AWS states them for `PutRecords` and `PutRecordBatch`.
fn assert_within_limits(target: &Target, records: &[Outgoing]) {
    assert!(
        (1..=500).contains(&records.len()),
        "{} records in a request",
        records.len()
    );
    let sizes = records.iter().map(|record| match target.service {
        Service::Kinesis => {
            let key = record.partition_key.chars().count();
            assert!(
                (1..=256).contains(&key),
                "a partition key of {key} characters"
            );
            let bytes = record.data.len() + record.partition_key.len();
            assert!(bytes <= 1_048_576, "a record of {bytes} bytes");
            bytes
        }
        Service::Firehose => {
            assert!(
                record.data.len() <= 1_024_000,
                "a record of {} bytes",
                record.data.len()
            );
            record.data.len()
        }
    });
    let most = if target.service == Service::Kinesis {
        10 << 20
    } else {
        4 << 20
    };
    let sum: usize = sizes.sum();
    assert!(sum <= most, "a request of {sum} bytes");
}

/// The records in an aggregated record, or the record itself. Written against the format's
/// description alone, not with the function's own code.
pub fn take_apart(data: &[u8]) -> Vec<Vec<u8>> {
    let Some(body) = data.strip_prefix(&[0xf3, 0x89, 0x9a, 0xc2]) else {
        return vec![data.to_vec()];
    };
    let (mut message, digest) = body.split_at(body.len() - 16);
    assert_eq!(
        <md5::Md5 as md5::Digest>::digest(message)[..],
        *digest,
        "the check sum"
    );
    let (mut keys, mut records) = (0, Vec::new());
    while let Some((tag, field)) = field(&mut message) {
        match tag {
            0x0a => keys += 1,
            0x1a => records.push(user_record(field, keys)),
            other => panic!("field {other}"),
        }
    }
    assert!(records.len() <= 500, "{} records in one", records.len());
    records
}

fn user_record(mut message: &[u8], keys: u64) -> Vec<u8> {
    assert_eq!(message[0], 0x08, "the partition key's index comes first");
    message = &message[1..];
    assert!(varint(&mut message) < keys);
    let (tag, data) = field(&mut message).unwrap();
    assert_eq!((tag, message.len()), (0x1a, 0));
    data.to_vec()
}

fn field<'m>(message: &mut &'m [u8]) -> Option<(u8, &'m [u8])> {
    let (&tag, rest) = message.split_first()?;
    *message = rest;
    let length = usize::try_from(varint(message)).unwrap();
    let (data, rest) = message.split_at(length);
    *message = rest;
    Some((tag, data))
}

fn varint(message: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (&byte, rest) = message.split_first().unwrap();
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            return value;
        }
    }
}
