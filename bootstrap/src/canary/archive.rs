//! Looks for canaries in the newest objects of the archive.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::marker::in_documents;
use super::watch::Arrivals;
use crate::aws::objects::{Listed, Objects};
use crate::aws::{AwsError, all_pages};
use crate::context::{Context, Situation};

/// Pause between two looks: Firehose writes an object a minute at most, unless it is full before.
const PAUSE: Duration = Duration::from_secs(5);

/// Of folders that are named by dates these many are looked into, the last ones: the last hour or day may
/// still get an object when the next one has begun.
const NEWEST: usize = 2;

/// Where the archive's objects lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// The bucket.
    pub bucket: String,
    /// What their keys begin with; may be empty.
    pub prefix: String,
}

impl FromStr for Archive {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let place = text.strip_prefix("s3://");
        let (bucket, prefix) = place
            .map(|place| place.split_once('/').unwrap_or((place, "")))
            .filter(|(bucket, _)| !bucket.is_empty())
            .ok_or("an archive is s3://BUCKET/PREFIX")?;
        if prefix.contains("!{") {
            return Err(
                "give the prefix only up to the first !{, which is Firehose's to fill in"
                    .to_owned(),
            );
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }
}

impl fmt::Display for Archive {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.prefix)
    }
}

/// Looks for the events of `run` in objects written since then, until it is stopped.
pub(super) async fn look(
    context: &Context,
    situation: &Situation,
    archive: &Archive,
    (run, since): (&str, SystemTime),
    arrivals: &Arrivals,
) -> Result<(), AwsError> {
    let central = &situation.desired.config.central;
    let session = context.open(situation, &central.account).await?;
    let objects = session.objects(&central.region);
    let mut read = BTreeSet::new();
    loop {
        for key in newest(&objects, archive, since).await? {
            if read.contains(&key) {
                continue;
            }
            // One that is gone again was moved by somebody.
            if let Some(object) = objects.get(&archive.bucket, &key).await? {
                arrivals.note(in_documents(&object.body, run));
            }
            read.insert(key);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Keys of the objects written since then, in the newest folders.
async fn newest(
    objects: &Arc<dyn Objects>,
    archive: &Archive,
    since: SystemTime,
) -> Result<Vec<String>, AwsError> {
    let (mut keys, mut prefixes) = (Vec::new(), vec![archive.prefix.clone()]);
    while let Some(prefix) = prefixes.pop() {
        let listed = all_pages(|token| objects.list(&archive.bucket, &prefix, token)).await?;
        let mut folders = BTreeSet::new();
        for item in listed {
            match item {
                Listed::Folder(folder) => drop(folders.insert(folder)),
                Listed::Object { key, written } if written >= since => keys.push(key),
                Listed::Object { .. } => {}
            }
        }
        prefixes.extend(worth_a_look(folders));
    }
    Ok(keys)
}

/// All folders, but of those that differ in digits alone, which are dates, only the last.
fn worth_a_look(folders: BTreeSet<String>) -> Vec<String> {
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    let newest = folders.into_iter().rev().filter(|folder| {
        let seen = alike.entry(folder.replace(|c: char| c.is_ascii_digit(), "0"));
        let seen = seen.or_default();
        *seen += 1;
        *seen <= NEWEST
    });
    newest.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_folders_that_are_dates_the_last_two_are_looked_into_and_of_others_all() {
        let folders = [
            "logs/dataset=aws.cloudtrail/",
            "logs/dataset=aws.vpcflow/",
            "logs/dataset=zeek/",
            "logs/year=2024/",
            "logs/year=2025/",
            "logs/year=2026/",
        ];
        let mut looked = worth_a_look(folders.map(str::to_owned).into());
        looked.sort();
        let without_the_first_year = [&folders[..3], &folders[4..]].concat();
        assert_eq!(looked, without_the_first_year);
    }

    #[test]
    fn an_archive_is_a_bucket_and_what_keys_begin_with() {
        let read = |text: &str| text.parse::<Archive>().map(|it| (it.bucket, it.prefix));
        let of = |bucket: &str, prefix: &str| Ok((bucket.to_owned(), prefix.to_owned()));
        assert_eq!(read("s3://archive/logs/"), of("archive", "logs/"));
        assert_eq!(read("s3://archive"), of("archive", ""));
        assert!(read("s3:///logs").is_err());
        assert!(read("/logs").is_err());
        let error = read("s3://archive/year=!{timestamp:yyyy}/").unwrap_err();
        assert!(error.contains("up to the first !{"), "{error}");
    }
}
