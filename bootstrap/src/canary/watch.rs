//! Reads the central stream, or the archive, during a canary run, and says which have come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;

use super::archive::{Archive, look};
use super::marker::{Marker, markers};
use crate::aws::AwsError;
use crate::aws::kinesis::Kinesis;
use crate::bounded::bounded;
use crate::context::{Context, Situation};

/// Pause between two looks at a shard whose end is reached. A shard takes five reads a second, from
/// everybody together (`GetRecords`), and Firehose reads it too.
const PAUSE: Duration = Duration::from_secs(1);

/// Shards that are read at once.
const AT_ONCE: usize = 16;

/// What has come so far.
#[derive(Debug, Clone, Default)]
struct Seen {
    markers: BTreeMap<Marker, Instant>,
    /// Why nothing more will be seen.
    failure: Option<String>,
}

/// What has come so far, for everybody who waits for something.
pub(super) struct Arrivals(watch::Sender<Seen>);

impl Arrivals {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(Seen::default()))
    }

    /// Waits for one of these to come, and says which and when; the error is why nobody can know.
    pub(super) async fn any(&self, wanted: &[Marker]) -> Result<(Marker, Instant), String> {
        let mut seen = self.0.subscribe();
        let found = |seen: &Seen| {
            let mut wanted = wanted.iter();
            wanted.find_map(|marker| Some((marker.clone(), *seen.markers.get(marker)?)))
        };
        let told = |seen: &Seen| found(seen).is_some() || seen.failure.is_some();
        match seen.wait_for(told).await {
            Ok(seen) => found(&seen).ok_or_else(|| seen.failure.clone().unwrap_or_default()),
            Err(_) => Err("it is no longer looked at".to_owned()),
        }
    }

    pub(super) fn note(&self, found: Vec<Marker>) {
        if found.is_empty() {
            return;
        }
        let now = Instant::now();
        self.0.send_modify(|seen| {
            for marker in found {
                seen.markers.entry(marker).or_insert(now);
            }
        });
    }
}

/// Reads the stream, or the archive where there is one to look into, from `since` on, until it is stopped.
pub(super) async fn watch(
    context: Arc<Context>,
    situation: Arc<Situation>,
    archive: Option<Archive>,
    (run, since): (String, SystemTime),
    arrivals: Arc<Arrivals>,
) {
    let (place, answer) = match &archive {
        None => {
            let answer = read(&context, &situation, &run, since, &arrivals).await;
            ("the central stream".to_owned(), answer)
        }
        Some(archive) => {
            let answer = look(&context, &situation, archive, (&run, since), &arrivals).await;
            (format!("the archive {archive}"), answer)
        }
    };
    if let Err(error) = answer {
        let failure = format!("{place} can't be read: {error}");
        arrivals.0.send_modify(|seen| seen.failure = Some(failure));
    }
}

async fn read(
    context: &Context,
    situation: &Situation,
    run: &str,
    since: SystemTime,
    arrivals: &Arc<Arrivals>,
) -> Result<(), AwsError> {
    let central = &situation.desired.config.central;
    let session = context.open(situation, &central.account).await?;
    let kinesis = session.kinesis(&central.region);
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    let mut known = BTreeSet::new();
    let mut look = true;
    loop {
        // At the beginning, and when a shard has ended: others have taken its place.
        if look {
            for shard in kinesis.shards(&central.stream).await? {
                if known.insert(shard.clone()) {
                    let place = kinesis.place(&central.stream, &shard, since).await?;
                    places.extend(place.map(|place| (shard, place)));
                }
            }
        }
        let reads = bounded(
            std::mem::take(&mut places).into_iter().collect(),
            AT_ONCE,
            |(shard, place)| {
                let (kinesis, run, arrivals) =
                    (Arc::clone(&kinesis), run.to_owned(), Arc::clone(arrivals));
                async move { (shard, once(&kinesis, place, &run, &arrivals).await) }
            },
        );
        let mut behind = false;
        look = false;
        for (shard, read) in reads.await {
            let (next, late) = read?;
            behind |= late;
            match next {
                Some(next) => drop(places.insert(shard, next)),
                None => look = true,
            }
        }
        if !behind {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Reads once at a place: the next place, and whether there is more to read at once.
async fn once(
    kinesis: &Arc<dyn Kinesis>,
    place: String,
    run: &str,
    arrivals: &Arrivals,
) -> Result<(Option<String>, bool), AwsError> {
    let batch = match kinesis.read(&place).await {
        // Others read the shard too, and it takes only so much.
        Err(error) if error.code() == "ProvisionedThroughputExceededException" => {
            return Ok((Some(place), false));
        }
        batch => batch?,
    };
    arrivals.note(
        batch
            .records
            .iter()
            .flat_map(|record| markers(record, run))
            .collect(),
    );
    Ok((batch.next, batch.behind > 0 && !batch.records.is_empty()))
}
