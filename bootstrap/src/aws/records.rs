//! Kinesis: the records of a stream, as they come.

use std::time::SystemTime;

use aws_sdk_kinesis::primitives::DateTime;
use aws_sdk_kinesis::types::ShardIteratorType;

use super::kinesis::AwsKinesis;
use super::{Answer, AwsError};

/// What reading a stream takes.
pub trait Records: Send + Sync {
    /// Ids of the shards that there are, closed ones too.
    fn shards<'a>(&'a self, stream: &'a str) -> Answer<'a, Vec<String>>;
    /// A place in a shard: the first record that came at `from` or later.
    fn place<'a>(
        &'a self,
        stream: &'a str,
        shard: &'a str,
        from: SystemTime,
    ) -> Answer<'a, Option<String>>;
    /// What comes at a place, and the place after it.
    fn read<'a>(&'a self, place: &'a str) -> Answer<'a, Batch>;
}

/// Some records.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Their data.
    pub records: Vec<Vec<u8>>,
    /// Where to go on; nothing at the end of a closed shard.
    pub next: Option<String>,
    /// How far behind its end the shard was read, in milliseconds.
    pub behind: i64,
}

impl Records for AwsKinesis {
    fn shards<'a>(&'a self, stream: &'a str) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            let mut shards = Vec::new();
            let mut token: Option<String> = None;
            loop {
                // A token stands for the stream too, and the service wants only one of the two.
                let name = token.is_none().then(|| stream.to_owned());
                let request = self.client.list_shards().set_stream_name(name);
                let answer = request.set_next_token(token).send().await;
                let answer = answer.map_err(|error| self.error("ListShards", &error))?;
                shards.extend(
                    answer
                        .shards()
                        .iter()
                        .map(|shard| shard.shard_id().to_owned()),
                );
                token = answer.next_token;
                if token.is_none() {
                    return Ok(shards);
                }
            }
        })
    }

    fn place<'a>(
        &'a self,
        stream: &'a str,
        shard: &'a str,
        from: SystemTime,
    ) -> Answer<'a, Option<String>> {
        Box::pin(async move {
            let request = self
                .client
                .get_shard_iterator()
                .stream_name(stream)
                .shard_id(shard);
            let request = request.shard_iterator_type(ShardIteratorType::AtTimestamp);
            let answer = request.timestamp(DateTime::from(from)).send().await;
            let answer = answer.map_err(|error| self.error("GetShardIterator", &error))?;
            Ok(answer.shard_iterator)
        })
    }

    fn read<'a>(&'a self, place: &'a str) -> Answer<'a, Batch> {
        Box::pin(async move {
            let answer = self.client.get_records().shard_iterator(place).send().await;
            let answer = answer.map_err(|error| self.error("GetRecords", &error))?;
            Ok(Batch {
                records: answer
                    .records
                    .into_iter()
                    .map(|record| record.data.into_inner())
                    .collect(),
                next: answer.next_shard_iterator,
                behind: answer.millis_behind_latest.unwrap_or_default(),
            })
        })
    }
}

impl AwsKinesis {
    fn error<E, R>(
        &self,
        operation: &str,
        error: &aws_sdk_kinesis::error::SdkError<E, R>,
    ) -> AwsError
    where
        E: aws_sdk_kinesis::error::ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        AwsError::from_sdk(operation, &self.place, error)
    }
}
