//! Kinesis Data Streams: one stream, its tags and its retention.

use std::collections::BTreeMap;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::interceptors::InterceptorContext;
use aws_sdk_kinesis::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_kinesis::operation::update_shard_count::UpdateShardCountError;
use aws_sdk_kinesis::operation::update_stream_mode::UpdateStreamModeError;
use aws_sdk_kinesis::types::{
    EncryptionType, ScalingType, StreamMode, StreamModeDetails, StreamStatus,
};

use super::records::Records;
use super::{Answer, AwsError};
use crate::config::{Capacity, KmsKey};
use crate::names::OWNER_TAG;

/// What `bootstrap` asks of Kinesis Data Streams.
pub trait Kinesis: Records {
    /// The stream, if there is one by that name.
    fn stream<'a>(&'a self, name: &'a str) -> Answer<'a, Option<Stream>>;
    /// Starts to create a stream; it is usable once it is active.
    fn create<'a>(
        &'a self,
        name: &'a str,
        capacity: Capacity,
        tags: &'a BTreeMap<String, String>,
    ) -> Answer<'a, ()>;
    /// Adds tags, or replaces their values.
    fn tag<'a>(&'a self, name: &'a str, tags: &'a BTreeMap<String, String>) -> Answer<'a, ()>;
    /// Removes a tag.
    fn untag<'a>(&'a self, name: &'a str, key: &'a str) -> Answer<'a, ()>;
    /// Raises the retention to so many hours.
    fn raise_retention<'a>(&'a self, name: &'a str, hours: i32) -> Answer<'a, ()>;
    /// Lowers the retention to so many hours.
    fn lower_retention<'a>(&'a self, name: &'a str, hours: i32) -> Answer<'a, ()>;
    /// Starts to encrypt what comes from now on.
    fn start_encryption<'a>(&'a self, name: &'a str, key: &'a KmsKey) -> Answer<'a, ()>;
    /// Starts to change the mode of the stream with that ARN: on demand, or provisioned with the shards
    /// that it has.
    fn set_mode<'a>(&'a self, arn: &'a str, on_demand: bool) -> Answer<'a, ()>;
    /// Starts to split or merge shards until there are so many, at most twice and at least half of those
    /// that there are (`UpdateShardCount`).
    fn set_shards<'a>(&'a self, name: &'a str, count: i32) -> Answer<'a, ()>;
    /// Starts to delete a stream with what it holds.
    fn delete<'a>(&'a self, name: &'a str) -> Answer<'a, ()>;
}

/// A stream as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Its ARN.
    pub arn: String,
    /// Whether it takes records.
    pub active: bool,
    /// Whether a change is under way, so that it takes no other.
    pub updating: bool,
    /// Whether it is on its way out.
    pub deleting: bool,
    /// Its mode and open shards.
    pub capacity: Capacity,
    /// Open shards, in either mode.
    pub shards: i32,
    /// How long it keeps records.
    pub retention_hours: i32,
    /// The KMS key that encrypts it, as it was named when that began.
    pub kms_key: Option<KmsKey>,
    /// Registered consumers with enhanced fan-out.
    pub consumers: i32,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Stream {
    /// Whether it carries the tag of what `bootstrap` created under that owner.
    pub fn is_owned_by(&self, owner: &str) -> bool {
        self.tags.get(OWNER_TAG).map(String::as_str) == Some(owner)
    }
}

/// A stream that was changed too often today stays so: the SDK, which takes `LimitExceededException` for
/// throttling, must not repeat the call.
#[derive(Debug)]
pub struct LimitIsFinal;

impl ClassifyRetry for LimitIsFinal {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        let Some(error) = error.and_then(|error| error.as_operation_error()) else {
            return RetryAction::NoActionIndicated;
        };
        let shards = error.downcast_ref::<UpdateShardCountError>();
        let mode = error.downcast_ref::<UpdateStreamModeError>();
        if shards.is_some_and(UpdateShardCountError::is_limit_exceeded_exception)
            || mode.is_some_and(UpdateStreamModeError::is_limit_exceeded_exception)
        {
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "a stream that was changed too often stays as it is"
    }
}

/// The service by the SDK.
pub struct AwsKinesis {
    /// Client of one account and region.
    pub client: Client,
    /// That account and region, for messages.
    pub place: String,
}

impl AwsKinesis {
    async fn tags(&self, name: &str) -> Result<BTreeMap<String, String>, AwsError> {
        let mut tags = BTreeMap::new();
        let mut after: Option<String> = None;
        loop {
            let request = self
                .client
                .list_tags_for_stream()
                .stream_name(name)
                .set_exclusive_start_tag_key(after);
            let answer = request.send().await;
            let answer = answer
                .map_err(|error| AwsError::from_sdk("ListTagsForStream", &self.place, &error))?;
            let found = answer.tags().iter();
            tags.extend(found.map(|tag| {
                (
                    tag.key().to_owned(),
                    tag.value().unwrap_or_default().to_owned(),
                )
            }));
            after = answer.tags().last().map(|tag| tag.key().to_owned());
            if !answer.has_more_tags() || after.is_none() {
                return Ok(tags);
            }
        }
    }
}

impl Kinesis for AwsKinesis {
    fn stream<'a>(&'a self, name: &'a str) -> Answer<'a, Option<Stream>> {
        Box::pin(async move {
            let answer = self
                .client
                .describe_stream_summary()
                .stream_name(name)
                .send()
                .await;
            let answer = match answer
                .map_err(|error| AwsError::from_sdk("DescribeStreamSummary", &self.place, &error))
            {
                Err(error) if error.is_missing() => return Ok(None),
                answer => answer?,
            };
            let Some(found) = answer.stream_description_summary() else {
                return Ok(None);
            };
            let on_demand = found
                .stream_mode_details()
                .map(StreamModeDetails::stream_mode)
                == Some(&StreamMode::OnDemand);
            let encrypted = found.encryption_type() == Some(&EncryptionType::Kms);
            Ok(Some(Stream {
                arn: found.stream_arn().to_owned(),
                updating: *found.stream_status() == StreamStatus::Updating,
                shards: found.open_shard_count(),
                active: matches!(
                    found.stream_status(),
                    StreamStatus::Active | StreamStatus::Updating
                ),
                deleting: *found.stream_status() == StreamStatus::Deleting,
                capacity: if on_demand {
                    Capacity::OnDemand
                } else {
                    Capacity::Shards(found.open_shard_count())
                },
                retention_hours: found.retention_period_hours(),
                kms_key: found.key_id().filter(|_| encrypted).map(KmsKey::new),
                consumers: found.consumer_count().unwrap_or_default(),
                tags: self.tags(name).await?,
            }))
        })
    }

    fn create<'a>(
        &'a self,
        name: &'a str,
        capacity: Capacity,
        tags: &'a BTreeMap<String, String>,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let (mode, shards) = match capacity {
                Capacity::Shards(count) => (StreamMode::Provisioned, Some(count)),
                Capacity::OnDemand => (StreamMode::OnDemand, None),
            };
            let mode = StreamModeDetails::builder().stream_mode(mode).build();
            let mode = mode.map_err(|error| {
                AwsError::new("CreateStream", &self.place, "", &error.to_string())
            })?;
            let mut request = self
                .client
                .create_stream()
                .stream_name(name)
                .stream_mode_details(mode);
            for (key, value) in tags {
                request = request.tags(key, value);
            }
            let answer = request.set_shard_count(shards).send().await;
            answer.map_err(|error| AwsError::from_sdk("CreateStream", &self.place, &error))?;
            Ok(())
        })
    }

    fn tag<'a>(&'a self, name: &'a str, tags: &'a BTreeMap<String, String>) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut request = self.client.add_tags_to_stream().stream_name(name);
            for (key, value) in tags {
                request = request.tags(key, value);
            }
            let answer = request.send().await;
            answer.map_err(|error| AwsError::from_sdk("AddTagsToStream", &self.place, &error))?;
            Ok(())
        })
    }

    fn untag<'a>(&'a self, name: &'a str, key: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let answer = self
                .client
                .remove_tags_from_stream()
                .stream_name(name)
                .tag_keys(key)
                .send()
                .await;
            answer
                .map_err(|error| AwsError::from_sdk("RemoveTagsFromStream", &self.place, &error))?;
            Ok(())
        })
    }

    fn raise_retention<'a>(&'a self, name: &'a str, hours: i32) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = self
                .client
                .increase_stream_retention_period()
                .stream_name(name);
            let answer = request.retention_period_hours(hours).send().await;
            answer.map_err(|error| {
                AwsError::from_sdk("IncreaseStreamRetentionPeriod", &self.place, &error)
            })?;
            Ok(())
        })
    }

    fn lower_retention<'a>(&'a self, name: &'a str, hours: i32) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = self
                .client
                .decrease_stream_retention_period()
                .stream_name(name);
            let answer = request.retention_period_hours(hours).send().await;
            answer.map_err(|error| {
                AwsError::from_sdk("DecreaseStreamRetentionPeriod", &self.place, &error)
            })?;
            Ok(())
        })
    }

    fn start_encryption<'a>(&'a self, name: &'a str, key: &'a KmsKey) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = self.client.start_stream_encryption().stream_name(name);
            let request = request.encryption_type(EncryptionType::Kms);
            let answer = request.key_id(key.as_str()).send().await;
            answer.map_err(|error| {
                AwsError::from_sdk("StartStreamEncryption", &self.place, &error)
            })?;
            Ok(())
        })
    }

    fn set_mode<'a>(&'a self, arn: &'a str, on_demand: bool) -> Answer<'a, ()> {
        Box::pin(async move {
            let mode = if on_demand {
                StreamMode::OnDemand
            } else {
                StreamMode::Provisioned
            };
            let mode = StreamModeDetails::builder().stream_mode(mode).build();
            let mode = mode.map_err(|error| {
                AwsError::new("UpdateStreamMode", &self.place, "", &error.to_string())
            })?;
            let request = self.client.update_stream_mode().stream_arn(arn);
            let answer = request.stream_mode_details(mode).send().await;
            answer.map_err(|error| AwsError::from_sdk("UpdateStreamMode", &self.place, &error))?;
            Ok(())
        })
    }

    fn set_shards<'a>(&'a self, name: &'a str, count: i32) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = self.client.update_shard_count().stream_name(name);
            let request = request.target_shard_count(count);
            let answer = request
                .scaling_type(ScalingType::UniformScaling)
                .send()
                .await;
            answer.map_err(|error| AwsError::from_sdk("UpdateShardCount", &self.place, &error))?;
            Ok(())
        })
    }

    fn delete<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let answer = self.client.delete_stream().stream_name(name).send().await;
            answer.map_err(|error| AwsError::from_sdk("DeleteStream", &self.place, &error))?;
            Ok(())
        })
    }
}
