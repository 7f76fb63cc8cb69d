//! The central stream.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Act, Blocks, Outcome, Sign, Site, no_longer_ours, removed};
use crate::aws::kinesis::{Kinesis, Stream};
use crate::aws::{Answer, AwsError};
use crate::config::Capacity;
use crate::names::{OWNER_TAG, RETENTION_BEFORE_TAG};
use crate::retry::Retry;

/// Creates the stream, waits until it is active, and raises its retention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CreateStream {
    /// Its name.
    pub stream: String,
    /// Its capacity.
    pub capacity: Capacity,
    /// Its retention.
    pub retention_hours: i32,
    /// Value of the tag that makes it ours.
    pub owner: String,
}

impl Act for CreateStream {
    fn sign(&self) -> Sign {
        Sign::Add
    }

    fn summary(&self) -> String {
        format!(
            "stream {}: {}, {} hours of retention",
            self.stream, self.capacity, self.retention_hours
        )
    }

    fn undo(&self) -> String {
        format!(
            "`destroy` deletes the stream {} with the records in it",
            self.stream
        )
    }

    fn blocks(&self) -> Blocks<'_> {
        Blocks::Everything
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let kinesis = site.session.kinesis(&site.region);
            let tags = BTreeMap::from([(OWNER_TAG.to_owned(), self.owner.clone())]);
            match kinesis.create(&self.stream, self.capacity, &tags).await {
                // Ours from an attempt whose answer was lost; anybody else's is refused.
                Err(error) if error.is_present_already() => {
                    self.must_be_ours(&kinesis, &error).await?;
                }
                answer => answer?,
            }
            until_active(site, &kinesis, &self.stream).await?;
            let stream = kinesis.stream(&self.stream).await?;
            if stream
                .as_ref()
                .is_some_and(|stream| !stream.tags.contains_key(OWNER_TAG))
            {
                kinesis.tag(&self.stream, &tags).await?;
            }
            if stream.is_some_and(|stream| stream.retention_hours < self.retention_hours) {
                raise_retention(&*kinesis, &self.stream, self.retention_hours).await?;
                until_active(site, &kinesis, &self.stream).await?;
            }
            Ok(Outcome::Done)
        })
    }
}

impl CreateStream {
    async fn must_be_ours(
        &self,
        kinesis: &Arc<dyn Kinesis>,
        error: &AwsError,
    ) -> Result<(), AwsError> {
        let stream = kinesis.stream(&self.stream).await?;
        let ours = stream.is_some_and(|stream| stream.is_owned_by(&self.owner));
        if ours { Ok(()) } else { Err(error.clone()) }
    }
}

/// Raises the retention of a stream that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RaiseRetention {
    /// Its name.
    pub stream: String,
    /// Hours until now.
    pub from: i32,
    /// Hours from now on.
    pub to: i32,
    /// Whether to note the hours until now in a tag, since the stream isn't ours.
    pub remember: bool,
}

impl Act for RaiseRetention {
    fn sign(&self) -> Sign {
        Sign::Change
    }

    fn summary(&self) -> String {
        format!(
            "stream {}: retention {} -> {} hours",
            self.stream, self.from, self.to
        )
    }

    fn undo(&self) -> String {
        if self.remember {
            format!(
                "`destroy` lowers the retention of {} to {} hours again",
                self.stream, self.from
            )
        } else {
            format!(
                "`destroy` deletes the stream {}, which is ours",
                self.stream
            )
        }
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let kinesis = site.session.kinesis(&site.region);
            let Some(stream) = kinesis.stream(&self.stream).await? else {
                return Ok(Outcome::Gone);
            };
            if self.remember && !stream.tags.contains_key(RETENTION_BEFORE_TAG) {
                let tags =
                    BTreeMap::from([(RETENTION_BEFORE_TAG.to_owned(), self.from.to_string())]);
                kinesis.tag(&self.stream, &tags).await?;
            }
            if stream.retention_hours < self.to {
                let raise = || raise_retention(&*kinesis, &self.stream, self.to);
                site.retry
                    .until_ready(&self.summary(), AwsError::is_not_ready, raise)
                    .await?;
            }
            Ok(Outcome::Done)
        })
    }
}

/// Lowers the retention of a stream that isn't ours to what it was before us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RestoreRetention {
    /// Its name.
    pub stream: String,
    /// Hours until now.
    pub from: i32,
    /// Hours from now on.
    pub to: i32,
}

impl Act for RestoreRetention {
    fn sign(&self) -> Sign {
        Sign::Change
    }

    fn summary(&self) -> String {
        let (stream, from, to) = (&self.stream, self.from, self.to);
        if from == to {
            return format!(
                "stream {stream}: tag {RETENTION_BEFORE_TAG}; its retention isn't the configured one, so somebody changed it since, and it stays at {from} hours"
            );
        }
        format!(
            "stream {stream}: retention {from} -> {to} hours, as before; records older than that are lost"
        )
    }

    fn undo(&self) -> String {
        format!("`apply` raises the retention of {} again", self.stream)
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let kinesis = site.session.kinesis(&site.region);
            let Some(stream) = kinesis.stream(&self.stream).await? else {
                return Ok(Outcome::Gone);
            };
            if self.from > self.to && stream.retention_hours == self.from {
                let lower = || lower_retention(&*kinesis, &self.stream, self.to);
                site.retry
                    .until_ready(&self.summary(), AwsError::is_not_ready, lower)
                    .await?;
            }
            kinesis.untag(&self.stream, RETENTION_BEFORE_TAG).await?;
            Ok(Outcome::Done)
        })
    }
}

/// Deletes a stream that is ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeleteStream {
    /// Its name.
    pub stream: String,
    /// Value of the tag that makes it ours.
    pub owner: String,
}

impl Act for DeleteStream {
    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn summary(&self) -> String {
        format!(
            "stream {}, with every record in it that nobody has read yet",
            self.stream
        )
    }

    fn undo(&self) -> String {
        format!("`apply` creates {} again, empty", self.stream)
    }

    fn comes_last(&self) -> bool {
        true
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let kinesis = site.session.kinesis(&site.region);
            let outcome = match kinesis.stream(&self.stream).await? {
                None => return Ok(Outcome::Gone),
                Some(stream) if !stream.is_owned_by(&self.owner) => {
                    return Err(not_ours(&self.stream));
                }
                Some(_) => removed(kinesis.delete(&self.stream).await)?,
            };
            let what = format!("the deletion of the stream {}", self.stream);
            site.retry
                .until_seen(&what, || {
                    let kinesis = Arc::clone(&kinesis);
                    Box::pin(async move { Ok(kinesis.stream(&self.stream).await?.is_none()) })
                })
                .await?;
            Ok(outcome)
        })
    }
}

/// Raises the retention. Kinesis refuses what is so already: after an attempt whose answer was lost.
fn raise_retention<'a>(kinesis: &'a dyn Kinesis, name: &'a str, hours: i32) -> Answer<'a, ()> {
    Box::pin(async move {
        match kinesis.raise_retention(name, hours).await {
            Err(error) if error.is_invalid_argument() => {
                has_retention(kinesis, name, hours, error).await
            }
            answer => answer,
        }
    })
}

/// Lowers the retention, in the same way.
fn lower_retention<'a>(kinesis: &'a dyn Kinesis, name: &'a str, hours: i32) -> Answer<'a, ()> {
    Box::pin(async move {
        match kinesis.lower_retention(name, hours).await {
            Err(error) if error.is_invalid_argument() => {
                has_retention(kinesis, name, hours, error).await
            }
            answer => answer,
        }
    })
}

/// The error, unless the stream has that retention.
async fn has_retention(
    kinesis: &dyn Kinesis,
    name: &str,
    hours: i32,
    error: AwsError,
) -> Result<(), AwsError> {
    match kinesis.stream(name).await? {
        Some(stream) if stream.retention_hours == hours => Ok(()),
        _ => Err(error),
    }
}

/// Waits until the stream takes records.
async fn until_active(site: &Site, kinesis: &Arc<dyn Kinesis>, name: &str) -> Result<(), AwsError> {
    let what = format!("the stream {name} to become active");
    until(&site.retry, kinesis, name, &what, |stream| stream.active).await
}

/// Waits until the stream takes records, and no change of it is under way any more.
pub(super) async fn until_settled(
    retry: &Retry,
    kinesis: &Arc<dyn Kinesis>,
    name: &str,
) -> Result<(), AwsError> {
    let what = format!("the change of the stream {name}");
    let settled = |stream: &Stream| stream.active && !stream.updating;
    until(retry, kinesis, name, &what, settled).await
}

async fn until(
    retry: &Retry,
    kinesis: &Arc<dyn Kinesis>,
    name: &str,
    what: &str,
    is_so: impl Fn(&Stream) -> bool + Sync,
) -> Result<(), AwsError> {
    let (kinesis, is_so) = (&**kinesis, &is_so);
    retry
        .until_seen(what, || {
            Box::pin(async move { Ok(kinesis.stream(name).await?.as_ref().is_some_and(is_so)) })
        })
        .await
}

pub(super) fn not_ours(stream: &str) -> AwsError {
    no_longer_ours("ListTagsForStream", &format!("the stream {stream}"))
}
