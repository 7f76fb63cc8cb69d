//! CloudWatch Logs' operations on a log group of our own, from its birth to its end.

use super::logs::AwsLogs;
use super::{Answer, AwsError};
use crate::names::OWNER_TAG;

/// Days that events of such a log group are kept: the fewest that there are (`PutRetentionPolicy`).
const DAYS: i32 = 1;

/// What a log group of our own takes.
pub trait CanaryLogs: Send + Sync {
    /// Makes the log group with our tag, which `owner` is the value of, and a log stream in it. One of ours
    /// that is there already is as good.
    fn make_canary<'a>(
        &'a self,
        log_group: &'a str,
        stream: &'a str,
        owner: &'a str,
    ) -> Answer<'a, ()>;
    /// Puts an event with this time, in milliseconds since 1970.
    fn put_event<'a>(
        &'a self,
        log_group: &'a str,
        stream: &'a str,
        milliseconds: i64,
        message: &'a str,
    ) -> Answer<'a, ()>;
    /// Whether the log group has our tag.
    fn owns_canary<'a>(&'a self, log_group: &'a str, owner: &'a str) -> Answer<'a, bool>;
    /// Deletes the log group with all that is on it, if it is ours.
    fn delete_canary<'a>(&'a self, log_group: &'a str, owner: &'a str) -> Answer<'a, ()>;
}

impl CanaryLogs for AwsLogs {
    fn make_canary<'a>(
        &'a self,
        log_group: &'a str,
        stream: &'a str,
        owner: &'a str,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let create = self.client.create_log_group().log_group_name(log_group);
            let answer = create.tags(OWNER_TAG, owner).send().await;
            match answer.map_err(|error| self.error("CreateLogGroup", &error)) {
                Err(error) if error.is_present_already() => self.ours(log_group, owner).await?,
                answer => drop(answer?),
            }
            let retention = self.client.put_retention_policy().log_group_name(log_group);
            let answer = retention.retention_in_days(DAYS).send().await;
            answer.map_err(|error| self.error("PutRetentionPolicy", &error))?;
            let create = self.client.create_log_stream().log_group_name(log_group);
            let answer = create.log_stream_name(stream).send().await;
            match answer.map_err(|error| self.error("CreateLogStream", &error)) {
                Err(error) if !error.is_present_already() => Err(error),
                _ => Ok(()),
            }
        })
    }

    fn put_event<'a>(
        &'a self,
        log_group: &'a str,
        stream: &'a str,
        milliseconds: i64,
        message: &'a str,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let event = aws_sdk_cloudwatchlogs::types::InputLogEvent::builder()
                .timestamp(milliseconds)
                .message(message)
                .build();
            let event = event.map_err(|error| {
                AwsError::new("PutLogEvents", &self.place, "", &error.to_string())
            })?;
            let put = self.client.put_log_events().log_group_name(log_group);
            let answer = put.log_stream_name(stream).log_events(event).send().await;
            answer.map_err(|error| self.error("PutLogEvents", &error))?;
            Ok(())
        })
    }

    fn owns_canary<'a>(&'a self, log_group: &'a str, owner: &'a str) -> Answer<'a, bool> {
        Box::pin(self.has_tag(log_group, owner))
    }

    fn delete_canary<'a>(&'a self, log_group: &'a str, owner: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            self.ours(log_group, owner).await?;
            let delete = self.client.delete_log_group().log_group_name(log_group);
            let answer = delete.send().await;
            answer.map_err(|error| self.error("DeleteLogGroup", &error))?;
            Ok(())
        })
    }
}

impl AwsLogs {
    fn error<E, R>(
        &self,
        operation: &str,
        error: &aws_sdk_cloudwatchlogs::error::SdkError<E, R>,
    ) -> AwsError
    where
        E: aws_sdk_cloudwatchlogs::error::ProvideErrorMetadata
            + std::error::Error
            + Send
            + Sync
            + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        AwsError::from_sdk(operation, &self.place, error)
    }

    /// The error is that the log group isn't ours.
    async fn ours(&self, log_group: &str, owner: &str) -> Result<(), AwsError> {
        if self.has_tag(log_group, owner).await? {
            return Ok(());
        }
        let message = format!(
            "the log group {log_group} isn't ours (its tag {OWNER_TAG} is not {owner:?}), so that it stays as it is"
        );
        Err(AwsError::new(
            "ListTagsForResource",
            &self.place,
            "",
            &message,
        ))
    }

    async fn has_tag(&self, log_group: &str, owner: &str) -> Result<bool, AwsError> {
        let found = self
            .client
            .describe_log_groups()
            .log_group_name_prefix(log_group)
            .send()
            .await;
        let found = found.map_err(|error| self.error("DescribeLogGroups", &error))?;
        let mut groups = found.log_groups().iter();
        let group = groups.find(|group| group.log_group_name() == Some(log_group));
        // Tags are asked for by the ARN without the `:*` that it may end with.
        let arn = group.and_then(|group| group.log_group_arn().or(group.arn()));
        let Some(arn) = arn.map(|arn| arn.trim_end_matches(":*")) else {
            let (code, message) = ("ResourceNotFoundException", "it is no longer there");
            return Err(AwsError::new(
                "DescribeLogGroups",
                &self.place,
                code,
                message,
            ));
        };
        let tags = self
            .client
            .list_tags_for_resource()
            .resource_arn(arn)
            .send()
            .await;
        let tags = tags.map_err(|error| self.error("ListTagsForResource", &error))?;
        let value = tags
            .tags()
            .and_then(|tags| tags.get(OWNER_TAG))
            .map(String::as_str);
        Ok(value == Some(owner))
    }
}
