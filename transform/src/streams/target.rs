//! Where records can be put: a Kinesis data stream or a Firehose delivery stream, by its ARN.

use std::fmt;

/// A stream, named by its ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Which service takes the records.
    pub service: Service,
    /// The whole ARN.
    pub arn: String,
    /// The region in the ARN, where the service has to be called.
    pub region: String,
    /// The stream's name.
    pub name: String,
}

/// The two kinds of [`Target`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Kinesis Data Streams.
    Kinesis,
    /// Amazon Data Firehose.
    Firehose,
}

/// What one request, and one record in it, may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one record: with its partition key at Kinesis, before base64 at Firehose.
    pub record_bytes: usize,
    /// Bytes of all records of a request.
    pub request_bytes: usize,
    /// Records of a request.
    pub request_records: usize,
}

/// A text that names no stream.
#[derive(Debug, thiserror::Error)]
#[error(
    "{given:?} is no stream: write the ARN of a Kinesis stream (arn:aws:kinesis:REGION:ACCOUNT:stream/NAME) \
     or of a Firehose delivery stream (arn:aws:firehose:REGION:ACCOUNT:deliverystream/NAME)"
)]
pub struct TargetError {
    given: String,
}

impl Target {
    /// Reads a stream's ARN, of any partition.
    ///
    /// # Errors
    /// [`TargetError`], which says what to write.
    pub fn from_arn(arn: &str) -> Result<Self, TargetError> {
        Self::parse(arn).ok_or_else(|| TargetError {
            given: arn.to_owned(),
        })
    }

    fn parse(arn: &str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let (scheme, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        let (service, name) = match service {
            "kinesis" => (Service::Kinesis, resource.strip_prefix("stream/")?),
            "firehose" => (Service::Firehose, resource.strip_prefix("deliverystream/")?),
            _ => return None,
        };
        let named = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        let sound = scheme == "arn"
            && partition.starts_with("aws")
            && !region.is_empty()
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && named;
        sound.then(|| Self {
            service,
            arn: arn.to_owned(),
            region: region.to_owned(),
            name: name.to_owned(),
        })
    }

    /// What the service takes.
    ///
    /// Kinesis takes records of 1 MiB with the key (more only where a stream is set so), 500 in a
    /// request of at most 10 MiB (`PutRecords`); smaller requests fail in smaller pieces. Firehose
    /// takes 1,000 KiB, 500 and 4 MiB (`PutRecordBatch`); the last is kept with base64 counted.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        match self.service {
            Service::Kinesis => Limits {
                record_bytes: 1 << 20,
                request_bytes: 4 << 20,
                request_records: 500,
            },
            Service::Firehose => Limits {
                record_bytes: 1_024_000,
                request_bytes: 3_000_000,
                request_records: 500,
            },
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.arn)
    }
}
