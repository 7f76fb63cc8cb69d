//! Kinesis Data Streams: streams with their state, retention, encryption, tags and records.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::records::{self, Records};
use super::unknown;
use crate::cloud::answer::Answered;
use crate::cloud::call::{Call, Place};
use crate::cloud::refusal::Refusal;
use crate::cloud::world::World;

/// Streams by place and name.
#[derive(Debug, Clone, Default)]
pub(in crate::cloud) struct Streams(BTreeMap<(Place, String), Stream>);

#[derive(Debug, Clone)]
struct Stream {
    /// Nothing for a stream on demand.
    shards: Option<i64>,
    retention_hours: i64,
    key: Option<String>,
    tags: BTreeMap<String, String>,
    busy: Option<Busy>,
    records: Records,
}

#[derive(Debug, Clone)]
struct Busy {
    status: &'static str,
    until: Instant,
}

impl Stream {
    /// One of so many shards, or on demand.
    fn new(shards: Option<i64>) -> Self {
        Self {
            shards,
            retention_hours: 24,
            key: None,
            tags: BTreeMap::new(),
            busy: None,
            records: Records::default(),
        }
    }

    /// Open shards; four on demand, as a new stream has.
    fn open_shards(&self) -> usize {
        usize::try_from(self.shards.unwrap_or(4)).unwrap_or(1)
    }

    fn status(&self) -> &'static str {
        match &self.busy {
            Some(busy) if busy.until > Instant::now() => busy.status,
            _ => "ACTIVE",
        }
    }
}

impl Streams {
    /// Adds a stream that keeps records for a day.
    pub(in crate::cloud) fn add(&mut self, place: Place, name: &str, shards: i64) {
        let stream = Stream::new(Some(shards));
        self.0.insert((place, name.to_owned()), stream);
    }

    /// Whether there is a stream by that ARN that takes records.
    pub(in crate::cloud) fn takes_records(&self, arn: &str) -> bool {
        let stream = self.by_arn(arn);
        stream.is_some_and(|stream| matches!(stream.status(), "ACTIVE" | "UPDATING"))
    }

    /// The key that encrypts the stream, if one does.
    pub(in crate::cloud) fn key_of(&self, arn: &str) -> Option<&str> {
        self.by_arn(arn)?.key.as_deref()
    }

    /// Puts a record into the stream of that ARN; a stream that takes none loses it.
    pub(in crate::cloud) fn put(&mut self, arn: &str, key: &str, data: Vec<u8>) {
        if !self.takes_records(arn) {
            return;
        }
        let stream = parse(arn).and_then(|at| self.0.get_mut(&at));
        if let Some(stream) = stream {
            stream.records.put(key, data);
        }
    }

    fn by_arn(&self, arn: &str) -> Option<&Stream> {
        self.0.get(&parse(arn)?)
    }

    pub(in crate::cloud) fn dump(&self, dump: &mut BTreeMap<String, String>) {
        for ((place, name), stream) in &self.0 {
            let key = format!("{} {} stream {name}", place.account, place.region);
            let Stream {
                shards,
                retention_hours,
                key: encrypted,
                tags,
                ..
            } = stream;
            dump.insert(
                key,
                json!({"shards": shards, "retention": retention_hours, "key": encrypted, "tags": tags}).to_string(),
            );
        }
    }
}

/// Of `arn:aws:kinesis:REGION:ACCOUNT:stream/NAME`.
fn parse(arn: &str) -> Option<(Place, String)> {
    match *arn.split(':').collect::<Vec<_>>() {
        ["arn", _, "kinesis", region, account, stream] => Some((
            Place::new(account, region),
            stream.strip_prefix("stream/")?.to_owned(),
        )),
        _ => None,
    }
}

pub(super) fn answer(world: &mut World, call: &Call) -> Answered {
    let ready_after = world.settings.stream_ready_after;
    let streams = &mut world.streams.0;
    // A stream whose deletion has ended is gone.
    streams.retain(|_, stream| {
        let deleting = stream
            .busy
            .as_ref()
            .filter(|busy| busy.status == "DELETING");
        deleting.is_none_or(|busy| busy.until > Instant::now())
    });
    if call.operation == "ListStreams" {
        let here = streams.keys().filter(|(place, _)| *place == call.place());
        let names: Vec<_> = here.map(|(_, name)| name).collect();
        return Ok(json!({"StreamNames": names, "HasMoreStreams": false}));
    }
    if call.operation == "GetRecords" {
        return get_records(streams, call);
    }
    let name = match call.optional("StreamARN").and_then(parse) {
        Some((_, name)) => name,
        None => call.text("StreamName")?.to_owned(),
    };
    let key = (call.place(), name);
    if call.operation == "CreateStream" {
        return create(streams, key, call, ready_after);
    }
    let missing = || {
        let message = format!("Stream {} under account {} not found.", key.1, call.account);
        Refusal::missing(&message)
    };
    let stream = streams.get_mut(&key).ok_or_else(missing)?;
    match call.operation.as_str() {
        "DescribeStreamSummary" => {
            Ok(json!({"StreamDescriptionSummary": shown(stream, call, &key.1)}))
        }
        "ListShards" | "GetShardIterator" => {
            stream.records.places(call, &key.1, stream.open_shards())
        }
        "ListTagsForStream" => {
            let tags = stream.tags.iter();
            let tags: Vec<_> = tags
                .map(|(key, value)| json!({"Key": key, "Value": value}))
                .collect();
            Ok(json!({"Tags": tags, "HasMoreTags": false}))
        }
        "AddTagsToStream" => {
            stream.tags.extend(tags(call));
            Ok(Value::Null)
        }
        "RemoveTagsFromStream" => {
            let gone = call.parameters["TagKeys"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            stream
                .tags
                .retain(|key, _| !gone.iter().any(|name| name == key.as_str()));
            Ok(Value::Null)
        }
        _ => change(stream, call, ready_after),
    }
}

/// The stream's name in the iterator of a `GetRecords`.
pub(in crate::cloud) fn stream_of_iterator(call: &Call) -> Option<String> {
    call.optional("ShardIterator")?;
    records::Place::read(call).ok().map(|place| place.stream)
}

/// The one operation that names its stream by an iterator.
fn get_records(streams: &BTreeMap<(Place, String), Stream>, call: &Call) -> Answered {
    let place = records::Place::read(call)?;
    let stream = streams.get(&(call.place(), place.stream.clone()));
    let stream = stream.ok_or_else(|| Refusal::missing("Stream not found."))?;
    Ok(stream.records.read(place, stream.open_shards()))
}

fn create(
    streams: &mut BTreeMap<(Place, String), Stream>,
    key: (Place, String),
    call: &Call,
    ready_after: Duration,
) -> Answered {
    if streams.contains_key(&key) {
        let message = format!(
            "Stream {} under account {} already exists.",
            key.1, call.account
        );
        return Err(Refusal::new("ResourceInUseException", &message));
    }
    let on_demand = call.parameters["StreamModeDetails"]["StreamMode"] == "ON_DEMAND";
    let shards = call.number("ShardCount");
    if on_demand == shards.is_some() {
        let message = "ShardCount belongs to provisioned streams, and only to them";
        return Err(Refusal::new("ValidationException", message));
    }
    let busy = Some(Busy {
        status: "CREATING",
        until: Instant::now() + ready_after,
    });
    streams.insert(
        key,
        Stream {
            tags: tags(call).collect(),
            busy,
            ..Stream::new(shards)
        },
    );
    Ok(Value::Null)
}

/// What a stream must be active for.
fn change(stream: &mut Stream, call: &Call, ready_after: Duration) -> Answered {
    if stream.status() != "ACTIVE" {
        let message = format!("Stream is in state {}, not ACTIVE.", stream.status());
        return Err(Refusal::new("ResourceInUseException", &message));
    }
    let mut status = "UPDATING";
    let hours = call.number("RetentionPeriodHours").unwrap_or_default();
    match call.operation.as_str() {
        "IncreaseStreamRetentionPeriod" if hours > stream.retention_hours && hours <= 8760 => {
            stream.retention_hours = hours;
        }
        "DecreaseStreamRetentionPeriod" if (24..stream.retention_hours).contains(&hours) => {
            stream.retention_hours = hours;
        }
        "IncreaseStreamRetentionPeriod" | "DecreaseStreamRetentionPeriod" => {
            let message = format!(
                "{hours} is not a retention that {} can lead to",
                stream.retention_hours
            );
            return Err(Refusal::new("InvalidArgumentException", &message));
        }
        "StartStreamEncryption" => stream.key = Some(call.text("KeyId")?.to_owned()),
        "StopStreamEncryption" => stream.key = None,
        "UpdateStreamMode" => {
            let on_demand = call.parameters["StreamModeDetails"]["StreamMode"] == "ON_DEMAND";
            stream.shards = (!on_demand).then_some(4);
        }
        "UpdateShardCount" => stream.shards = call.number("TargetShardCount"),
        "DeleteStream" => status = "DELETING",
        _ => return Err(unknown(call)),
    }
    let until = Instant::now() + ready_after;
    stream.busy = Some(Busy { status, until });
    Ok(Value::Null)
}

fn shown(stream: &Stream, call: &Call, name: &str) -> Value {
    let mode = stream.shards.map_or("ON_DEMAND", |_| "PROVISIONED");
    json!({
        "StreamName": name,
        "StreamARN": call.arn(&format!("stream/{name}")),
        "StreamStatus": stream.status(),
        "StreamModeDetails": {"StreamMode": mode},
        "RetentionPeriodHours": stream.retention_hours,
        "StreamCreationTimestamp": 1_767_225_600,
        "EnhancedMonitoring": [],
        "EncryptionType": stream.key.as_ref().map_or("NONE", |_| "KMS"),
        "KeyId": stream.key,
        "OpenShardCount": stream.shards.unwrap_or(4),
        "ConsumerCount": 0,
    })
}

fn tags(call: &Call) -> impl Iterator<Item = (String, String)> + '_ {
    let tags = call.parameters["Tags"].as_object().into_iter().flatten();
    tags.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
}
