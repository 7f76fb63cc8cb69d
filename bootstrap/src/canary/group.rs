//! The canary's log group of our own, from its birth to its end.

use std::sync::Arc;

use crate::aws::AwsError;
use crate::aws::log_groups::{LogGroups, is_ours};
use crate::aws::logs::Logs;
use crate::names::OWNER_TAG;

/// Days that its events are kept: the fewest that there are (`PutRetentionPolicy`).
const DAYS: i32 = 1;

/// The log stream of the event.
const STREAM: &str = "canary";

/// A log group in one account and region.
pub(super) struct Group {
    pub(super) logs: Arc<dyn Logs>,
    pub(super) groups: Arc<dyn LogGroups>,
    pub(super) name: String,
    /// Without `:*`.
    pub(super) arn: String,
    /// Value of the tag that makes it ours.
    pub(super) owner: String,
    /// Account and region, for messages.
    pub(super) place: String,
}

impl Group {
    /// Makes it with our tag. One of ours that is there already is as good.
    pub(super) async fn make(&self) -> Result<(), AwsError> {
        let tag = (OWNER_TAG.to_owned(), self.owner.clone());
        match self.groups.create(&self.name, &tag).await {
            Err(error) if error.is_present_already() => self.must_be_ours().await,
            answer => answer,
        }
    }

    /// Has it forget its events after a day, and gives it a log stream.
    pub(super) async fn prepare(&self) -> Result<(), AwsError> {
        self.groups.put_retention(&self.name, DAYS).await?;
        self.logs.create_stream(&self.name, STREAM).await
    }

    /// Puts an event with the time of this moment.
    pub(super) async fn put(&self, message: &str) -> Result<(), AwsError> {
        let now = jiff::Timestamp::now().as_millisecond();
        self.logs.put_event(&self.name, STREAM, now, message).await
    }

    /// Deletes it with all that is on it, if it is ours.
    pub(super) async fn delete(&self) -> Result<(), AwsError> {
        self.must_be_ours().await?;
        self.groups.delete(&self.name).await
    }

    /// Reads whose it is.
    pub(super) async fn must_be_ours(&self) -> Result<(), AwsError> {
        let Self { name, owner, .. } = self;
        let (code, message) = match is_ours(&*self.groups, &self.arn, owner).await? {
            Some(true) => return Ok(()),
            Some(false) => (
                "",
                format!(
                    "the log group {name} isn't ours (its tag {OWNER_TAG} is not {owner:?}), so that it stays as it is"
                ),
            ),
            None => (
                "ResourceNotFoundException",
                "it is no longer there".to_owned(),
            ),
        };
        let (operation, place) = ("ListTagsForResource", &self.place);
        Err(AwsError::new(operation, place, code, &message))
    }
}
