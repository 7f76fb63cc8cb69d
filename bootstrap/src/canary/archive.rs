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
use crate::bounded::bounded;
use crate::context::{Context, Situation};

/// Pause between two looks: Firehose writes an object a minute at most, unless it is full before.
const PAUSE: Duration = Duration::from_secs(5);

/// Of folders that are named by dates these many are looked into, the last ones: the last hour or day may
/// still get an object when the next one has begun.
const NEWEST: usize = 2;

/// What people call the parts of dates in prefixes such as `year=2026/`.
const KEYS_OF_DATES: [&str; 17] = [
    "year", "yyyy", "y", "month", "mm", "m", "day", "dd", "d", "hour", "hh", "h", "minute", "date",
    "dt", "datehour", "time",
];

/// Folders that are listed at once.
const AT_ONCE: usize = 16;

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
    while !prefixes.is_empty() {
        let lists = bounded(std::mem::take(&mut prefixes), AT_ONCE, |prefix| {
            let (objects, bucket) = (Arc::clone(objects), archive.bucket.clone());
            async move { all_pages(|token| objects.list(&bucket, &prefix, token)).await }
        });
        for listed in lists.await {
            let mut folders = BTreeSet::new();
            for item in listed? {
                match item {
                    Listed::Folder(folder) => drop(folders.insert(folder)),
                    Listed::Object { key, written } if written >= since => keys.push(key),
                    Listed::Object { .. } => {}
                }
            }
            prefixes.extend(worth_a_look(folders));
        }
    }
    Ok(keys)
}

/// All folders, but of those that are dates only the last.
fn worth_a_look(folders: BTreeSet<String>) -> Vec<String> {
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    let newest = folders.into_iter().rev().filter(|folder| {
        if !is_date(folder) {
            return true;
        }
        let seen = alike.entry(folder.replace(|c: char| c.is_ascii_digit(), "0"));
        let seen = seen.or_default();
        *seen += 1;
        *seen <= NEWEST
    });
    newest.collect()
}

/// Whether a folder is a part of a date, such as `2026/`, `hour=07/` or `date=2026-03-01/`. What only looks
/// like one, an account's id or a Region's number, isn't: all of those are looked into.
fn is_date(folder: &str) -> bool {
    let name = folder.trim_end_matches('/');
    let name = name.rsplit_once('/').map_or(name, |(_, name)| name);
    let (key, value) = name.split_once('=').unwrap_or(("", name));
    let key = key.to_ascii_lowercase();
    if !(key.is_empty() || KEYS_OF_DATES.contains(&key.as_str())) {
        return false;
    }
    let is_whole = |part: &str| matches!(part.len(), 8 | 10) && part.starts_with("20");
    let mut parts = value.split(['-', '_', 'T', ':']);
    parts.all(|part| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits && (part.len() <= 4 || is_whole(part))
    })
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
    fn accounts_and_regions_are_all_looked_into_however_many_there_are() {
        for named in [
            "account=111111111111 account=222222222222 account=333333333333 account=444444444444",
            "111111111111 222222222222 333333333333",
            "region=eu-west-1 region=eu-west-2 region=eu-west-3",
            "eu-west-1 eu-west-2 eu-west-3 us-east-1 us-east-2",
            "111111111111-2026 222222222222-2026 333333333333-2026",
            "shard=1 shard=2 shard=3",
        ] {
            let folders = named.split(' ').map(|name| format!("logs/{name}/"));
            let folders: BTreeSet<_> = folders.collect();
            let looked: BTreeSet<_> = worth_a_look(folders.clone()).into_iter().collect();
            assert_eq!(looked, folders);
        }
    }

    #[test]
    fn dates_of_every_form_are_known() {
        for date in [
            "2026",
            "03",
            "7",
            "year=2026",
            "month=3",
            "date=2026-03-01",
            "2026-03-01T07",
            "20260301",
            "dt=2026030107",
        ] {
            assert!(is_date(&format!("account=111111111111/{date}/")), "{date}");
        }
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
