//! Changes of a stream of ours that records flow through meanwhile.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::stream::{not_ours, until_settled};
use super::{Act, Blocks, Outcome, Sign, Site};
use crate::aws::kinesis::{Kinesis, Stream};
use crate::aws::{Answer, AwsError};
use crate::config::{Capacity, KmsKey};

/// Longest pause between allowing the delivery role to use a key and needing it: IAM tells of a change
/// everywhere within seconds, and CloudWatch Logs doesn't repeat a delivery that was denied.
const LONGEST_SETTLING: Duration = Duration::from_secs(30);

/// Resharding takes about half a minute a shard: this many times the usual deadline.
const RESHARDING: u32 = 5;

/// Encrypts a stream of ours, or goes on with another key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EncryptStream {
    /// The stream's name.
    pub stream: String,
    /// The key from now on.
    pub key: KmsKey,
    /// The key until now.
    pub before: Option<KmsKey>,
    /// Whether log groups may send into it already.
    pub in_use: bool,
    /// Value of the tag that makes it ours.
    pub owner: String,
}

impl Act for EncryptStream {
    fn sign(&self) -> Sign {
        if self.in_use { Sign::Change } else { Sign::Add }
    }

    fn summary(&self) -> String {
        let before = match &self.before {
            Some(key) => format!("{key} -> "),
            None if self.in_use => "none -> ".to_owned(),
            None => String::new(),
        };
        format!(
            "encryption of the stream {}: KMS key {before}{}",
            self.stream, self.key
        )
    }

    fn undo(&self) -> String {
        match &self.before {
            Some(key) => format!("write central.kms_key = \"{key}\" and apply"),
            None => format!(
                "`destroy` deletes the stream {}; `aws kinesis stop-stream-encryption` ends the encryption alone",
                self.stream
            ),
        }
    }

    /// Nobody is let in before it is encrypted.
    fn blocks(&self) -> Blocks<'_> {
        if self.in_use {
            Blocks::Nothing
        } else {
            Blocks::Everything
        }
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let kinesis = site.session.kinesis(&site.region);
            let Some(stream) = ours(&kinesis, &self.stream, &self.owner).await? else {
                return Ok(Outcome::Gone);
            };
            let same = |key: &KmsKey| key.is_the_same_as(&self.key);
            if !stream.kms_key.as_ref().is_some_and(same) {
                if site.fresh && self.in_use {
                    tokio::time::sleep(LONGEST_SETTLING.min(site.retry.deadline / 6)).await;
                }
                let start = || kinesis.start_encryption(&self.stream, &self.key);
                let answer = site
                    .retry
                    .until_ready(&self.summary(), AwsError::is_not_ready, start)
                    .await;
                answer.map_err(|error| explain_key(error, &self.key))?;
            }
            until_settled(&site.retry, &kinesis, &self.stream).await?;
            Ok(Outcome::Done)
        })
    }
}

fn explain_key(error: AwsError, key: &KmsKey) -> AwsError {
    if !error.code().starts_with("KMS") && !error.is_denied() {
        return error;
    }
    error.advised(&format!(
        " Kinesis can't use the key {key}: it has to exist in the stream's region, to be enabled and symmetric, and \
         its key policy has to let the central account's IAM policies count"
    ))
}

/// Changes how much a stream of ours takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ChangeCapacity {
    /// The stream's name.
    pub stream: String,
    /// Until now.
    pub from: Capacity,
    /// From now on.
    pub to: Capacity,
    /// Value of the tag that makes it ours.
    pub owner: String,
}

impl Act for ChangeCapacity {
    fn sign(&self) -> Sign {
        Sign::Change
    }

    fn summary(&self) -> String {
        format!("stream {}: {} -> {}", self.stream, self.from, self.to)
    }

    fn undo(&self) -> String {
        "write the capacity that it had into [central] and apply".to_owned()
    }

    /// It works for minutes, and nobody has to wait: what a stream that is too small refuses, CloudWatch Logs
    /// puts again for up to 24 hours ("Log group-level subscription filters" in its user guide).
    fn comes_after_all(&self) -> bool {
        true
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let kinesis = site.session.kinesis(&site.region);
            let Some(stream) = ours(&kinesis, &self.stream, &self.owner).await? else {
                return Ok(Outcome::Gone);
            };
            let answer = match self.to {
                Capacity::OnDemand => self.set_mode(site, &kinesis, &stream).await,
                Capacity::Shards(wanted) => self.set_shards(site, &kinesis, stream, wanted).await,
            };
            answer.map_err(explain_limit)?;
            Ok(Outcome::Done)
        })
    }
}

impl ChangeCapacity {
    async fn set_mode(
        &self,
        site: &Site,
        kinesis: &Arc<dyn Kinesis>,
        stream: &Stream,
    ) -> Result<(), AwsError> {
        let on_demand = |capacity: Capacity| capacity == Capacity::OnDemand;
        if on_demand(stream.capacity) != on_demand(self.to) {
            let set = || kinesis.set_mode(&stream.arn, on_demand(self.to));
            site.retry
                .until_ready(&self.summary(), AwsError::is_not_ready, set)
                .await?;
        }
        until_settled(&site.retry, kinesis, &self.stream).await
    }

    /// In as many steps as it takes, since each at most doubles or halves the shards.
    async fn set_shards(
        &self,
        site: &Site,
        kinesis: &Arc<dyn Kinesis>,
        stream: Stream,
        wanted: i32,
    ) -> Result<(), AwsError> {
        self.set_mode(site, kinesis, &stream).await?;
        let mut retry = site.retry.clone();
        retry.deadline *= RESHARDING;
        let mut now = stream.shards;
        while now != wanted {
            let next = next_count(now, wanted);
            let set = || kinesis.set_shards(&self.stream, next);
            retry
                .until_ready(&self.summary(), AwsError::is_not_ready, set)
                .await?;
            until_settled(&retry, kinesis, &self.stream).await?;
            now = next;
        }
        Ok(())
    }
}

/// The count nearest to `wanted` that one call can reach from `now` (`UpdateShardCount`: at most double,
/// at least half).
fn next_count(now: i32, wanted: i32) -> i32 {
    let now = now.max(1);
    wanted.clamp((now + 1) / 2, now.saturating_mul(2))
}

fn explain_limit(error: AwsError) -> AwsError {
    if error.code() != "LimitExceededException" {
        return error;
    }
    error.advised(
        " Kinesis lets a stream change its mode twice and its shards ten times in 24 hours, and an account have so \
         many shards: run `bootstrap apply` again later, or have the quota of shards raised",
    )
}

/// The stream, if it is there; the error is that it isn't ours.
async fn ours(
    kinesis: &Arc<dyn Kinesis>,
    name: &str,
    owner: &str,
) -> Result<Option<Stream>, AwsError> {
    match kinesis.stream(name).await? {
        Some(stream) if !stream.is_owned_by(owner) => Err(not_ours(name)),
        stream => Ok(stream),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_doubled_or_halved_on_the_way_to_their_number() {
        let way = |from: i32, to: i32| {
            let steps =
                std::iter::successors(Some(from), |&now| (now != to).then(|| next_count(now, to)));
            steps.collect::<Vec<_>>()
        };
        assert_eq!(way(2, 20), [2, 4, 8, 16, 20]);
        assert_eq!(way(20, 3), [20, 10, 5, 3]);
        assert_eq!(way(5, 4), [5, 4]);
        assert_eq!(way(3, 3), [3]);
    }
}
