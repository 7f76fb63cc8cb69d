//! CloudWatch Logs' operations that put an event into a log group of our own.

use super::logs::AwsLogs;
use super::{Answer, AwsError};

/// What an event of our own takes.
pub trait CanaryLogs: Send + Sync {
    /// Makes a log stream in a log group. One that is there already is as good.
    fn create_stream<'a>(&'a self, log_group: &'a str, stream: &'a str) -> Answer<'a, ()>;
    /// Puts an event with this time, in milliseconds since 1970.
    fn put_event<'a>(
        &'a self,
        log_group: &'a str,
        stream: &'a str,
        milliseconds: i64,
        message: &'a str,
    ) -> Answer<'a, ()>;
}

impl CanaryLogs for AwsLogs {
    fn create_stream<'a>(&'a self, log_group: &'a str, stream: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let create = self.client.create_log_stream().log_group_name(log_group);
            let answer = create.log_stream_name(stream).send().await;
            let answer =
                answer.map_err(|error| AwsError::from_sdk("CreateLogStream", &self.place, &error));
            match answer {
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
            answer.map_err(|error| AwsError::from_sdk("PutLogEvents", &self.place, &error))?;
            Ok(())
        })
    }
}
